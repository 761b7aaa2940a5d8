"""How far an experiment is, by its folder of results: nothing but files is asked.

A cell is done where its folder has a record of its parameters. It runs where the folder has
`.partial`, with the progress that its parent writes (`io.progress`). Time left:

    sum over the cells to come of their kept seconds, over the cells that run side by side
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inrbench.cells import machine_label, records
from inrbench.cells.cell import Cell
from inrbench.experiments import seconds
from inrbench.experiments.seconds import Known
from inrbench.io import progress
from inrbench.io.duration import duration
from inrbench.io.progress import Step
from inrbench.run.parent import PARTIAL, PROGRESS

QUIET = 300.0
"""Seconds without a word after which a cell is said to be quiet: it works long, or was killed."""


@dataclass(frozen=True)
class Running:
    """A cell that has begun and not ended.

    Args:
        cell: its id.
        step: how far it is, if it has said so yet.
        quiet: seconds since it said something.
    """

    cell: str
    step: Step | None
    quiet: float


@dataclass(frozen=True)
class View:
    """An experiment at one moment.

    Args:
        total: cells.
        statuses: of the cells that are done.
        running: the cells that run.
        left: seconds that are left by kept seconds, without the start of processes; None where
            nothing is known.
        sources: labels of the results that they are from.
    """

    total: int
    statuses: Counter[str]
    running: tuple[Running, ...]
    left: float | None
    sources: tuple[str, ...]

    @property
    def done(self) -> int:
        """Cells with a record that do not run again."""
        return self.statuses.total()


def to_come(cells: Sequence[Cell], machine: str, watch: str) -> str:
    """What a person reads when a workflow starts.

    Args:
        cells: of one experiment, those that will run; at least one.
        machine: label of its results.
        watch: the command that says how far they are.
    """
    known = seconds.known(cells, machine)
    count = f"{len(cells)} cell{'s'[: len(cells) != 1]}"
    took = ""
    if known:
        usual = statistics.median(one.seconds for one in known.values())
        total = sum(known[cell.id].seconds if cell.id in known else usual for cell in cells)
        sources = ", ".join(sorted({one.source for one in known.values()}))
        took = (f", some {duration(total)} one after another by the seconds of {sources}, without "
                "the start of each")  # fmt: skip
    return (
        f"{cells[0].experiment}-{cells[0].preset}: {count} to run{took}. Ctrl-C stops it, and the "
        f"same command goes on where it was. In another terminal, `{watch}` says how far it is."
    )


class Watch:
    """Looks at an experiment's cells again and again; a record is read once.

    Args:
        cells: of the experiment, or of a part of it.
        results: the machine's folder of results.
    """

    def __init__(self, cells: list[Cell], results: Path) -> None:
        self._folders = {cell.id: records.folder(results, cell) for cell in cells}
        self._specs = {cell.id: json.loads(json.dumps(cell.spec)) for cell in cells}
        self._cells = cells
        self._label = machine_label.label_of(results) or results.name
        self._statuses: dict[str, tuple[int, str | None]] = {}
        self._known: dict[str, Known] | None = None

    def look(self) -> View:
        """The view at this moment."""
        if self._known is None:  # once: the kept records do not change meanwhile
            self._known = seconds.known(self._cells, self._label)
        running = {cell: _running(cell, folder) for cell, folder in self._folders.items()}
        statuses = {cell: self._status(cell, folder) for cell, folder in self._folders.items()
                    if running[cell] is None}  # fmt: skip
        left = [cell for cell in self._folders if statuses.get(cell) is None]
        active = [one for one in running.values() if one is not None]
        return View(
            total=len(self._folders),
            statuses=Counter(filter(None, statuses.values())),
            running=tuple(active),
            left=self._left(left, {one.cell: one for one in active}),
            sources=tuple(sorted({one.source for one in self._known.values()})),
        )

    def _left(self, cells: list[str], active: dict[str, Running]) -> float | None:
        if not self._known:
            return None
        usual = statistics.median(one.seconds for one in self._known.values())
        left = 0.0
        for cell in cells:
            step = active[cell].step if cell in active else None
            share = step.completed / step.total if step is not None and step.total else 0.0
            taken = self._known[cell].seconds if cell in self._known else usual
            left += taken * (1 - share)
        return left / max(1, len(active))

    def _status(self, cell: str, folder: Path) -> str | None:
        """Of its record, if that is of the cell's present parameters."""
        path = folder / "record.json"
        try:
            changed = path.stat().st_mtime_ns
            if self._statuses.get(cell, (None,))[0] != changed:
                record = records.read(path)
                status = record.status if record.spec == self._specs[cell] else None
                self._statuses[cell] = changed, status
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return "unreadable"
        return self._statuses[cell][1]


def _running(cell: str, folder: Path) -> Running | None:
    partial = folder / PARTIAL
    try:
        begun = partial.stat().st_mtime
    except OSError:
        return None
    step = progress.read(partial / PROGRESS)
    return Running(cell, step, time.time() - (begun if step is None else step.at))
