"""A part of an experiment, by its axes:

    only = "network=siren,gradient=autograd"

    a cell is in it if, on every axis that is named, its value is one of those that are named

so `network=siren,network=wave` takes both networks. Axes are dataset, method, seed, network,
objective, gradient and swept parameters; values are written as in the experiment's file.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inrbench import registry
from inrbench.cells.cell import Cell, axis_key, figure_labels
from inrbench.experiments.experiment import Experiment, NamedPart, as_list


class NoSuchPart(ValueError):
    """An experiment has no such axis, value or combination.

    Args:
        sentence: what is wrong.
        word: the axis or the value that is unknown, if one is.
        known: those that there are.
        axis: of an unknown value.
    """

    def __init__(
        self, sentence: str, word: str = "", known: Iterable[str] = (), axis: str | None = None
    ) -> None:
        self.sentence, self.word, self.known, self.axis = sentence, word, list(known), axis
        super().__init__(sentence + (f": {registry.nearest(word, self.known)}" if word else ""))


def in_none(errors: Iterable[NoSuchPart]) -> NoSuchPart:
    """One error for several experiments: what is known to any of them. An experiment that has the
    axis, and not the value, says more than one without the axis."""
    first, *rest = sorted(errors, key=lambda error: error.axis is None)
    alike = [first, *(error for error in rest if error.sentence == first.sentence)]
    known = dict.fromkeys(word for error in alike for word in error.known)
    return NoSuchPart(first.sentence, first.word, known, first.axis)


def of(experiment: Experiment, only: str) -> Experiment:
    """The experiment with the cells of a part alone; its title says so.

    Raises:
        NoSuchPart: a text that is not "axis=value,...", an unknown axis or value, with the nearest
            known one, or no cell in the part.
    """
    values = experiment.axis_values()
    pattern: dict[str, list] = {}
    for axis, word in _pairs(only):
        if axis not in values:
            raise NoSuchPart(f"only={only}: unknown axis {axis!r}", axis, sorted(values))
        known = {axis_key(value): value for value in values[axis]}
        if word not in known:
            raise NoSuchPart(f"only={only}: unknown {axis} {word!r}", word, known, axis)
        pattern.setdefault(axis, []).append(known[word])
    part = experiment.model_copy(update={"only": pattern})
    cells = [cell for cell in experiment.cells() if part.wanted(cell)]
    if not cells:
        raise NoSuchPart(f"only={only}: {experiment.name} has no cell with all of these")
    title = f"{experiment.title}, only {words(part)}"
    return part.model_copy(update={"title": title, "figures": figures(experiment, cells)})


def words(experiment: Experiment) -> str:
    """ "network=siren,gradient=autograd", or "" of a whole experiment."""
    return ",".join(f"{axis}={axis_key(value)}" for axis, values in experiment.only.items()
                    for value in values)  # fmt: skip


def figures(experiment: Experiment, cells: Iterable[Cell]) -> dict[str, NamedPart]:
    """The experiment's figures as these cells fill them: where a figure asks for labels, those
    that the cells have; a figure is left out where they have none of them."""
    labels = [figure_labels(cell.labels) for cell in cells]
    found = {}
    for key, figure in experiment.figures.items():
        asked = experiment.figure(key).get("only")
        if not asked:
            found[key] = figure
            continue
        only = {}
        for axis, wanted in asked.items():
            present = {mine[axis] for mine in labels if axis in mine}
            if present:  # else all cells are baselines, which a figure keeps
                only[axis] = [label for label in as_list(wanted) if label in present]
        if all(only.values()):
            found[key] = figure.model_copy(update={"only": only})
    return found


def made_in(experiment: Experiment, folder: Path) -> Path:
    """Where tables and figures go: of a part apart from those of the whole.

    Args:
        experiment: whole, or a part.
        folder: of what is made of the whole experiment.
    """
    return folder / "only" / words(experiment) if experiment.only else folder


def _pairs(only: str) -> list[tuple[str, str]]:
    pairs = [tuple(word.strip() for word in pair.partition("=")[::2]) for pair in only.split(",")]
    if not all(axis and value for axis, value in pairs):
        raise NoSuchPart(
            f"only={only}: expected axis=value pairs, such as network=siren,gradient=autograd"
        )
    return pairs
