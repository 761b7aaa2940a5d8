"""The same cells several times, in an order in which the machine's drift favours none.

A repeat runs every cell once: whole rounds, and in a round one seed of every method after the
other, so that a machine that grows warm or busy does so for all methods alike. Two states of the
code take turns cell by cell, so that the runs of a pair are as close in time as can be. Which of
them begins is drawn for each pair, so that nothing the machine does can favour one, and the test
of the pairs (`groups`) is exact. Repeat k of a cell lies in

    results/<machine>/run<k>/<experiment>-<preset>/<dataset>/<method>/seed<s>/record.json

with `made_by.json` beside it: the digest of the code that the cell's result depends on, the
packages' versions, device and threads. A run that has a record of the same parameters, made by the
same, is passed over, so that a campaign that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from itertools import zip_longest
from pathlib import Path
from typing import Any

from inrbench.cells import machine_label, records
from inrbench.cells.result import in_folder
from inrbench.compare.code_state import CodeState, environment
from inrbench.compare.runs import Runs
from inrbench.io.whole_file import whole
from inrbench.meters.machine import PACKAGES

RESULTS = machine_label.RESULTS
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
        found = tuple(in_folder(self.folder_of(turn)) for turn in turns(cells, repeats))
        return Runs(self.state.name, found)

    def call(self, *command: str) -> None:
        """Run `inrbench <command>` with this code; raises `ValueError` where it fails."""
        sys.stdout.flush()  # what it prints comes after what was printed here
        variables = environment(self.state.folder) | {"INRBENCH_DATA": str(self.data)}
        done = subprocess.run([sys.executable, "-m", "inrbench", *command], env=variables)
        if done.returncode:
            raise ValueError(
                f"{self.state.name}: `inrbench {' '.join(command)}` ended with exit code "
                f"{done.returncode}; what it printed says why"
            )


def turns(cells: Sequence[str], repeats: int, sides: int = 1) -> Iterator[Turn]:
    """Every run of a campaign, in order; which side begins is drawn, alike in each call."""
    by_method: dict[str, list[str]] = {}
    for cell in cells:
        by_method.setdefault(cell.rsplit("/", 1)[0], []).append(cell)
    mixed = [cell for seeds in zip_longest(*by_method.values()) for cell in seeds if cell]
    for repeat in range(repeats):
        for cell in mixed:
            order = random.Random(f"{repeat} {cell}").sample(range(sides), sides)
            yield from (Turn(repeat, cell, side) for side in order)


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
    _prepare(sides, [cell for cell in cells if any(cell == one for _, one in todo)])
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


def _prepare(sides: Sequence[Side], cells: Sequence[str]) -> None:
    """Make the cases of these cells, before anything is timed; sides may share a data folder."""
    made = set()
    for side in sides:
        state = side.state
        for label in dict.fromkeys(state.cells[cell].dataset for cell in cells):
            if (side.data, label) not in made:
                side.call("data", "prepare", state.experiment, label, "--preset", state.preset)
            made.add((side.data, label))


def _packages() -> dict[str, str]:
    """The installed versions of what may change an image or a cost."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
