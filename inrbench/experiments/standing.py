"""What there is of an experiment: the results of its cells, and the cells that have none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inrbench.cells import machine_label, records, result
from inrbench.cells.cell import Cell
from inrbench.cells.result import Result
from inrbench.experiments import part
from inrbench.experiments.experiment import Experiment


@dataclass(frozen=True)
class Standing:
    """An experiment, or a part of one, and how far it is.

    Args:
        experiment: whole, or a part; with the figures that the results fill.
        results: the machine's folder of results.
        cells: those that have a result, in the experiment's order.
        found: the results of these cells.
        missing: cells of the experiment or the part that have none.
        outside: cells of the whole experiment that the part leaves out.
    """

    experiment: Experiment
    results: Path
    cells: tuple[Cell, ...]
    found: list[Result]
    missing: tuple[Cell, ...]
    outside: tuple[Cell, ...]

    @property
    def place(self) -> Path:
        """The experiment's folder of results."""
        return self.results / f"{self.experiment.name}-{self.experiment.preset}"

    @property
    def made(self) -> Path:
        """Where its tables and figures go."""
        return part.made_in(self.experiment, machine_label.made_in(self.place))

    @property
    def whole(self) -> bool:
        """Whether every cell of the whole experiment has a result."""
        return not self.missing and not self.outside

    @property
    def title(self) -> str:
        """The experiment's, with its part, its preset, and how many cells have no record."""
        title = f"{self.experiment.title} ({self.experiment.preset})"
        if not self.missing:
            return title
        return f"{title}, {len(self.missing)} of {len(self.missing) + len(self.cells)} to come"

    @property
    def specs(self) -> list[dict[str, Any]]:
        """Of the cells that have a result, as the experiment has them now."""
        return [cell.spec for cell in self.cells]


def of(experiment: Experiment, results: Path) -> Standing:
    """How far an experiment is in a machine's folder of results, or in what is kept of it.

    Raises:
        FileNotFoundError: no cell has a record.
        ValueError: a record that cannot be read.
    """
    cells = experiment.cells()
    pairs = list(zip(cells, result.of_cells(results, cells), strict=True))
    if all(one is None for _, one in pairs):
        raise FileNotFoundError(
            f"{records.folder(results, cells[0])}: no record; run `snakemake {experiment.name}`"
        )
    there = [cell for cell, one in pairs if one is not None]
    inside = {cell.id for cell in cells}
    every = experiment.model_copy(update={"only": {}}).cells() if experiment.only else ()
    return Standing(
        experiment.model_copy(update={"figures": part.figures(experiment, there)}),
        results,
        cells=tuple(there),
        found=[one for _, one in pairs if one is not None],
        missing=tuple(cell for cell, one in pairs if one is None),
        outside=tuple(cell for cell in every if cell.id not in inside),
    )
