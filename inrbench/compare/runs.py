"""Runs to compare: every record below a folder, a single record, or a kept reference by name.

A run is one record. A row is a cell without its seed, "<experiment>-<preset>/<data set>/<method>";
its runs are all records of it: several seeds, and for each of them several repeats (the same tree
again below `run0`, `run1`, ...).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from inrbench.cells import records
from inrbench.cells.records import Record
from inrbench.registry import nearest


@dataclass(frozen=True)
class Run:
    """A record and its folder, where its history lies."""

    record: Record
    folder: Path


@dataclass(frozen=True)
class Runs:
    """What `read` found.

    Args:
        source: what was asked for.
        runs: by path.
        unread: a sentence for each record that could not be read.
        copies: how many records were the same as another, to the byte, and left out.
    """

    source: str
    runs: tuple[Run, ...]
    unread: tuple[str, ...] = ()
    copies: int = 0

    @property
    def records(self) -> list[Record]:
        """Without their folders."""
        return [run.record for run in self.runs]

    @cached_property
    def rows(self) -> dict[str, list[Run]]:
        """The runs of each row, the earliest first."""
        found: dict[str, list[Run]] = {}
        for run in self.runs:
            found.setdefault(row_of(run.record), []).append(run)
        return {row: sorted(runs, key=_begun) for row, runs in found.items()}


def _numbers(record: Record) -> tuple:
    """What no two runs have alike: their seconds, with all else that was measured."""
    return record.status, record.time, record.memory, record.metrics


def _begun(run: Run) -> tuple[str, str]:
    return run.record.created, str(run.folder)


def row_of(record: Record) -> str:
    """ "<experiment>-<preset>/<data set>/<method>"."""
    cell = record.cell
    return f"{cell.experiment}-{cell.preset}/{cell.dataset}/{cell.method}"


def read(source: str | Path, root: Path = Path("results")) -> Runs:
    """Read all records of a source.

    Hidden folders (of cells that were not finished) are left out, and so are the campaigns of
    `inrbench noise` and `compare --ab` beside a machine's experiments: they are read where they
    are the source themselves. Records of one moment with the same numbers are copies of one run,
    and count once.

    Args:
        source: a folder, a record's file, or a name below <root>/reference ("amd-epyc",
            "amd-epyc/quick-laptop").
        root: folder of all results.

    Raises:
        FileNotFoundError: there is no such source, or no record below it.
        ValueError: none of its records can be read.
    """
    top = _place(str(source), root)
    runs, unread, copies = [], [], 0
    alike: dict[tuple, list[Record]] = {}
    for path in _files(top):
        try:
            record = records.read(path)
        except (ValueError, OSError) as error:
            unread.append(_sentence(path, error))
            continue
        others = alike.setdefault((record.created, row_of(record), record.cell.seed), [])
        if any(_numbers(record) == _numbers(other) for other in others):
            copies += 1
            continue
        others.append(record)
        runs.append(Run(record, path.parent))
    if not runs and unread:
        more = f" (and {len(unread) - 1} more like it)" if len(unread) > 1 else ""
        raise ValueError(f"{unread[0]}{more}")
    if not runs:
        raise FileNotFoundError(f"{top}: no record.json below it; name a folder of results")
    return Runs(str(source), tuple(runs), tuple(unread), copies)


def _place(source: str, root: Path) -> Path:
    if Path(source).exists():
        return Path(source)
    kept = root / "reference"
    if (kept / source).exists():
        return kept / source
    known = [str(path.relative_to(kept)) for path in sorted([*kept.glob("*"), *kept.glob("*/*")])]
    raise FileNotFoundError(
        f"{source}: neither a folder or record, nor a name below {kept}; {nearest(source, known)}"
    )


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
        return
    for folder, inner, files in os.walk(top):
        inner[:] = sorted(name for name in inner if not _beside(Path(folder), name))
        if "record.json" in files:
            yield Path(folder) / "record.json"


def _beside(folder: Path, name: str) -> bool:
    """Whether a folder is hidden, or a campaign: noise/run0/... or ab/<base>-<new>/a/..."""
    place = folder / name
    return (
        name.startswith(".")
        or (name == "noise" and (place / "run0").is_dir())
        or (name == "ab" and any(place.glob("*-*/a/run0")))
    )


def _sentence(path: Path, error: Exception) -> str:
    """One line that names the file."""
    text = " ".join(str(error).split())
    return text if str(path) in text else f"{path}: {text}"
