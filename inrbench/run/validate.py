"""Checks of an experiment's parameters that need the code they are for (and so torch)."""

from __future__ import annotations

import contextlib
import functools
import json
from pathlib import Path

import numpy as np

from inrbench import methods, networks, projectors, registry
from inrbench.cells.cell import Cell, figure_labels
from inrbench.cells.output import LINEAR, output
from inrbench.cells.subsets import subsets
from inrbench.datasets import prepared_path
from inrbench.datasets.named_files import opened
from inrbench.datasets.shapes import from_parameters, shapes
from inrbench.errors import Unsupported
from inrbench.experiments.experiment import Experiment, as_list
from inrbench.grid import Grid
from inrbench.meters import machine
from inrbench.meters.rehearsal import rehearsal


def validate(experiment: Experiment, device: str | None = None) -> int:
    """Build every method and network of an experiment once, without data; count the cells.

    Args:
        experiment: what to check.
        device: "cpu", "cuda" or "auto", which is tried with a projector; None: not at all.

    Raises:
        ValueError: the first parameter that its part refuses, with the cell that has it.
        Absent: the device, or every projector that its data sets need there.
    """
    for label in experiment.datasets:
        part = opened(experiment.dataset(label), experiment.folder)
        name = part.pop("name")
        target = registry.load("dataset", name)
        registry.check_parameters(f"data set {label!r}", target, part)
    for key in experiment.figures:
        options = experiment.figure(key)
        options.pop("label", None)
        target = registry.load("figure", options.pop("name"))
        registry.check_parameters(f"figure {key!r}", target, options)
        _check_labels(experiment, key, options.get("only") or {})
    seen: list[dict] = []
    cells = experiment.cells()
    for cell in cells:
        method = cell.spec["method"]
        try:
            _check_subsets(cell)
            _check_output(cell)
            if method in seen:
                continue
            seen.append(method)
            _build(opened(method, experiment.folder))
        except Unsupported:
            continue  # what this machine lacks becomes the cell's status
        except (ValueError, TypeError) as error:
            raise ValueError(f"{experiment.name}, cell {cell.id}: {error}") from error
    if device is not None:
        device = machine.resolve_device(device)
        known = [shapes(experiment.dataset(label)) for label in experiment.datasets]
        for dimension in sorted({len(shape[0]) for shape in known if shape is not None}):
            projectors.require(dimension, device)
    return len(cells)


def _check_subsets(cell: Cell) -> None:
    """Raise `ValueError` for more subsets than there are views, as far as these are known."""
    shapes = from_parameters(cell.spec["dataset"])
    subsets(cell.spec["method"].get("objective", {}), shapes and shapes[1][0])


def _check_output(cell: Cell) -> None:
    """Raise `ValueError` for an output above 0 where the truth is not, as far as it is known.

    The noise of a reconstruction goes below 0 as well, so only a truth counts.
    """
    word = output(cell.spec["method"].get("network", {}))
    path = prepared_path(cell.spec["dataset"])
    if word == LINEAR or not path.exists() or (least := _least(path)) >= 0:
        return
    raise ValueError(
        f"output={word!r}: the truth of {cell.dataset} goes down to {least:.3g}, and such a "
        "network never below 0; take output: linear"
    )


@functools.cache
def _least(path: Path) -> float:
    """The least value of a prepared case's truth; 0 of one that has none, or is damaged."""
    try:
        with np.load(path) as stored:
            truth = json.loads(str(stored["about"]))["kind"] == "truth"
            return float(stored["reference"].min()) if truth else 0.0
    except Exception:  # it is made again, see `datasets.read`
        return 0.0


def _check_labels(experiment: Experiment, figure: str, only: dict) -> None:
    """Raise `ValueError` where a figure asks for a label that no cell will have."""
    for axis, wanted in only.items():
        labels = [figure_labels(cell.labels) for cell in experiment.cells()]
        known = {mine[axis] for mine in labels if axis in mine}
        for label in as_list(wanted):
            if label not in known:
                near = registry.nearest(str(label), sorted(known))
                raise ValueError(f"figure {figure!r}: no cell has {axis} {label!r}: {near}")


def _build(method: dict) -> None:
    methods.make(scale=1.0, **method)
    if "network" in method:
        own = registry.built_in("network", method["network"]["name"])
        # Ours have no numbers here, however large they are; a plug-in's may need some.
        with rehearsal("cpu") if own else contextlib.nullcontext():
            networks.make(grid=Grid((8, 8), 1.0), scale=1.0, **method["network"])
    if "objective" in method:
        general = ("name", "subsets", "plus")  # which the method has checked
        parameters = {k: value for k, value in method["objective"].items() if k not in general}
        target = registry.load("objective", method["objective"]["name"])
        registry.check_parameters(f"objective {method['objective']['name']!r}", target, parameters)
