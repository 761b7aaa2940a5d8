"""Reference results: what is kept in git of an experiment, for others to compare with.

results/reference/<machine>/<experiment>-<preset>/ has the same layout as results/<machine>/, so
that `--machine reference/<machine>` reads it; images and PDFs, which are large and can be made
again, are left out.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from inrbench.cells import records
from inrbench.experiments.experiment import Experiment

KEPT = ("record.json", "history.parquet", "notes.parquet")
"""Files of a cell."""


def keep(experiment: Experiment, results: Path, target: Path, replace: bool = False) -> Path:
    """Copy records, histories, notes, tables, PNG figures and kernels of a finished experiment.

    Args:
        experiment: whose cells all have a record.
        results: the machine's folder of results.
        target: the machine's folder of reference results.
        replace: whether what is there already may be replaced.

    Returns:
        The experiment's folder below the target.

    Raises:
        ValueError: a record that cannot be read, or results that are the reference itself.
        FileExistsError: there is one already, and it is not to be replaced.
        FileNotFoundError: a cell without a record, or tables that have yet to be made.
    """
    name = f"{experiment.name}-{experiment.preset}"
    source, kept = results / name, target / name
    if source.resolve() == kept.resolve():
        raise ValueError(f"{source} is the reference itself: name the machine that has run it")
    cells = [records.folder(results, cell) for cell in experiment.cells()]
    for needed in (*(cell / "record.json" for cell in cells), source / "tables" / "table.md"):
        if not needed.exists():
            raise FileNotFoundError(
                f"{needed} is missing: run `snakemake {experiment.name}` first"
            )
    if kept.exists() and not replace:
        raise FileExistsError(
            f"{kept} is there already: use --replace to put these results in its place"
        )
    for cell in cells:
        records.read(cell)  # nothing that cannot be read is kept
    fresh = target / f".{name}"
    shutil.rmtree(fresh, ignore_errors=True)
    for cell in cells:
        _copy([cell / file for file in KEPT], fresh / cell.relative_to(source))
    _copy(sorted((source / "tables").iterdir()), fresh / "tables")
    _copy(sorted((source / "figures").glob("*.png")), fresh / "figures")
    _copy([source / "kernels.json"], fresh)
    shutil.rmtree(kept, ignore_errors=True)
    fresh.rename(kept)
    return kept


def _copy(files: list[Path], target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.exists():
            shutil.copyfile(file, target / file.name)
