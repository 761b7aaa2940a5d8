"""Checks of an experiment's parameters that need the code they are for (and so torch)."""

from __future__ import annotations

from inrbench import methods, networks, registry
from inrbench.experiment import Experiment
from inrbench.grid import Grid


def validate(experiment: Experiment) -> int:
    """Build every method and network of an experiment once, without data; count the cells.

    Raises:
        ValueError: the first parameter that its part refuses, with the cell that has it.
    """
    for label in experiment.datasets:
        part = experiment.dataset(label)
        name = part.pop("name")
        target = registry.load("dataset", name)
        registry.check_parameters(f"data set {label!r}", target, part)
    for key in experiment.figures:
        options = experiment.figure(key)
        target = registry.load("figure", options.pop("name"))
        registry.check_parameters(f"figure {key!r}", target, options)
    seen: list[dict] = []
    cells = experiment.cells()
    for cell in cells:
        method = cell.spec["method"]
        if method in seen:
            continue
        seen.append(method)
        try:
            _build(method)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{experiment.name}, cell {cell.id}: {error}") from error
    return len(cells)


def _build(method: dict) -> None:
    methods.make(scale=1.0, **method)
    if "network" in method:
        networks.make(grid=Grid((8, 8), 1.0), scale=1.0, **method["network"])
    if "objective" in method:
        parameters = {key: value for key, value in method["objective"].items() if key != "name"}
        target = registry.load("objective", method["objective"]["name"])
        registry.check_parameters(f"objective {method['objective']['name']!r}", target, parameters)
