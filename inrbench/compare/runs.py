"""Runs to compare: every record below a folder, a single record, or a kept reference by name.

A run is one `Result`. A row is a cell without its seed; its runs are all results of it: several
seeds, and for each of them several repeats (the same tree again below `run0`, `run1`, ...).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from inrbench.cells.kept import RECORDS
from inrbench.cells.record import Record
from inrbench.cells.result import Result, at, each
from inrbench.experiments.places import place_of

RECORD = "record.json"


@dataclass(frozen=True)
class Runs:
    """What `read` found.

    Args:
        source: what was asked for.
        runs: by path.
        unread: a sentence for each record that could not be read.
        copies: how many records were the same run as another, and left out.
    """

    source: str
    runs: tuple[Result, ...]
    unread: tuple[str, ...] = ()
    copies: int = 0

    @property
    def records(self) -> list[Record]:
        """Without their folders."""
        return [run.record for run in self.runs]

    @cached_property
    def rows(self) -> dict[str, list[Result]]:
        """The runs of each row, the earliest first."""
        found: dict[str, list[Result]] = {}
        for run in sorted(self.runs, key=lambda run: (run.record.created, str(run.place))):
            found.setdefault(run.record.cell.row, []).append(run)
        return {row: found[row] for row in dict.fromkeys(run.record.cell.row for run in self.runs)}


def numbers_of(record: Record) -> tuple:
    """What no two runs have alike: which cell, when, and all that was measured."""
    return (record.cell, record.created, record.status, record.time, record.memory, record.metrics)


def read(source: str | Path, preset: str | None = None, machine: str | None = None) -> Runs:
    """Read all records of a source.

    Hidden folders (of cells that were not finished) are left out, and so are the campaigns of
    `inrbench noise` and `compare --ab` beside a machine's experiments: name them to read them.

    Args:
        source: a path or a name, see `experiments.places`.
        preset, machine: where it is an experiment's name.

    Raises:
        FileNotFoundError: there is no such source, or no record below it.
        ValueError: none of its records can be read.
    """
    top = place_of(str(source), preset, machine)
    runs, unread, copies = [], [], 0
    seen: dict[tuple[str, str], list[tuple]] = {}
    for path, run in _results(top):
        if isinstance(run, ValueError):
            text = " ".join(str(run).split())
            unread.append(text if str(path) in text else f"{path}: {text}")
            continue
        alike = seen.setdefault((run.record.created, run.record.cell.row), [])
        if (numbers := numbers_of(run.record)) in alike:
            copies += 1
        else:
            alike.append(numbers)
            runs.append(run)
    if not runs and unread:
        more = f" (and {len(unread) - 1} more like it)" if len(unread) > 1 else ""
        raise ValueError(f"{unread[0]}{more}")
    if not runs:
        raise FileNotFoundError(f"{top}: no record below it; name a folder of results")
    return Runs(str(source), tuple(runs), tuple(unread), copies)


def _results(top: Path) -> Iterator[tuple[Path, Result | ValueError]]:
    """Of a kept cell, which has no folder, or of all files below."""
    if not top.exists() and (one := at(top)) is not None:
        yield top, one
    for path in _files(top):
        yield from ((path, run) for run in each(path))


def _files(top: Path) -> Iterator[Path]:
    """Of records: one of a cell, or of all cells that are kept together."""
    if top.is_file():
        yield top
        return
    for folder, inner, files in os.walk(top):
        inner[:] = sorted(name for name in inner if not _beside(Path(folder, name)))
        yield from (Path(folder, name) for name in (RECORD, RECORDS) if name in files)


def _beside(folder: Path) -> bool:
    """Whether a folder is hidden, or a campaign: noise/run0/... or ab/<base>-<new>/a/run0/..."""
    return (
        folder.name.startswith(".")
        or (folder.name == "noise" and (folder / "run0").is_dir())
        or (folder.name == "ab" and any(folder.glob("*-*/a/run0")))
    )
