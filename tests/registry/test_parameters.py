"""Defaults are those that Python itself gives, read without running anything."""

import inspect
import subprocess
import sys

import pytest

from inrbench import registry
from inrbench.registry import parameters
from inrbench.registry.parameters import REQUIRED
from inrbench.registry.plugin_module import PluginError


def plain(value):
    """As a record has it."""
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in registry.KINDS for name in registry.names(kind)]
)
def test_defaults_are_those_that_python_gives(kind, name):
    known = inspect.signature(registry.load(kind, name)).parameters.values()
    assert parameters.of(registry.target(kind, name)) == {
        one.name: REQUIRED if one.default is one.empty else plain(one.default) for one in known
    }


@pytest.fixture
def of(tmp_path):
    """Parameters of `Mine` in a plug-in's file, with a file `beside.py` in its folder."""

    def read(text, beside=""):
        (tmp_path / "beside.py").write_text(beside)
        path = tmp_path / "mine.py"
        path.write_text(text)
        return parameters.of.__wrapped__(f"{path}:Mine")

    return read


def test_parents_count_wherever_they_are(of):
    found = of(
        "from beside import Base\nclass Mine(Base):\n"
        "    def __init__(self, x, *, width=3, **more): ...",
        beside="class Base:\n    def __init__(self, x, width=1, depth=2): ...",
    )
    assert found == {"x": REQUIRED, "width": 3, "depth": 2}
    text = "from inrbench.methods.inr import INR\n@dataclass\nclass Mine(INR):\n    decay: int = 7"
    assert of(text) == {**parameters.of("inrbench.methods.inr:INR"), "decay": 7}


def test_fields_and_constants_are_followed(of):
    found = of(
        "import math, beside\nfrom dataclasses import dataclass, field\n"
        "from beside import SIZES as sizes\nWIDTH = 2 ** 5\n"
        "@dataclass(frozen=True)\nclass Mine:\n"
        "    a: int\n    b: float = -math.pi\n    c: tuple = sizes\n    d: int = WIDTH + 1\n"
        "    e: list = field(default_factory=list)\n"
        "    f: list = field(default_factory=lambda: [1])\n"
        "    g: int = field(default=4)\n    h: int = field(init=False)\n"
        "    i: ClassVar[int] = 5\n    j: str = beside.NAME\n"
        "    k: bool = True\n    l: dict = None",
        beside="SIZES = (1, 2)\nNAME: str = 'best'",
    )
    assert found == {
        "a": REQUIRED, "b": -3.141592653589793, "c": [1, 2], "d": 33, "e": [], "f": [1], "g": 4,
        "j": "best", "k": True, "l": None,
    }  # fmt: skip


@pytest.mark.parametrize("default", ["torch.sin", "object()", "b'x'", "1j", "{1}", "1 / 0"])
def test_a_default_that_no_record_can_hold_is_refused_in_a_sentence(of, default):
    with pytest.raises(PluginError, match=r"mine\.py, line 2: the default of a is .*expected a "):
        of(f"import torch\ndef Mine(a={default}): ...")


@pytest.mark.parametrize(
    "text", ["from beside import Mine", "class Mine(Mine): ...", "A = A\ndef Mine(a=A): ..."]
)
def test_names_in_a_circle_are_refused(of, text):
    with pytest.raises(PluginError, match="names stand for each other in a circle"):
        of(text, beside="from mine import Mine")


def test_neither_torch_nor_the_plug_in_is_imported(tmp_path):
    (tmp_path / "mine.py").write_text("import torch\nraise SystemExit\ndef Mine(a=1): ...")
    code = (
        "import sys; from inrbench import parameters, spec; "
        f"assert parameters.of({str(tmp_path / 'mine.py')!r} + ':Mine') == {{'a': 1}}; "
        "spec.part('method', {'name': 'gradient_quality'}); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "N = 10\nN += 5\ndef Mine(n=N): ...",
        "N = 10\ndef Mine(n=N): ...\nN = 20",
        "N = 10\nif True:\n    N = 7\ndef Mine(n=N): ...",
        "N, M = 1, 2\ndef Mine(n=N): ...",
        "for N in (1, 2): N = N\ndef Mine(n=N): ...",
        "try:\n    def Mine(n=1): ...\nexcept ValueError:\n    def Mine(n=2): ...",
        "class Mine:\n    def __init__(self, n=1): ...\n    def __init__(self, n=2): ...",
    ],
)
def test_what_only_running_the_file_could_tell_is_refused(of, text):
    with pytest.raises(PluginError, match="is bound more than once, or where only running"):
        of(text)


def test_what_is_bound_once_is_found_wherever_it_stands(of):
    assert of("if True:\n    N = 3\n    class Base:\n        def __init__(self, n=N): ...\n"
              "class Mine(Base): ...") == {"n": 3}  # fmt: skip
    assert of(
        "class Mine:\n    @overload\n    def __init__(self, n: int = 3): ...\n"
        "    def __init__(self, n=9): ..."
    ) == {"n": 9}


def test_parameters_that_cannot_be_found_are_refused(of):
    with pytest.raises(PluginError, match=r"mine\.py, line 2: \*\*kw hides which parameters"):
        of("class Mine:\n    def __init__(self, **kw): ...")
    with pytest.raises(PluginError, match="there is no N in it"):
        of("def Mine(n=N): ...")
    with pytest.raises(PluginError, match="there is no Base in it"):
        of("from beside import Base\nclass Mine(Base): ...")
    assert of("class Mine(ValueError):\n    pass") == {}


def test_what_is_handed_on_to_a_parent_can_be_given(tmp_path):
    """What the spec fills in, the builder takes."""

    class Base:
        def __init__(self, n: int = 2, m: int = 3):
            self.n = n

    class Mine(Base):
        def __init__(self, k: int = 1, **more):
            super().__init__(**more)

    registry.check_parameters("mine", Mine, {"k": 1, "n": 2})
    with pytest.raises(ValueError, match="mine has no parameter 'more': known are k, n, m"):
        registry.check_parameters("mine", Mine, {"more": 1})
