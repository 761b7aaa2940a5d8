"""Python and the packages: their versions beside the pins and ranges, and whether they import.

In a checkout `requirements.txt` has the pins and `pyproject.toml` the ranges; elsewhere the
installed package's own metadata has the ranges, and nothing is pinned.
"""

from __future__ import annotations

import importlib
import operator
import re
import shlex
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from inrbench.doctor.finding import Finding, fault
from inrbench.io import own_process

PART = "packages"
PYTHON = (3, 11)
"""The oldest that does, as `requires-python` in pyproject.toml has it."""
CHECKOUT = Path(__file__).resolve().parents[2]
# Where a distribution's module has another name than the distribution.
MODULES = {"astra-toolbox": "astra", "nvidia-ml-py": "pynvml", "pyyaml": "yaml"}
_COMPARE = {">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
            ">": operator.gt, "<": operator.lt}  # fmt: skip


@dataclass(frozen=True)
class Requirement:
    """A distribution that inrbench wants.

    Args:
        name: of the distribution, in lower case with "-".
        range: as it is written, ">=1.26,<3"; may be empty.
        pin: the exact version that the tests have seen, or None.
        extra: the group of optional ones that it belongs to, or None.
    """

    name: str
    range: str
    pin: str | None
    extra: str | None

    @property
    def wanted(self) -> str:
        """What pip is to install, quoted for a shell."""
        return shlex.quote(f"{self.name}=={self.pin}" if self.pin else f"{self.name}{self.range}")

    def holds(self, version: str) -> bool:
        """Whether a version lies in the range."""
        clauses = re.findall(r"([<>=!]=|[<>])\s*([^,\s]+)", self.range)
        return all(_COMPARE[sign](_numbers(version), _numbers(than)) for sign, than in clauses)

    def pinned(self, version: str) -> bool:
        """Whether a version is the pinned one, of whatever build ("2.13.0+cpu")."""
        return self.pin is None or version.split("+")[0] == self.pin.split("+")[0]


def requirements(checkout: Path = CHECKOUT) -> list[Requirement]:
    """All that inrbench wants, the optional ones last."""
    pins = _pins(checkout / "requirements.txt")
    found = []
    for text, extra in _ranges(checkout):
        text = re.sub(r"\[[^]]*\]|;.*", "", text).strip()  # without its own extras and markers
        name, span = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(.*)", text).groups()
        name = _plain(name)
        found.append(Requirement(name, span, pins.get(name), extra))
    return sorted(found, key=lambda one: one.extra is not None)


def install(name: str, again: bool = False, checkout: Path = CHECKOUT) -> str:
    """The command that installs a distribution, over the one that is there if `again`."""
    if again:
        return pip("--force-reinstall", "--no-deps", wanted(name, checkout))
    return _installing([name], checkout)


def wanted(name: str, checkout: Path = CHECKOUT) -> str:
    """What pip is to install for a distribution, its pin or range with it."""
    known = next((one for one in requirements(checkout) if one.name == name), None)
    pin = _pins(checkout / "requirements.txt").get(name)
    return (known or Requirement(name, "", pin, None)).wanted


def install_module(module: str | None) -> str:
    """The command that installs what brings a module, such as "yaml"."""
    names = {module: name for name, module in MODULES.items()}
    top = (module or "").split(".")[0]
    return install(names.get(top, top))


def pip(*arguments: str) -> str:
    """The command for the Python that runs this, which need not be the one on the path."""
    beside = Path(shutil.which("pip") or "pip").parent == Path(sys.executable).parent
    command = "pip" if beside else f"{shlex.quote(sys.executable)} -m pip"
    return " ".join([command, "install", *arguments])


def examine(checkout: Path = CHECKOUT, seconds: float = 300.0) -> list[Finding]:
    """Python; what is missing, out of range or unlike its pin; what does not import."""
    if sys.version_info < PYTHON:
        return [_python()]
    every = requirements(checkout)
    there = {one: version for one in every if (version := _version(one.name)) is not None}
    required = [one for one in every if one.extra is None]
    # A group that is not pinned is nobody's default.
    optional = [one for one in every if one.extra is not None and one.pin]
    outside = [one for one in there if not one.holds(there[one])]
    unlike = [one for one in there if one not in outside and not one.pinned(there[one])]
    missing = [one for one in required if one not in there]
    found = [_python()]
    for what, wrong, needed in (
        ("missing", missing, True),
        ("missing (optional)", [one for one in optional if one not in there], False),
        ("out of range", [one for one in outside if one in required], True),
        ("out of range (optional)", [one for one in outside if one not in required], False),
        ("unlike the pins", unlike, False),
    ):
        if wrong:
            says = ", ".join(_beside(one, there.get(one)) for one in wrong)
            found.append(
                fault(PART, what, says, _installing([one.name for one in wrong], checkout), needed)
            )
    found += _others(checkout, {one.name for one in every})
    found += _imports([one for one in required if one in there], seconds)
    return found


