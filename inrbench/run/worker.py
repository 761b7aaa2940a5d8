"""The child process of a cell: take a job, measure it, and leave the outcome for its parent.

Run as `python -m inrbench.run.worker <descriptor>`. The job (JSON, see `inrbench.run.parent`) comes on
standard input. The descriptor gets lines of JSON: that the method has begun, progress, and last
the outcome, which so needs no disk. What is printed goes into the job's log, results into its
folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
import time
from typing import Any

# Seconds between two reports of progress, at the least, unless a checkpoint is at hand.
REPORT = 0.2


def main() -> None:
    """Import what a cell needs, then read the job, run it, and tell the outcome."""
    _die_with_parent()
    _import()
    import torch
    from inrbench.errors import Absent, HostTooSmall, NoResult, OutOfMemory

    from inrbench import registry
    from inrbench.meters import machine
    from inrbench.run.measurement import TimeLimit, measure

    def stop(*_: object) -> None:
        raise TimeLimit

    text = sys.stdin.read()
    if not text:
        return  # the parent has found that there is nothing to run
    job = json.loads(text)
    _print_to(job["log"])
    for entry in job["plugins"]:
        registry.register(*entry)
    torch.set_num_threads(job["threads"])
    machine.set_precision()
    signal.signal(signal.SIGTERM, stop)
    with os.fdopen(int(sys.argv[1]), "w") as pipe:
        reporter = Reporter(pipe)
        try:
            outcome = measure(job, reporter, lambda: reporter.tell(begun=True))
        except HostTooSmall as error:
            outcome = {"status": "out_of_memory", "reason": str(error), "host": True,
                       "needed": error.needed}  # fmt: skip
        except OutOfMemory as error:
            outcome = {"status": "out_of_memory", "reason": str(error)}
        except (Absent, NoResult) as error:
            outcome = {"no_result": str(error)}
        except OSError as error:  # the method's own are statuses: this is a disk's
            where = "" if error.filename else f", where {job['log']} or the method itself writes"
            outcome = {"no_result": f"{error}{where}"}
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # a log is cut, and the result as good as it was
                stream.flush()
        reporter.tell(outcome=outcome)
    # Everything is written; to take the interpreter and torch apart would only cost time.
    os._exit(0)


def _import() -> None:
    """Import all that a cell needs, while the parent still reads what to run.

    Without the garbage collector, which would look through the ever more objects that stay.
    """
    gc.disable()
    from inrbench import projectors
    from inrbench.run import measurement  # noqa: F401

    projectors.load_backends()
    gc.freeze()
    gc.enable()


def _die_with_parent() -> None:
    if sys.platform == "linux":  # PR_SET_PDEATHSIG: a killed parent must not leave a cell running
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _print_to(log: str) -> None:
    """Send standard output and error, those of libraries too, to a file."""
    sink = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    os.close(sink)


class Reporter:
    """Sends progress to the parent, now and then."""

    def __init__(self, pipe) -> None:
        self.pipe = pipe
        self.last = 0.0

    def __call__(self, iteration: int, total: int, row: dict[str, Any]) -> None:
        """Send a step, unless the last report is only just gone and nothing was measured."""
        now = time.monotonic()
        if "mse" in row or now - self.last > REPORT:
            self.last = now
            self.tell(iteration=iteration, total=total, row=row)

    def tell(self, **what: Any) -> None:
        """Send a line of JSON."""
        print(json.dumps(what), file=self.pipe, flush=True)


if __name__ == "__main__":
    main()
