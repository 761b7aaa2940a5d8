"""What makes a cell run again: what its record was made by has changed, or the record is damaged.

    <cell's folder>/.made-<digest of parameters, code, device and threads>

is made after the record and says what that was made by. It is the file that the workflow asks
for: where it is missing, the cell runs; where the cell cannot run, record and mark stay as they
were. No torch.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from inrbench.cells import records, result
from inrbench.cells.record import RestsOn
from inrbench.io.byte_size import human
from inrbench.meters import host, machine
from inrbench.run import sources


def mark(folder: Path, spec: dict[str, Any], device: str, threads: int) -> Path:
    """The mark in a cell's folder of a record that was made by these.

    Args:
        folder: the cell's.
        spec: the cell's parameters.
        device: as it was asked for, "auto" too.
        threads: of the cell.
    """
    made_by = [spec, sources.digest_of_cell(spec), device, threads]
    return _named(folder, json.dumps(made_by, sort_keys=True))


def wanted(folder: Path, spec: dict[str, Any], device: str, threads: int, here: bool) -> Path:
    """What is missing unless the cell's record stands: its `mark`, or another for one at fault.

    Args:
        folder, spec, device, threads: as for `mark`.
        here: see `fault`.
    """
    made = mark(folder, spec, device, threads)
    if not made.exists() or (found := fault(folder, spec, here)) is None:
        return made
    return _named(folder, f"{made.name} {made.stat().st_mtime_ns} {found}")


def _named(folder: Path, content: str) -> Path:
    return folder / f"{records.MARK}{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def fault(folder: Path, spec: dict[str, Any], here: bool = True) -> str | None:
    """Why the record in a cell's folder must be made again although its mark is there; or None.

    Args:
        folder: the cell's.
        spec: the cell's parameters.
        here: whether the cell would run on this machine. Then a status that rests on what this
            machine had (`unsupported`, `out_of_memory`) is asked whether it still has no more.
    """
    try:
        found = result.in_folder(folder)
    except FileNotFoundError:
        return "record.json is lost"
    except (OSError, ValueError) as error:
        return f"record.json is damaged: {error}"
    record = found.record
    written = (folder / "record.json").stat().st_mtime_ns
    if records.folder(folder.parents[3], record.cell) != folder:
        return "record.json is of another cell"
    if record.spec != json.loads(json.dumps(spec)):
        return "record.json is of other parameters"
    for name, size in record.files.items():
        path = folder / name
        there = path.stat().st_size if path.is_file() else None
        if there != size:
            state = "lost" if there is None else f"of {there} bytes in place of {size}"
            return f"{name} of the run of {record.created} is {state}"
        if path.stat().st_mtime_ns > written:  # somebody wrote into it since
            try:
                for read in (found.history, found.notes, found.images):
                    read()
            except records.Damaged as error:
                return str(error)
    if not here or record.rests_on is None:
        return None
    changed = _changed(record.rests_on)
    return f"{record.status} no longer holds: {changed}" if changed else None


def _changed(then: RestsOn) -> str | None:
    """What this machine has now that it had not then, or no longer."""
    now = machine.equipment()
    for field in ("memory", "gpu", "driver"):
        if (was := getattr(then, field)) != now[field]:
            return f"{field} was {was} and is {now[field]}"
    for name, version in now["packages"].items():
        if (was := then.packages.get(name)) != version:
            return f"{name} was {was or 'absent'} and is {version or 'absent'}"
    there = host.available()
    if then.needed is not None and there is not None and there >= then.needed:
        return f"{human(then.needed)} of memory are available"
    return None


def forget(folder: Path) -> None:
    """Take a cell's mark away, so that the workflow makes its record again."""
    for made in folder.glob(f"{records.MARK}*"):
        made.unlink()
