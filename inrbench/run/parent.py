"""One cell -> one record, in a child process whose end, whatever it is, becomes a status.

This parent imports no torch. It commits the record last, and then the mark of what made it (see
`stale`); only if the parent itself is killed is there none, and then the cell runs again.

An input that cannot be read, a device that is not there or a full disk says nothing of the cell:
there is no record of it. A record that is `ok` is replaced only by that of a run that really ran.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrbench.cells.history import write_history
from inrbench.errors import NoResult
from inrbench.io.printable import printable
from inrbench.io.progress import progress
from inrbench.io.whole_file import named
from inrbench.run.child import Heard, follow

if TYPE_CHECKING:
    from inrbench.cells.cell import Cell
    from inrbench.cells.record import Record

LOG = "run.log"
"""In a cell's folder, unless another place is asked for."""
PARTIAL, PROGRESS = ".partial", "progress.json"
"""In a cell's folder while it runs, and in that folder how far it is."""
_HEAD = "log of inrbench run "
"""How a log begins: a file elsewhere that does not is somebody's."""


def run_cell(
    cell: Cell,
    results: Path,
    device: str,
    threads: int,
    command: str,
    log: Path,
) -> Record:
    """Run a cell in a child process and commit its record.

    Args:
        cell: what to run.
        results: the machine's folder of results.
        device: "cpu", "cuda" or "auto".
        threads: of the child.
        command: what a person types to run this cell again, kept in the record.
        log: gets everything that the child prints.

    Returns:
        The record; its status is `ok` or says what went wrong. Where another process runs this
        cell at the moment, its record, waited for.

    Raises:
        NoResult: there is nothing to record; a record that stands there stays.
        OSError: a disk is full; likewise.
    """
    from inrbench.cells import records
    from inrbench.run import stale

    target = records.folder(results, cell)
    made = stale.mark(target, cell.spec, device, threads)
    target.mkdir(parents=True, exist_ok=True)
    # The kernel lets go of the lock when its holder ends, however it ends.
    with (target / ".lock").open("w") as lock:
        if _taken(lock):
            # A workflow was killed but not its cell, say: its result is as good as ours.
            _say(f"{cell.id}: waiting for another process that runs this cell")
            before = _time(made)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _time(made) != before and stale.fault(target, cell.spec) is None:
                return records.read(target)
        return _run(cell, target, made, device, threads, command, log)


def _taken(lock) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _time(path: Path) -> int | None:
    return path.stat().st_mtime_ns if path.exists() else None


def _say(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr, flush=True)


def _run(
    cell: Cell,
    target: Path,
    made: Path,
    device: str,
    threads: int,
    command: str,
    log: Path,
) -> Record:
    from inrbench.cells import names, records

    good = _good_record(cell, target, made)
    partial = target / PARTIAL
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        _begin(log, cell, own=log == target / LOG)
        job = {"spec": cell.spec, "base": str(cell.folder), "seed": cell.seed, "device": device,
               "threads": threads, "folder": str(partial), "log": str(log),
               "plugins": names.used(cell.spec)}  # fmt: skip
        kills = _memory_kills()
        with progress(cell.id, partial / PROGRESS) as show:
            heard = follow(job, cell.spec["limits"]["seconds"], show)
        outcome = heard.outcome
        if outcome is None:
            if not (partial / "history.parquet").exists():
                write_history(partial / "history.parquet", heard.rows)
            outcome = _post_mortem(heard, _memory_kills() - kills, log)
        record = _record(cell, command, outcome, heard.begun, good)
        record = records.commit(target, record, partial)
        made.touch()
        return record
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _good_record(cell: Cell, target: Path, made: Path) -> Record | None:
    """The record of this cell that is `ok`; one that cannot be read is set aside.

    Where its mark is there, it is said why the cell runs again all the same.
    """
    from inrbench.cells import records
    from inrbench.run import stale

    path = target / "record.json"
    if not os.path.lexists(path):
        return None
    try:
        record = records.read(path)
    except (OSError, ValueError) as error:
        first = str(error).splitlines()[0]
        aside = records.set_aside(path)
        _say(f"{cell.id}: set aside as {aside.name}, and the cell runs again: {first}")
        return None
    if made.exists() and (found := stale.fault(target, cell.spec)) is not None:
        _say(f"{cell.id} runs again: {found}")
    return record if record.status == "ok" and records.has_spec(target, cell.spec) else None


def _begin(log: Path, cell: Cell, own: bool) -> None:
    """Begin the log anew.

    Raises:
        FileExistsError: outside of the cell's folder, what is there is not a log of inrbench's.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if not own and os.path.lexists(log):
        ours = False
        if log.is_file():
            with log.open("rb") as file:
                ours = file.read(len(_HEAD)) in (b"", _HEAD.encode())
        if not ours:
            raise FileExistsError(
                f"--log {log}: this is not a log, which begins with {_HEAD!r}; name another file"
            )
    with named(log):
        log.write_text(f"{_HEAD}{cell.experiment} --cell {cell.id} --preset {cell.preset}\n")


def _record(
    cell: Cell, command: str, outcome: dict[str, Any], begun: bool, good: Record | None
) -> Record:
    """The record of an outcome; raises `NoResult` where it is none, or none beside a good one."""
    from inrbench.cells.record import CellName, Record, RestsOn
    from inrbench.meters import machine

    stays = "; the record of {}, which is ok, stays as it is"
    if (sentence := outcome.get("no_result")) is not None:
        raise NoResult(sentence + (stays.format(good.created) if good else ""))
    # The host's word on the cell before it began: what it lacks, and by how many bytes if known.
    host, needed = outcome.pop("host", False), outcome.pop("needed", None)
    status = outcome["status"]
    if status == "timeout":
        outcome["reason"] = f"stopped at its time limit of {cell.spec['limits']['seconds']:g} s"
    if good is not None and (host or status == "unsupported"):
        raise NoResult(
            f"{status}: {outcome['reason']}{stays.format(good.created)}; remove it, and "
            "the status is recorded"
        )
    rests = status == "unsupported" or (status == "out_of_memory" and (host or begun))
    return Record(
        cell=CellName(experiment=cell.experiment, preset=cell.preset, dataset=cell.dataset,
                      method=cell.method, seed=cell.seed),
        labels=cell.labels,
        spec=cell.spec,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        rests_on=RestsOn(**machine.equipment(), needed=needed) if rests else None,
        **outcome,
    )  # fmt: skip


def _post_mortem(heard: Heard, memory_kills: int, log: Path) -> dict[str, Any]:
    """The outcome of a child that told none; before it had begun, it speaks of the machine."""
    host = {"host": not heard.begun}
    if heard.late:
        return {"status": "timeout"} | host
    if heard.code == -signal.SIGKILL and memory_kills > 0:
        reason = "killed by the kernel's memory killer"
        return {"status": "out_of_memory", "reason": reason} | host
    if heard.code < 0:
        reason = f"the process was killed by {signal.Signals(-heard.code).name}"
    else:
        lines = log.read_text(errors="replace").strip().splitlines()[1:]
        last = lines[-1] if lines else "it printed nothing"
        reason = f"the process ended with exit code {heard.code}: {last}"
    if heard.begun:
        return {"status": "error", "reason": f"{reason}; see {log}"}
    return {"no_result": f"before the method began, {reason}; see {log}"}


def _memory_kills() -> int:
    """How many processes the kernel has killed for memory since it started (0 if it won't say)."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
