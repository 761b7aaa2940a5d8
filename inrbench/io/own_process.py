"""A call in a process of its own: a crash, a kill or a loop without end is an error here, no end.

The process lives in an empty folder, where its output goes too. Nothing here imports torch.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

GRACE = 10.0
"""Seconds for a process to end by itself once it has answered."""


class Failed(RuntimeError):
    """The call gave no value; the sentence says how it ended, and the last that it printed."""


class Hung(Failed):
    """It did not end in the time that it had."""


def call(
    function: Callable[..., Any], *arguments: Any, seconds: float, preload: Sequence[str] = ()
) -> Any:
    """function(*arguments), computed elsewhere.

    Args:
        function: of a module's top level; what it takes and gives can be pickled.
        arguments: for it.
        seconds: that it may take, its imports included.
        preload: modules that one process imports, of which each call is a fork; none: each call
            starts from nothing.

    Raises:
        Hung: it took longer, and was killed.
        Failed: it raised, its process ended without an answer, or there is no room for its folder.
    """
    try:
        place = tempfile.TemporaryDirectory()
    except OSError as error:
        raise Failed(f"there is no folder for its process: {error}") from None
    context = multiprocessing.get_context("forkserver" if preload else "spawn")
    if preload:
        context.set_forkserver_preload(list(preload))
    ours, theirs = context.Pipe(duplex=False)
    with place as folder:
        process = context.Process(
            target=_answer, args=(theirs, folder, function, arguments), daemon=True
        )
        process.start()
        theirs.close()
        try:
            # The end of the process, too, ends the wait: nobody else can write.
            if not ours.poll(seconds):
                raise Hung(f"it did not end within {seconds:g} s")
            value, fault = ours.recv()
            process.join(GRACE)  # killed, it would leave semaphores of libraries behind
        except EOFError:
            process.join()
            raise Failed(_end(process.exitcode, Path(folder, "output"))) from None
        finally:
            process.kill()
            process.join()
    if fault is not None:
        raise Failed(fault)
    return value


def _answer(
    connection: Connection, folder: str, function: Callable[..., Any], arguments: tuple
) -> None:
    """In the process: the value and None, or None and what was raised."""
    output = os.open(f"{folder}/output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(folder)
    try:
        answer = function(*arguments), None
    except (Exception, SystemExit) as error:
        answer = None, f"it ended with {type(error).__name__}: {error}"
    connection.send(answer)


def _end(code: int | None, output: Path) -> str:
    """The sentence for a process that ended without a word."""
    how = f"was killed by {signal.Signals(-code).name}" if code and code < 0 else f"ended ({code})"
    lines = output.read_text(errors="replace").strip().splitlines() if output.exists() else []
    last = f"; the last it printed: {lines[-1]}" if lines else ""
    return f"the process {how} in the midst of it{last}"
