"""The contracts of `inrbench.testing` on what a plug-in registers, each test in its own process.

A crash, or a loop without end, so becomes a sentence as any other fault does. This parent imports
no torch; the processes are forks of one that has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inrbench import plugins
from inrbench.plugins import Registration
from inrbench.testing import own_process

SECONDS = 120.0
"""That a single test may take."""
_ENVIRONMENT = ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "INRBENCH_DATA")


@dataclass(frozen=True)
class Tested:
    """What one test says of one registered name.

    Args:
        registration: of the name.
        fact: what is tested, in a line.
        fault: what is wrong, what was expected and what to do; or None.
    """

    registration: Registration
    fact: str
    fault: str | None


def check(path: Path, seconds: float = SECONDS) -> Iterator[Tested]:
    """Try all that a file registers; the findings as they come.

    Where a part cannot be imported, or its first contract fails (what it gives has another shape,
    or is not finite), the tests that build on that are left out.

    Args:
        path: of the plug-in.
        seconds: that a single test may take.

    Raises:
        PluginError: a file that cannot be read as a plug-in, or a name that is taken.
    """
    for one in plugins.add(path):
        tests, fault = _ask(path, one, None, seconds)
        yield Tested(one, "The file can be imported, and writes nothing then.", fault)
        for k, (test, fact) in enumerate(tests if fault is None else ()):
            _, fault = _ask(path, one, test, seconds)
            yield Tested(one, fact, fault)
            if k == 0 and fault is not None:
                break


def _ask(
    path: Path, registration: Registration, test: str | None, seconds: float
) -> tuple[list[tuple[str, str]] | None, str | None]:
    """(tests with their facts, fault) of a process that runs one test or, for None, imports."""
    try:
        return own_process.call(
            _answer, path.resolve(), registration, test,
            seconds=seconds, preload=["inrbench.testing.trial"],
        )  # fmt: skip
    except own_process.Hung as fault:
        return None, (
            f"{fault}: look for a loop without end, or give smaller parameters by tiny={{...}}"
        )
    except own_process.Failed as fault:
        return None, str(fault)


def _answer(
    path: Path, registration: Registration, test: str | None
) -> tuple[list[tuple[str, str]], str | None]:
    """In the process, whose empty folder is its home, too."""
    os.environ |= dict.fromkeys(_ENVIRONMENT, os.getcwd())
    from inrbench.testing import trial

    return trial.run(path, registration, test)


def summary(path: Path, found: list[Tested]) -> str:
    """ "wire.py: no fault in 15 checks"."""
    faults = sum(finding.fault is not None for finding in found)
    return f"{path}: {faults or 'no'} fault{'s' * (faults > 1)} in {len(found)} checks"
