"""Results: a record with its history, notes and images, however they are stored.

A running experiment has a folder for each cell (`records`). What git keeps of it is one folder for
all cells (`kept`). Tables, figures, claims and comparisons read results here, in either form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from inrbench.cells import kept, records
from inrbench.cells.record import Record

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from inrbench.cells.cell import Cell
    from inrbench.experiments.experiment import Experiment


class Files(Protocol):
    """What lies beside records, by the id of a cell."""

    def history(self, cell: str) -> pd.DataFrame | None:
        """A row a step, with the columns of `history.HISTORY` and residuals."""

    def notes(self, cell: str) -> pd.DataFrame | None:
        """What its method wrote down."""

    def images(self, cell: str) -> dict[str, np.ndarray]:
        """`final`, `best` or both, float32, attenuation in the inverse of the length unit."""


@dataclass(frozen=True)
class Result:
    """What a cell's run left.

    Args:
        record: read and checked.
        place: where it lies, for sentences; `inrbench show` takes it.
        files: what lies beside it, read when it is asked for.

    Histories, notes and images raise `records.Damaged` for a file that is cut or changed.
    """

    record: Record
    place: str
    files: Files

    def history(self) -> pd.DataFrame | None:
        """The history, or None where the run left none."""
        return self.files.history(self.record.cell.id)

    def notes(self) -> pd.DataFrame | None:
        """What the method wrote down, or None where it wrote nothing."""
        return self.files.notes(self.record.cell.id)

    def images(self) -> dict[str, np.ndarray]:
        """`final` and `best` of a cell's folder, the one in `shown` of kept results; or none."""
        return self.files.images(self.record.cell.id)

    @property
    def shown(self) -> Literal["final", "best"]:
        """Which image figures show: CGLS is stopped at its best, as later iterates fit the
        noise."""
        return "best" if self.record.spec["method"]["name"] == "cgls" else "final"


@dataclass(frozen=True)
class CellFolder:
    """The files of one cell in a folder of its own, whatever the cell."""

    path: Path

    def history(self, cell: str) -> pd.DataFrame | None:
        return records.read_history(self.path)

    def notes(self, cell: str) -> pd.DataFrame | None:
        return records.read_notes(self.path)

    def images(self, cell: str) -> dict[str, np.ndarray]:
        return records.read_images(self.path)


def in_folder(folder: Path) -> Result:
    """The result in a cell's folder.

    Raises:
        FileNotFoundError, ValueError: as `records.read`.
    """
    return Result(records.read(folder), str(folder), CellFolder(folder))


def each(path: Path) -> Iterator[Result | ValueError]:
    """The result of a `record.json`, or all results of a kept `records.jsonl`.

    An error stands in the place of a record that cannot be read; the others are read all the same.
    """
    if path.name != kept.RECORDS:
        try:
            yield in_folder(path.parent)
        except ValueError as error:
            yield error
        return
    files = kept.Kept(path.parent)
    for found in files.records():
        if isinstance(found, Record):
            found = Result(found, str(files.folder / found.cell.id), files)
        yield found


def record_files(place: Path) -> list[Path]:
    """The files of all records in an experiment's folder, as `each` takes them."""
    together = place / kept.RECORDS
    return [together] if together.exists() else sorted(place.glob("*/*/seed*/record.json"))


def below(place: Path) -> list[Result]:
    """All results in an experiment's folder, cell by cell; empty where there is none.

    Raises:
        ValueError: the first record that cannot be read.
    """
    return [_or_raise(one) for path in record_files(place) for one in each(path)]


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
        if (place / kept.RECORDS).exists():
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
    if len(folder.parents) > 2 and (folder.parents[2] / kept.RECORDS).exists():
        return next((one for one in below(folder.parents[2]) if Path(one.place) == folder), None)
    return None


def _or_raise(found: Result | ValueError) -> Result:
    if isinstance(found, ValueError):
        raise found
    return found
