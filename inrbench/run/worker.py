"""The child process of a cell: take a job, measure it, and leave the outcome for its parent.

Run as `python -m inrbench.run.worker <descriptor>`. The job (JSON, see `run.parent`) comes on
standard input. The descriptor gets lines of JSON: that the method has begun, progress, and last
the outcome, which so needs no disk. Results go into the job's folder.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from typing import Any

# Seconds between two reports of progress, at the least, unless a checkpoint is at hand.
REPORT = 0.2


def main() -> None:
    """Read the job, run it, and tell the outcome."""
    _die_with_parent()
    import torch

    from inrbench import registry
    from inrbench.errors import Absent, HostTooSmall, NoResult, OutOfMemory
    from inrbench.meters import machine
    from inrbench.run.measurement import TimeLimit, measure

    def stop(*_: object) -> None:
        raise TimeLimit

    job = json.load(sys.stdin)
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


def _die_with_parent() -> None:
    if sys.platform == "linux":  # PR_SET_PDEATHSIG: a killed parent must not leave a cell running
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


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
