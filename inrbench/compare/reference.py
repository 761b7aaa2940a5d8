"""Reference results: what is kept in git of an experiment, for others to compare with.

results/reference/<machine>/<experiment>-<preset>/ has the records, histories and notes of all
cells and the images that figures show (`cells.kept`). `--machine reference/<machine>` makes tables
and figures of them, so neither is kept.
"""

from __future__ import annotations

from pathlib import Path

from inrbench import figures
from inrbench.cells import kept, result
from inrbench.experiments.experiment import Experiment


def keep(experiment: Experiment, results: Path, target: Path, replace: bool = False) -> Path:
    """Keep the results of a finished experiment.

    Args:
        experiment: whose cells all have a record.
        results: the machine's folder of results.
        target: the machine's folder of reference results.
        replace: whether what is there already may be replaced.

    Returns:
        The experiment's folder below the target.

    Raises:
        ValueError: a record or a file beside one that cannot be read, or results that are the
            reference itself.
        FileExistsError: there is one already, and it is not to be replaced.
        FileNotFoundError: a cell without a record.
    """
    name = f"{experiment.name}-{experiment.preset}"
    source, folder = results / name, target / name
    if source.resolve() == folder.resolve():
        raise ValueError(f"{source} is the reference itself: name the machine that has run it")
    found = result.of_experiment(results, experiment)
    if folder.exists() and not replace:
        raise FileExistsError(
            f"{folder} is there already: use --replace to put these results in its place"
        )
    shown = figures.shown({key: experiment.figure(key) for key in experiment.figures}, found)
    kept.write(folder, found, shown, source / kept.KERNELS)
    return folder
