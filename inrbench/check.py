"""The contracts of `inrbench.testing` on what a plug-in registers, each test in its own process.

A crash, or a loop without end, so becomes a sentence as any other fault does. This parent imports
no torch; the processes are forks of one that has.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from inrbench import plugins
from inrbench.plugins import Registration

SECONDS = 120.0
"""That a single test may take."""
_ENVIRONMENT = ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "INRBENCH_DATA")


@dataclass(frozen=True)
class Finding:
    """What one test says of one registered name.

    Args:
        registration: of the name.
        fact: what is tested, in a line.
        fault: what is wrong, what was expected and what to do; or None.
    """

    registration: Registration
    fact: str
    fault: str | None


def check(path: Path, seconds: float = SECONDS) -> Iterator[Finding]:
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
        yield Finding(one, "The file can be imported, and writes nothing then.", fault)
        for k, (test, fact) in enumerate(tests if fault is None else ()):
            _, fault = _ask(path, one, test, seconds)
            yield Finding(one, fact, fault)
            if k == 0 and fault is not None:
                break


def _ask(
    path: Path, registration: Registration, test: str | None, seconds: float
) -> tuple[list[tuple[str, str]] | None, str | None]:
    """(tests with their facts, fault) of a process that runs one test or, for None, imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["inrbench.testing.trial"])
    ours, theirs = context.Pipe(duplex=False)
    with tempfile.TemporaryDirectory() as folder:
        arguments = (theirs, folder, path.resolve(), registration, test)
        process = context.Process(target=_answer, args=arguments, daemon=True)
        process.start()
        theirs.close()
        try:
            # The end of the process, too, ends the wait: nobody else can write.
            if ours.poll(seconds):
                return ours.recv()
            return None, (
                f"it did not end within {seconds:g} s: look for a loop without end, or give "
                "smaller parameters by tiny={...}"
            )
        except EOFError:
            process.join()
            return None, _end(process.exitcode, Path(folder, "output"))
        finally:
            process.kill()
            process.join()


def _answer(
    connection: Connection, folder: str, path: Path, registration: Registration, test: str | None
) -> None:
    """In the process: an empty folder to live in, and its output there."""
    output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ |= dict.fromkeys(_ENVIRONMENT, folder)
    os.chdir(folder)
    from inrbench.testing import trial

    connection.send(trial.run(path, registration, test))


def _end(code: int | None, output: Path) -> str:
    """The sentence for a process that ended without a word."""
    how = f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"ended ({code})"
    lines = output.read_text(errors="replace").strip().splitlines() if output.exists() else []
    last = f"; the last it printed: {lines[-1]}" if lines else ""
    return f"the process {how} in the midst of it{last}"


def summary(path: Path, found: list[Finding]) -> str:
    """ "wire.py: no fault in 15 checks"."""
    faults = sum(finding.fault is not None for finding in found)
    return f"{path}: {faults or 'no'} fault{'s' * (faults > 1)} in {len(found)} checks"
