"""The process that a cell runs in: given its job, listened to until it ends."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inrbench.io.whole_file import named

# Seconds that a child gets to write its history after it was asked to stop.
GRACE = 20.0


@dataclass
class Heard:
    """What a child has told by its end.

    Args:
        code: its exit code.
        begun: whether it came as far as the method.
        rows: of its history, as far as it reported them.
        outcome: what it says of itself at the end, or None.
        late: whether its time was over.
    """

    code: int = 0
    begun: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    outcome: dict[str, Any] | None = None
    late: bool = False


def follow(job: dict[str, Any], seconds: float, show: Callable[[int, int, str], None]) -> Heard:
    """Start a child with its job and listen until its end, or until `GRACE` after its time.

    Args:
        job: see `parent`; its `log` gets everything that the child prints.
        seconds: of wall time; then it is asked to stop.
        show: gets iteration, total and a few words for each step.
    """
    ours, theirs = os.pipe()
    threads = {name: str(job["threads"]) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    with named(Path(job["log"])), Path(job["log"]).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "inrbench.run.worker", str(theirs)],
            stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=(theirs,),
            env=os.environ | threads,
        )  # fmt: skip
    os.close(theirs)
    heard, mse = Heard(), None

    def stop() -> None:
        heard.late = True
        process.terminate()

    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(job).encode())
        for told in _messages(ours, seconds, stop):
            heard.begun = heard.begun or "begun" in told
            heard.outcome = told.get("outcome", heard.outcome)
            if "row" in told:
                heard.rows.append(told["row"])
                mse = told["row"].get("mse", mse)
                words = f"iteration {told['iteration']} of {told['total']}"
                words += "" if mse is None else f", MSE {mse:.2e}"
                show(told["iteration"], told["total"], words)
        heard.code = process.wait(timeout=1.0 if heard.late else GRACE)
    except (subprocess.TimeoutExpired, BrokenPipeError):
        process.kill()
        heard.code = process.wait()
    finally:  # on Ctrl-C; else it has ended
        process.kill()
        process.wait()
        os.close(ours)
    return heard


def _messages(descriptor: int, seconds: float, late: Callable[[], None]) -> Iterator[dict]:
    """Each line of JSON until the other end closes; `late` is called once the time is over, and
    `GRACE` later it ends in any case."""
    buffer, over, deadline = b"", False, time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                if over:
                    return
                over, deadline = True, deadline + GRACE
                late()
            elif selector.select(timeout=left):
                received = os.read(descriptor, 65536)
                if not received:
                    return
                *lines, buffer = (buffer + received).split(b"\n")
                yield from map(json.loads, lines)
