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
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inrbench import records
from inrbench.experiment import Cell
from inrbench.progress import Show, progress

# Seconds that a child gets to write its history after it was asked to stop.
GRACE = 20.0


def run_cell(
    cell: Cell, results: Path, device: str, threads: int, command: str, log: Path
) -> records.Record:
    """Run a cell in a child process and commit its record.

    Args:
        cell: what to run.
        results: the machine's folder of results.
        device: "cpu" or "cuda".
        threads: of the child.
        command: what a person types to run this cell again, kept in the record.
        log: gets everything that the child prints.

    Returns:
        The record; its status is `ok` or says what went wrong. Where another process runs this
        cell at the moment, its record, waited for.
    """
    target = records.folder(results, cell)
    target.mkdir(parents=True, exist_ok=True)
    # The kernel lets go of the lock when its holder ends, however it ends.
    with (target / ".lock").open("w") as lock:
        if _taken(lock):
            # A workflow was killed but not its cell, say: its result is as good as ours.
            print(f"{cell.id}: waiting for another process that runs this cell", file=sys.stderr)
            begun = time.time()
            fcntl.flock(lock, fcntl.LOCK_EX)
            written = target / "record.json"
            if written.exists() and written.stat().st_mtime > begun:
                return records.read(target)
        return _run(cell, target, device, threads, command, log)


def _taken(lock) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _run(
    cell: Cell, target: Path, device: str, threads: int, command: str, log: Path
) -> records.Record:
    partial = target / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    job = {"spec": cell.spec, "seed": cell.seed, "device": device, "threads": threads,
           "folder": str(partial)}  # fmt: skip
    log.parent.mkdir(parents=True, exist_ok=True)
    kills = _memory_kills()
    with log.open("w") as sink, progress(cell.id) as show:
        code, rows, late = _follow(job, cell.spec["limits"]["seconds"], sink, show)
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


def _follow(job: dict, seconds: float, sink, show: Show) -> tuple[int, list[dict], bool]:
    """Start the child and read its progress to the end: exit code, rows seen, whether late."""
    ours, theirs = os.pipe()
    environment = os.environ | {
        name: str(job["threads"]) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "inrbench.worker", str(theirs)],
        stdin=subprocess.PIPE, stdout=sink, stderr=sink, pass_fds=(theirs,), env=environment,
    )  # fmt: skip
    os.close(theirs)
    rows: list[dict[str, Any]] = []
    late = False
    try:
        with child.stdin as pipe:
            pipe.write(json.dumps(job).encode())
        for step in _lines(ours, time.monotonic() + seconds):
            if step is None:
                late = True
                child.terminate()
                break
            rows.append(step["row"])
            mse = step["row"].get("mse")
            measured = "" if mse is None else f"MSE {mse:.2e}"
            show(step["iteration"], step["total"], measured)
        code = child.wait(timeout=GRACE)
    except (subprocess.TimeoutExpired, BrokenPipeError):
        child.kill()
        code = child.wait()
    finally:
        child.kill()  # on Ctrl-C; does nothing to a child that has ended
        os.close(ours)
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
