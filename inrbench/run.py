"""One cell -> one record, in a child process whose end, whatever it is, becomes a status.

This parent imports no torch. It commits the record last; only if the parent itself is killed is
there none, and then the cell runs again.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from inrbench.progress import Show, progress

if TYPE_CHECKING:
    from inrbench.cell import Cell
    from inrbench.records import Record

# Seconds that a child gets to write its history after it was asked to stop.
GRACE = 20.0


@dataclass(frozen=True)
class Child:
    """A process that imports torch and waits for its job.

    Args:
        process: it takes the job on its standard input.
        progress: descriptor that it reports to.
        early: what it prints before it has a job, and so a log.
    """

    process: subprocess.Popen
    progress: int
    early: IO[bytes]

    def end(self) -> None:
        """Kill it, if it still runs, and let go of all it holds."""
        self.process.kill()
        self.process.wait()
        os.close(self.progress)
        self.early.close()


def start(threads: int) -> Child:
    """Start a child for `run_cell`: the sooner, the more of its imports others' work hides."""
    ours, theirs = os.pipe()
    environment = os.environ | {
        name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
    }
    early = tempfile.TemporaryFile()  # noqa: SIM115 (the child's, see `Child.end`)
    process = subprocess.Popen(
        [sys.executable, "-m", "inrbench.worker", str(theirs)],
        stdin=subprocess.PIPE, stdout=early, stderr=early, pass_fds=(theirs,), env=environment,
    )  # fmt: skip
    os.close(theirs)
    return Child(process, ours, early)


def run_cell(
    cell: Cell,
    results: Path,
    device: str,
    threads: int,
    command: str,
    log: Path,
    child: Child | None = None,
) -> Record:
    """Run a cell in a child process and commit its record.

    Args:
        cell: what to run.
        results: the machine's folder of results.
        device: "cpu" or "cuda".
        threads: of the child.
        command: what a person types to run this cell again, kept in the record.
        log: gets everything that the child prints.
        child: one that was started before; default: one is started now.

    Returns:
        The record; its status is `ok` or says what went wrong. Where another process runs this
        cell at the moment, its record, waited for.
    """
    child = child or start(threads)
    from inrbench import records  # while the child imports torch

    target = records.folder(results, cell)
    target.mkdir(parents=True, exist_ok=True)
    # The kernel lets go of the lock when its holder ends, however it ends.
    with (target / ".lock").open("w") as lock:
        if _taken(lock):
            child.end()  # it would only hold memory
            # A workflow was killed but not its cell, say: its result is as good as ours.
            print(f"{cell.id}: waiting for another process that runs this cell", file=sys.stderr)
            begun = time.time()
            fcntl.flock(lock, fcntl.LOCK_EX)
            written = target / "record.json"
            if written.exists() and written.stat().st_mtime > begun:
                return records.read(target)
            child = start(threads)
        return _run(cell, target, device, threads, command, log, child)


def _taken(lock) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _run(
    cell: Cell, target: Path, device: str, threads: int, command: str, log: Path, child: Child
) -> Record:
    from inrbench import plugins, records

    partial = target / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    job = {"spec": cell.spec, "base": str(cell.folder), "seed": cell.seed, "device": device,
           "threads": threads, "folder": str(partial), "log": str(log),
           "plugins": plugins.used(cell.spec)}  # fmt: skip
    kills = _memory_kills()
    with progress(cell.id) as show:
        code, rows, late = _follow(child, job, cell.spec["limits"]["seconds"], show)
    found = partial / "outcome.json"
    if found.exists():
        outcome = json.loads(found.read_text())
    else:
        if not (partial / "history.parquet").exists():
            records.write_history(partial / "history.parquet", rows)
        outcome = _post_mortem(code, late, _memory_kills() - kills, log)
    if outcome["status"] == "timeout":
        outcome["reason"] = f"stopped at its time limit of {cell.spec['limits']['seconds']:g} s"
    record = records.Record(
        cell=records.CellName(experiment=cell.experiment, preset=cell.preset,
                              dataset=cell.dataset, method=cell.method, seed=cell.seed),
        labels=cell.labels,
        spec=cell.spec,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        **outcome,
    )  # fmt: skip
    records.commit(target, record, partial)
    shutil.rmtree(partial)
    return record


def _follow(child: Child, job: dict, seconds: float, show: Show) -> tuple[int, list[dict], bool]:
    """Hand over the job, read the progress to the end: exit code, rows seen, whether late."""
    process = child.process
    rows: list[dict[str, Any]] = []
    late = False
    try:
        with process.stdin as pipe:
            pipe.write(json.dumps(job).encode())
        for step in _lines(child.progress, time.monotonic() + seconds):
            if step is None:
                late = True
                process.terminate()
                break
            rows.append(step["row"])
            mse = step["row"].get("mse")
            measured = "" if mse is None else f"MSE {mse:.2e}"
            show(step["iteration"], step["total"], measured)
        code = process.wait(timeout=GRACE)
    except (subprocess.TimeoutExpired, BrokenPipeError):
        process.kill()
        code = process.wait()
    finally:
        child.early.seek(0)
        with Path(job["log"]).open("ab") as log:
            shutil.copyfileobj(child.early, log)
        child.end()  # on Ctrl-C; else it has ended
    return code, rows, late


def _lines(descriptor: int, deadline: float) -> Iterator[dict | None]:
    """Each line of JSON until the other end closes; None once the deadline has passed."""
    buffer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=max(0.0, deadline - time.monotonic())):
                yield None
                return
            received = os.read(descriptor, 65536)
            if not received:
                return
            *lines, buffer = (buffer + received).split(b"\n")
            for line in lines:
                yield json.loads(line)
            if time.monotonic() > deadline:
                yield None
                return


def _post_mortem(code: int, late: bool, memory_kills: int, log: Path) -> dict[str, Any]:
    """The outcome of a child that left none."""
    if late:
        return {"status": "timeout"}
    if code == -signal.SIGKILL and memory_kills > 0:
        return {"status": "out_of_memory", "reason": "killed by the kernel's memory killer"}
    if code < 0:
        name = signal.Signals(-code).name
        return {"status": "error", "reason": f"the process was killed by {name}; see {log}"}
    lines = log.read_text().strip().splitlines()
    last = lines[-1] if lines else "it printed nothing"
    return {"status": "error", "reason": f"the process ended with exit code {code}: {last}"}


def _memory_kills() -> int:
    """How many processes the kernel has killed for memory since it started (0 if it won't say)."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
