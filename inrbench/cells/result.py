"""Results: a record with its history, notes and images, however they are stored.

A running experiment has a folder for each cell (`records`). What git keeps of it is one folder for
all cells (`kept`). Tables, figures, claims and comparisons read results here, in either form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inrbench.cells import records
from inrbench.cells.kept import RECORDS, Kept
from inrbench.cells.record import Record

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from inrbench.cells.cell import Cell
    from inrbench.experiments.experiment import Experiment


@dataclass(frozen=True)
class Result:
    """What a cell's run left; files that are cut or changed raise `records.Damaged`.

    Args:
        record: read and checked.
        place: folder of the cell; of kept results the one that it would have.
        kept: the files that it shares with other cells; None where it has a folder of its own.
    """

    record: Record
    place: Path
    kept: Kept | None = None

    def history(self) -> pd.DataFrame | None:
        """A row a step in the columns of `history`, or None where the run left none."""
        if self.kept is None:
            return records.read_history(self.place)
        return self.kept.history(self.record.cell.id)

    def notes(self) -> pd.DataFrame | None:
        """What the method wrote down, or None where it wrote nothing."""
        if self.kept is None:
            return records.read_notes(self.place)
        return self.kept.notes(self.record.cell.id)

    def images(self) -> dict[str, np.ndarray]:
        """`final` and `best`, of kept results the one that figures show; or none."""
        if self.kept is None:
            return records.read_images(self.place)
        return self.kept.images(self.record.cell.id)

    @property
    def shown(self) -> Literal["final", "best"]:
        """Which image figures show: of CGLS the best, as its later iterates fit the noise."""
        return "best" if self.record.spec["method"]["name"] == "cgls" else "final"


def in_folder(folder: Path) -> Result:
    """The result in a cell's folder.

    Raises:
        FileNotFoundError, ValueError: as `records.read`.
    """
    return Result(records.read(folder), folder)


def each(path: Path) -> Iterator[Result | ValueError]:
    """The result of a `record.json`, or all results of a kept `records.jsonl`.

    An error stands in the place of a record that cannot be read; the others are read all the same.
    """
    if path.name != RECORDS:
        try:
            yield in_folder(path.parent)
        except ValueError as error:
            yield error
        return
    kept = Kept(path.parent)
    for one in kept.records():
        yield one if isinstance(one, ValueError) else Result(one, path.parent / one.cell.id, kept)


def record_files(place: Path) -> list[Path]:
    """The files of all records in an experiment's folder, as `each` takes them."""
    together = place / RECORDS
    return [together] if together.exists() else sorted(place.glob("*/*/seed*/record.json"))


def below(place: Path) -> list[Result]:
    """All results in an experiment's folder, cell by cell; empty where there is none.

    Raises:
        ValueError: the first record that cannot be read.
    """
    found = [one for path in record_files(place) for one in each(path)]
    for one in found:
        if isinstance(one, ValueError):
            raise one
    return found


def of_cells(results: Path, cells: Iterable[Cell]) -> list[Result | None]:
    """The result of each of these cells, None for a cell without a record.

    Args:
        results: a machine's folder of results, or what is kept of it.
        cells: of any experiments.

    Raises:
        ValueError: a record that cannot be read, or that is of another cell than its folder's.
    """
    places: dict[Path, dict[str, Result]] = {}
    found = []
    for cell in cells:
        folder = records.folder(results, cell)
        place = folder.parents[2]
        if (place / RECORDS).exists():
            if place not in places:
                places[place] = {one.record.cell.id: one for one in below(place)}
            one = places[place].get(cell.id)
        else:
            one = in_folder(folder) if (folder / "record.json").exists() else None
        if one is not None and (own := records.folder(results, one.record.cell)) != folder:
            raise ValueError(f"{folder}: its record is that of {own}; run its cell again")
        found.append(one)
    return found


def of_experiment(results: Path, experiment: Experiment) -> list[Result]:
    """The results of all cells of an experiment, in its order.

    Raises:
        FileNotFoundError: a cell without a record.
        ValueError: as `of_cells`.
    """
    cells = experiment.cells()
    found = of_cells(results, cells)
    for cell, one in zip(cells, found, strict=True):
        if one is None:
            raise FileNotFoundError(
                f"{records.folder(results, cell)}: no record; run `snakemake {experiment.name}`"
            )
    return found


def at(path: Path) -> Result | None:
    """The result of a `record.json`, of a folder that holds one, or of a kept cell by its
    `Result.place`; None where there is none.

    Raises:
        ValueError: a record that cannot be read.
    """
    folder = path.parent if path.name == "record.json" else path
    if (folder / "record.json").exists():
        return in_folder(folder)
    place = folder.parent.parent.parent
    return next((one for one in below(place) if one.place == folder), None)
