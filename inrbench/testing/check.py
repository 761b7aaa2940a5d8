"""The contracts of `inrbench.testing` on what a plug-in registers, each test in its own process.

A crash, or a loop without end, so becomes a sentence as any other fault does. This parent imports
no torch; the processes are forks of one that has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inrbench.io import own_process
from inrbench.registry import plugin_files
from inrbench.registry.plugin_files import Registration

SECONDS = 120.0
"""That a single test may take."""
# Named where a process ended before it could say which tests there are.
_REST = [("", "All that needs the import.")]
_ENVIRONMENT = ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "INRBENCH_DATA")


@dataclass(frozen=True)
class Tested:
    """What one test says of one registered name.

    Args:
        registration: of the name.
        fact: what is tested, in a line.
        fault: what is wrong, what was expected and what to do; or None.
        said: what was measured, where the test measures; or "".
        tried: False where the test builds on another that failed, and was left out.
    """

    registration: Registration
    fact: str
    fault: str | None
    said: str = ""
    tried: bool = True


def check(path: Path, seconds: float = SECONDS) -> Iterator[Tested]:
    """Try all that a file registers; the findings as they come.

    Where a part cannot be imported, or its first contract fails (what it gives has another shape,
    or is not finite), the tests that build on that are left out, and named.

    Args:
        path: of the plug-in.
        seconds: that a single test may take.

    Raises:
        PluginError: a file that cannot be read as a plug-in, or a name that is taken.
    """
    for one in plugin_files.add(path):
        tests, fault, _ = _ask(path, one, None, seconds)
        yield Tested(one, "The file can be imported, and writes nothing then.", fault)
        stopped = fault is not None
        for k, (test, fact) in enumerate(tests):
            if stopped:
                yield Tested(one, fact, None, tried=False)
                continue
            _, fault, said = _ask(path, one, test, seconds)
            yield Tested(one, fact, fault, said)
            stopped = k == 0 and fault is not None


def _ask(
    path: Path, registration: Registration, test: str | None, seconds: float
) -> tuple[list[tuple[str, str]], str | None, str]:
    """(tests with their facts, fault, what was measured) of a process that runs one test or, for
    None, imports."""
    try:
        return own_process.call(
            _answer, path.resolve(), registration, test,
            seconds=seconds, preload=["inrbench.testing.trial"],
        )  # fmt: skip
    except own_process.Hung as fault:
        advice = "look for a loop without end, or give smaller parameters by tiny={...}"
        return _REST, f"{fault}: {advice}", ""
    except own_process.Failed as fault:
        return _REST, str(fault), ""


def _answer(
    path: Path, registration: Registration, test: str | None
) -> tuple[list[tuple[str, str]], str | None, str]:
    """In the process, whose empty folder is its home, too."""
    os.environ |= dict.fromkeys(_ENVIRONMENT, os.getcwd())
    from inrbench.testing import trial

    return trial.run(path, registration, test)


def summary(path: Path, found: list[Tested]) -> str:
    """ "wire.py: no fault in 15 checks", "wire.py: 1 fault in 2 checks, 13 not tried"."""
    faults = sum(finding.fault is not None for finding in found)
    tried = sum(finding.tried for finding in found)
    left = f", {len(found) - tried} not tried" if tried < len(found) else ""
    return f"{path}: {faults or 'no'} fault{'s' * (faults > 1)} in {tried} checks{left}"