def imports(modules: list[str]) -> dict[str, str]:
    """Module -> why it cannot be imported, of those that cannot; in a process of its own."""
    faults = {}
    for name in modules:
        print(f"import {name}", flush=True)
        try:
            importlib.import_module(name)
        except Exception as error:
            faults[name] = f"{type(error).__name__}: {error}"
    return faults


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, PYTHON))
    if sys.version_info < PYTHON:
        says = f"{version}, where inrbench needs {wanted} or newer"
        return fault(PART, "Python", says, f"make PYTHON=python{wanted}", needed=True)
    return Finding(PART, "Python", "ok", f"{version} ({sys.executable})")


def _others(checkout: Path, own: set[str]) -> list[Finding]:
    """What the packages above need themselves, where a pin names it and another version is there;
    else that all is as it is pinned."""
    pins = _pins(checkout / "requirements.txt")
    wrong = {}
    for name, pin in pins.items():
        version = _version(name)
        if name not in own and version is not None and version.split("+")[0] != pin:
            wrong[name] = f"{name} {version} (pinned: {pin})"
    if wrong:
        mend = pip(*(f"{name}=={pins[name]}" for name in wrong))
        says = ", ".join(wrong.values())
        return [fault(PART, "their own needs unlike the pins", says, mend, False)]
    return []


def _imports(wanted: list[Requirement], seconds: float) -> list[Finding]:
    """Whether the packages that are there can be imported, one after the other."""
    modules = {MODULES.get(one.name, one.name.replace("-", "_")): one for one in wanted}
    try:
        faults = own_process.call(imports, list(modules), seconds=seconds)
    except own_process.Failed as error:
        last = re.search(r"import (\w+)$", str(error))
        one = modules[last[1]].name if last else wanted[0].name
        return [fault(PART, one, f"its import: {error}", install(one, again=True), needed=True)]
    if not faults:
        shown = ", ".join(f"{one.name} {_version(one.name)}" for one in wanted)
        return [Finding(PART, "imported", "ok", shown)] if wanted else []
    return [
        fault(PART, modules[name].name, why, install(modules[name].name, again=True), needed=True)
        for name, why in faults.items()
    ]


def _installing(names: list[str], checkout: Path) -> str:
    """Where not even torch is there, nobody has made the checkout's environment yet."""
    if _version("torch") is None and (checkout / "Makefile").exists():
        return "make .venv/installed && source .venv/bin/activate"
    return pip(*(wanted(name, checkout) for name in names))


def _beside(one: Requirement, version: str | None) -> str:
    wanted = f"pinned: {one.pin}" if one.pin else f"wanted: {one.range or 'any'}"
    return f"{one.name} {version} ({wanted})" if version else one.name


def _pins(path: Path) -> dict[str, str]:
    """Name -> version of a file of exact requirements; none where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;#]+)", text, flags=re.M)
    return {_plain(name): version for name, version in found}


def _ranges(checkout: Path) -> Iterable[tuple[str, str | None]]:
    """(requirement, its extra) of a checkout, or of the installed package."""
    import tomllib  # not before Python 3.11

    try:
        project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
        project = project["project"]
    except (OSError, KeyError):
        for text in _answered(metadata.requires, "inrbench") or []:
            wanted, _, marker = text.partition(";")
            extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
            yield wanted, extra[1] if extra else None
        return
    yield from ((text, None) for text in project.get("dependencies", []))
    for extra, texts in project.get("optional-dependencies", {}).items():
        yield from ((text, extra) for text in texts)


def _version(name: str) -> str | None:
    return _answered(metadata.version, name)


def _answered(ask, name: str):
    try:
        return ask(name)
    except metadata.PackageNotFoundError:
        return None


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _numbers(version: str) -> tuple[int, ...]:
    """(2, 13) of "2.13.0+cpu": trailing zeros tell nothing."""
    numbers = [int(n) for n in re.findall(r"\d+", re.split(r"[+a-zA-Z]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
