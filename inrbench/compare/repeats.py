"""The same cells several times, in an order in which the machine's drift favours none.

A repeat runs every cell once: whole rounds, and in a round one seed of every method after the
other, so that a machine that grows warm or busy does so for all methods alike, and the seeds of a
method see it as runs of another hour do. Two states of the code take turns cell by cell, A B,
then B A, so that the runs of a pair are as close in time as can be and neither is always the
first. Repeat k of a cell lies in

    results/<machine>/run<k>/<experiment>-<preset>/<dataset>/<method>/seed<s>/record.json

with `made_by.json` beside it: the digest of the code that the cell's result depends on
(`sources.digest_of_cell`), the packages' versions, device and threads. A run that has a record of
the same parameters, made by the same, is passed over, so that a campaign that was stopped goes on
where it was.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import zip_longest
from pathlib import Path
from typing import Any

from inrbench.cells import records
from inrbench.compare.code_state import CodeState
from inrbench.compare.runs import Run, Runs
from inrbench.datasets import case_name, is_whole
from inrbench.io.whole_file import whole
from inrbench.meters.machine import PACKAGES

RESULTS = Path("results")
MADE_BY = "made_by.json"


@dataclass(frozen=True)
class Turn:
    """One run: a repeat of the cell with this id, by the side of this number."""

    repeat: int
    cell: str
    side: int


@dataclass(frozen=True)
class Side:
    """A state of the code, where its records go and where its data lie.

    Args:
        state: the code, with its cells.
        machine: label of the folder below results/ that gets run0, run1, ...
        data: data folder, whose prepared cases its cells read.
    """

    state: CodeState
    machine: str
    data: Path

    def folder_of(self, turn: Turn) -> Path:
        """Where the record of a run lies."""
        experiment = f"{self.state.experiment}-{self.state.preset}"
        return RESULTS / self.machine / f"run{turn.repeat}" / experiment / turn.cell

    def runs(self, cells: Sequence[str], repeats: int) -> Runs:
        """The records of a campaign that has ended; others that lie beside them are left out."""
        folders = [self.folder_of(turn) for turn in turns(cells, repeats)]
        found = tuple(Run(records.read(folder), folder) for folder in folders)
        return Runs(self.state.name, found)

    def call(self, *command: str) -> None:
        """Run `inrbench <command>` with this code; raises `ValueError` where it fails."""
        sys.stdout.flush()  # what it prints comes after what was printed here
        environment = {**self.state.environment, "INRBENCH_DATA": str(self.data)}
        done = subprocess.run([sys.executable, "-m", "inrbench", *command], env=environment)
        if done.returncode:
            raise ValueError(
                f"{self.state.name}: `inrbench {' '.join(command)}` ended with exit code "
                f"{done.returncode}; what it printed says why"
            )


def turns(cells: Sequence[str], repeats: int, sides: int = 1) -> Iterator[Turn]:
    """Every run of a campaign, in order.

    Of two sides, the one that begins changes from run to run of a method, seeds and repeats
    alike, and from one method to the next.
    """
    methods = list(dict.fromkeys(cell.rsplit("/", 1)[0] for cell in cells))
    by_method = [[cell for cell in cells if cell.rsplit("/", 1)[0] == one] for one in methods]
    mixed = [cell for seeds in zip_longest(*by_method) for cell in seeds if cell is not None]
    begins = {method: place % 2 for place, method in enumerate(methods)}
    for repeat in range(repeats):
        for cell in mixed:
            method = cell.rsplit("/", 1)[0]
            order = range(sides) if begins[method] == 0 else reversed(range(sides))
            begins[method] = 1 - begins[method]
            for side in order:
                yield Turn(repeat, cell, side)


def run(
    sides: Sequence[Side],
    cells: Sequence[str],
    repeats: int,
    device: str,
    threads: int,
) -> None:
    """Run what has yet to be run, one at a time, each in a process of its own.

    Args:
        sides: one, or two that take turns.
        cells: ids of cells that every side has.
        repeats: of each cell.
        device: "cpu", "cuda" or "auto".
        threads: of each cell.

    Raises:
        ValueError: a run that left no record; that is the suite's fault, not the cell's.
    """
    for side in sides:
        _prepare(side, cells)  # all of them, before anything is timed
    conditions = {"device": device, "threads": threads, "packages": _packages()}
    every = list(turns(cells, repeats, len(sides)))

    def made_by(turn: Turn) -> dict[str, Any]:
        return {"code": sides[turn.side].state.cells[turn.cell].code, **conditions}

    # Of a pair both run again: the runs of a pair are neighbours in time.
    todo = {
        (turn.repeat, turn.cell)
        for turn in every
        if not is_done(sides[turn.side], turn, made_by(turn))
    }
    for number, turn in enumerate(every, 1):
        if (turn.repeat, turn.cell) not in todo:
            continue
        side = sides[turn.side]
        state, folder = side.state, side.folder_of(turn)
        print(f"{number} of {len(every)}, {state.name}, repeat {turn.repeat}:")
        side.call("run", state.experiment, "--cell", turn.cell, "--preset", state.preset,
                  "--machine", f"{side.machine}/run{turn.repeat}", "--device", device,
                  "--threads", str(threads))  # fmt: skip
        (folder / "image.npz").unlink(missing_ok=True)  # large, and not what repeats are for
        created = records.read(folder).created
        with whole(folder / MADE_BY) as partial:
            partial.write_text(json.dumps({**made_by(turn), "created": created}, indent=1))


def is_done(side: Side, turn: Turn, made_by: dict[str, Any]) -> bool:
    """Whether there is a record with the cell's parameters, which the same code has made."""
    folder, spec = side.folder_of(turn), side.state.cells[turn.cell].spec
    try:
        written = json.loads((folder / MADE_BY).read_text())
        created = records.read(folder).created
    except (OSError, ValueError):
        return False
    # What was written is about one record, not about another that a person made there since.
    return records.has_spec(folder, spec) and written == {**made_by, "created": created}


def _prepare(side: Side, cells: Sequence[str]) -> None:
    """Make the cases that are missing or damaged."""
    state = side.state
    parts = {state.cells[cell].dataset: state.cells[cell].spec["dataset"] for cell in cells}
    for label, part in parts.items():
        if not is_whole(side.data / "prepared" / f"{case_name(part)}.npz"):
            side.call("data", "prepare", state.experiment, label, "--preset", state.preset)


def _packages() -> dict[str, str | None]:
    """The installed versions of what may change an image or a cost."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found
