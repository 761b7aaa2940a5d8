"""What would fit: the peaks of gradient modes, rates and chunks, or of an experiment's cells.

Rows only; `tables.plan` writes them. torch is imported when a peak or a time is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from inrbench.cells import spec
from inrbench.cells.cell import Cell, figure_labels, part_label
from inrbench.cells.spec import Part
from inrbench.datasets.named_files import opened
from inrbench.datasets.shapes import shapes
from inrbench.experiments.experiment import Experiment
from inrbench.memory import budget, time

RATES = (0.5, 0.1, 0.02)


@dataclass(frozen=True)
class PlanRow:
    """A cell, or one way of computing the gradient.

    Args:
        labels: axis -> how tables write it.
        gradient: {name, rate, chunk} as it would run; {} without one.
        peak: bytes; None where they cannot be said.
        fits: whether the peak is within the memory; None where no memory was named.
        seconds: an iteration's, or None.
        reason: why there is no peak.
    """

    labels: dict[str, str]
    gradient: Part
    peak: int | None
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
) -> list[PlanRow]:
    """Autograd, the exact gradient in chunks, and each of `RATES` at once and in chunks.

    A chunk is `time.CHUNK`, or the largest smaller power of two that fits (the least where none
    does).

    Args:
        network: {name, **parameters}.
        objective, grid_shape, sinogram_shape, device: as for `peak.peak`.
        memory: bytes that there are, or None.

    Raises:
        ValueError: parameters that the network does not take, or one that cannot be rehearsed.
    """
    from inrbench.memory.peak import peak

    problem = grid_shape, sinogram_shape, device
    modes: list[Part] = [{"name": "autograd"}]
    for rate in (1, *RATES):
        mode = spec.part("gradient", {"name": "jvp", "rate": rate})
        chunk = time.CHUNK[device]
        if memory is not None:
            asked = _spec(network, objective, mode)
            chosen = budget.largest_chunk(asked, *problem, budget=memory, most=chunk)
            chunk = chosen[0] if chosen else budget.LEAST
        if rate < 1:
            modes.append({**mode, "chunk": None})
        modes.append({**mode, "chunk": chunk})
    found = []
    for mode in modes:
        needed = peak(_spec(network, objective, mode), *problem)
        labels = {
            "network": part_label("network", network),
            "gradient": part_label("gradient", mode),
        }
        found.append(PlanRow(labels, mode, needed, None if memory is None else needed <= memory))
    return found


def timed(
    found: list[PlanRow], network: Part, grid_shape: Sequence[int], projector: float, device: str
) -> tuple[list[PlanRow], time.Costs]:
    """The rows of one network with their seconds, from costs that are measured now.

    Raises:
        Unsupported: "cuda" where torch finds no CUDA device.
    """
    n = math.prod(grid_shape)
    costs = time.measure(network, grid_shape, device)
    each = [time.seconds(row.gradient, n, costs, projector) for row in found]
    return [replace(row, seconds=s) for row, s in zip(found, each, strict=True)], costs


def described(network: Part) -> str:
    """ "SIREN (frequency 30.0, width 256, layers 5)", defaults included."""
    values = spec.part("network", network)
    shown = ", ".join(f"{key} {value}" for key, value in values.items() if key != "name")
    return f"{part_label('network', network)} ({shown})"


def of_experiment(
    experiment: Experiment, device: str = "cpu", memory: int | None = None
) -> list[PlanRow]:
    """A row a cell, seeds apart, with the chunk that it would run in; one that cannot be rehearsed
    with the sentence that says so.

    Args:
        experiment: its data sets are not read, beyond the head of a prepared case.
        device: "cpu" or "cuda".
        memory: bytes, in place of the experiment's `memory_budget`.
    """
    first: dict[tuple[str, str], Cell] = {}
    for cell in experiment.cells():
        first.setdefault((cell.dataset, cell.method), cell)
    return [_row(cell, device, memory, experiment) for cell in first.values()]


def _row(cell: Cell, device: str, memory: int | None, experiment: Experiment) -> PlanRow:
    from inrbench.memory.peak import peak

    labels = figure_labels(cell.labels)
    method = opened(cell.spec["method"], experiment.folder)
    gradient = method.get("gradient", {})
    known = shapes(cell.spec["dataset"])
    if known is None:
        command = f"inrbench data prepare {cell.experiment} {cell.dataset} --preset {cell.preset}"
        reason = f"the shapes of {labels['dataset']} are known after `{command}`"
        return PlanRow(labels, gradient, None, reason=reason)
    asked = {**cell.spec, "method": method}
    if memory is not None:
        asked["memory_budget"] = memory
    try:
        fit = budget.fit(asked, *known, device, cell.seed)
    except budget.OutOfMemory:
        return PlanRow(labels, gradient, peak(asked, *known, device, cell.seed), fits=False)
    fits = True if "memory_budget" in asked and fit.peak is not None else None
    gradient = fit.spec["method"].get("gradient", {})
    return PlanRow(labels, gradient, fit.peak, fits, reason=fit.unknown)


def _spec(network: Part, objective: str, gradient: Part) -> dict[str, Any]:
    return {
        "method": {
            "name": "inr", "network": network, "objective": {"name": objective},
            "gradient": gradient,
        }
    }  # fmt: skip
