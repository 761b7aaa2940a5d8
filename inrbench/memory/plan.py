"""What would fit: the closed memory model over gradient modes, rates and chunks.

Rows only, without torch; `tables.plan` writes them, and `time_model` adds seconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inrbench.cells import spec
from inrbench.cells.cell import Cell, figure_labels, part_label
from inrbench.cells.spec import Part
from inrbench.datasets.shapes import shapes
from inrbench.experiments.experiment import Experiment
from inrbench.memory import budget, memory_model, time_model

RATES = (0.5, 0.1, 0.02)
# Points at a time that suit a device: a CPU's cache, and enough for a GPU to do.
CHUNK = {"cpu": 4096, "cuda": 65536}


@dataclass(frozen=True)
class Row:
    """One way of computing the gradient.

    Args:
        labels: axis -> how tables write it.
        gradient: {name, rate, chunk} as it would run.
        peak: the phase that needs most; None where it cannot be said.
        fits: whether the peak is within the memory; None where no memory was named.
        seconds: an iteration's, or None.
        reason: why there is no peak.
    """

    labels: dict[str, str]
    gradient: Part
    peak: memory_model.Budget | None
    fits: bool | None = None
    seconds: float | None = None
    reason: str | None = None


def rows(
    network: Part,
    objective: str,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
    memory: int | None = None,
) -> list[Row]:
    """Autograd, the exact gradient in chunks, and each of `RATES` at once and in chunks.

    A chunk is `CHUNK`, or the largest smaller power of two that fits (the least where none does).

    Args:
        network: {name, **parameters}.
        objective, grid_shape, sinogram_shape, device: as for `memory_model.peak`.
        memory: bytes that there are, or None.

    Raises:
        ValueError: what has no model, and parameters that the network does not take.
    """
    problem = grid_shape, sinogram_shape, device
    modes: list[Part] = [{"name": "autograd"}]
    for rate in (1, *RATES):
        mode = spec.part("gradient", {"name": "jvp", "rate": rate})
        chunk = CHUNK[device]
        if memory is not None:
            asked = _spec(network, objective, mode)
            chunk = budget.largest_chunk(asked, *problem, memory, most=chunk) or budget.LEAST
        if rate < 1:
            modes.append({**mode, "chunk": None})
        modes.append({**mode, "chunk": chunk})
    found = []
    for mode in modes:
        peak = memory_model.peak(_spec(network, objective, mode), *problem)
        labels = {
            "network": part_label("network", network),
            "gradient": part_label("gradient", mode),
        }
        fits = None if memory is None else peak.total <= memory
        found.append(Row(labels, mode, peak, fits))
    return found


def timed(
    found: list[Row], network: Part, grid_shape: Sequence[int], projector: float, device: str
) -> tuple[list[Row], time_model.Costs]:
    """The rows of one network with their seconds, from costs that are measured now.

    Raises:
        Unsupported: "cuda" where torch finds no CUDA device.
    """
    n = math.prod(grid_shape)
    points = {time_model.at_once(row.gradient, n, device) for row in found}
    costs = time_model.measure(network, grid_shape, device, points)
    each = [time_model.seconds(row.gradient, n, costs, projector) for row in found]
    return [replace(row, seconds=s) for row, s in zip(found, each, strict=True)], costs


def described(network: Part) -> str:
    """ "SIREN (frequency 30.0, width 256, layers 5)", defaults included."""
    values = spec.part("network", network)
    shown = ", ".join(f"{key} {value}" for key, value in values.items() if key != "name")
    return f"{part_label('network', network)} ({shown})"


def of_experiment(
    experiment: Experiment, device: str = "cpu", memory: int | None = None
) -> list[Row]:
    """A row a cell of `inr` and `admm`, seeds apart, with the chunk that it would run in; the
    latter, without a model, with the sentence that says so.

    Args:
        experiment: its data sets are not read, beyond the head of a prepared case.
        device: "cpu" or "cuda".
        memory: bytes, in place of the experiment's `memory_budget`.
    """
    first: dict[tuple[str, str], Cell] = {}
    for cell in experiment.cells():
        if cell.spec["method"]["name"] in ("inr", "admm"):
            first.setdefault((cell.dataset, cell.method), cell)
    return [_row(cell, device, memory) for cell in first.values()]


def _row(cell: Cell, device: str, memory: int | None) -> Row:
    shown = figure_labels(cell.labels)
    labels = {axis: label for axis, label in shown.items() if axis != "method"}
    gradient = cell.spec["method"]["gradient"]
    known = shapes(cell.spec["dataset"])
    if known is None:
        command = f"inrbench data prepare {cell.experiment} {cell.dataset} --preset {cell.preset}"
        reason = f"the shapes of {labels['dataset']} are known after `{command}`"
        return Row(labels, gradient, None, reason=reason)
    asked = cell.spec if memory is None else {**cell.spec, "memory_budget": memory}
    limited = "memory_budget" in asked
    try:
        fit = budget.fit(asked, *known, device)
    except budget.OutOfMemory:
        return Row(labels, gradient, memory_model.peak(asked, *known, device), fits=False)
    fits = True if limited and fit.peak is not None else None
    return Row(labels, fit.spec["method"]["gradient"], fit.peak, fits, reason=fit.unmodelled)


def _spec(network: Part, objective: str, gradient: Part) -> dict[str, Any]:
    return {
        "method": {
            "name": "inr", "network": network, "objective": {"name": objective},
            "gradient": gradient,
        }
    }  # fmt: skip
