"""What claims rest on: the records of experiments that reproduce one paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from inrbench.cells import result
from inrbench.cells.cell import Cell
from inrbench.cells.result import Result
from inrbench.experiments import files as experiment_files
from inrbench.experiments.experiment import Experiment
from inrbench.papers import Claim, Paper, Verdict


@dataclass(frozen=True)
class Evidence:
    """What there is of the experiments, and what is not.

    Args:
        found: results of records with the parameters that their cells have now.
        missing: cells without a record, or with one of other parameters than they have now.
        stale: how many of these have one of other parameters.
    """

    found: list[Result]
    missing: tuple[Cell, ...] = ()
    stale: int = 0

    def verdicts(self, paper: Paper) -> list[tuple[Claim, Verdict]]:
        """A paper's claims with what the records say about them."""
        return [(claim, claim.verdict(self.found, self.missing)) for claim in paper.claims]


def read(experiments: Iterable[Experiment], results: Path) -> Evidence:
    """The results of these experiments in a machine's folder of results, or what is kept of it.

    Raises:
        ValueError: a record that cannot be read.
    """
    found, missing, stale = [], [], 0
    cells = [cell for each in experiments for cell in each.cells()]
    for cell, one in zip(cells, result.of_cells(results, cells), strict=True):
        if one is not None and one.record.spec == json.loads(json.dumps(cell.spec)):
            found.append(one)
        else:
            missing.append(cell)
            stale += one is not None
    return Evidence(found, tuple(missing), stale)


def gather(
    what: str | None, preset: str | None, machine: Callable[[], Path]
) -> dict[str, Evidence]:
    """The evidence for each paper.

    Args:
        what: an experiment, its folder <experiment>-<preset> wherever it lies, or None for all
            experiments with a paper and at least one record.
        preset: of the experiments; default: the first of each.
        machine: gives the machine's folder of results, where it is asked for.

    Raises:
        ValueError: an unknown experiment, or one that reproduces no paper.
        FileNotFoundError: no record at all.
    """
    if what is None:
        wanted, results = experiment_files.load_all(preset), machine()
    elif what not in experiment_files.available() and Path(what).is_dir():
        folder = Path(what).resolve()
        name, _, kept = folder.name.rpartition("-")
        wanted, results = [experiment_files.load(name, kept)], folder.parent
    else:
        wanted, results = [experiment_files.load(what, preset)], machine()
    if what is not None and wanted[0].paper is None:
        raise ValueError(
            f"{wanted[0].name} reproduces no paper: its file names none, as in `paper: najaf2026`"
        )
    groups: dict[str, list[Experiment]] = {}
    for each in wanted:
        if each.paper is not None and any(result.of_cells(results, each.cells())):
            groups.setdefault(each.paper, []).append(each)
    if not groups:
        names = " or ".join(each.name for each in wanted if each.paper is not None)
        raise FileNotFoundError(f"{results}: no record of {names}; run `snakemake <experiment>`")
    return {paper: read(mine, results) for paper, mine in groups.items()}
