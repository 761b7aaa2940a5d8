"""A memory budget: the chunk that keeps a cell within it, found before anything is allocated.

    chunk = all of the sample if peak <= budget, else max {2^k >= 256: peak at chunk 2^k <= budget}

with the peak of `memory_model`. Without torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inrbench.errors import OutOfMemory

from inrbench.cells.spec import part
from inrbench.io.byte_size import human
from inrbench.memory import memory_model
from inrbench.memory.network_model import FLOAT
from inrbench.meters import host

# Points at a time below which nothing is gained: a chunk is then no longer what needs most.
LEAST = 256

Spec = dict[str, Any]


@dataclass(frozen=True)
class Fit:
    """A cell as it can run.

    Args:
        spec: the cell's, with the chunk of its gradient filled in where the budget chose one.
        peak: the phase that needs most, or None without a model.
        unmodelled: why there is no model, or None.
    """

    spec: Spec
    peak: memory_model.Budget | None
    unmodelled: str | None = None

    @property
    def chunk(self) -> int | None:
        """Points back-propagated at a time; None: all of them, or autograd."""
        chunk = self.spec["method"].get("gradient", {}).get("chunk")
        return chunk if isinstance(chunk, int) else None


def fit(
    spec: Spec, grid_shape: Sequence[int], sinogram_shape: Sequence[int], device: str = "cpu"
) -> Fit:
    """The cell with the largest chunk that its `memory_budget` allows.

    A chunk is only chosen for a jvp with `chunk: auto` (`null` is a choice: all at once). A cell
    without a budget, or without a model, is left as it is.

    Args:
        spec, grid_shape, sinogram_shape, device: as for `memory_model.peak`; the budget is the
            spec's `memory_budget` in bytes.

    Raises:
        OutOfMemory: the model's peak is above the budget whatever the chunk, or with the one that
            the cell names; the sentence has the figures and what to do.
    """
    shapes = grid_shape, sinogram_shape, device
    try:
        found = memory_model.peak(spec, *shapes)
    except ValueError as error:
        return Fit(spec, None, str(error))
    budget = spec.get("memory_budget")
    if budget is None or found.total <= budget:
        return Fit(spec, found)
    gradient = spec["method"]["gradient"]
    if gradient["name"] == "jvp" and gradient["chunk"] == "auto":
        chunk = largest_chunk(spec, *shapes, budget)
        if chunk is not None:
            fitted = with_gradient(spec, {**gradient, "chunk": chunk})
            return Fit(fitted, memory_model.peak(fitted, *shapes))
    raise OutOfMemory(
        f"needs {_figures(found)}, which is above memory_budget = {human(budget)} "
        f"({budget} bytes): {_remedy(spec, shapes, budget)}"
    )


def largest_chunk(
    spec: Spec,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str,
    budget: int,
    most: int | None = None,
) -> int | None:
    """The largest power of two from `LEAST` to `most` that keeps a jvp within the budget.

    Args:
        spec: its gradient is a jvp, whose chunk does not matter.
        budget: bytes.
        most: default: the number of grid points.

    Returns:
        None where not even `LEAST` points at a time fit.
    """
    gradient = spec["method"]["gradient"]
    chunk = 2 ** ((most or math.prod(grid_shape)).bit_length() - 1)
    while chunk >= LEAST:
        trial = with_gradient(spec, {**gradient, "chunk": chunk})
        if memory_model.peak(trial, grid_shape, sinogram_shape, device).total <= budget:
            return chunk
        chunk //= 2
    return None


def with_gradient(spec: Spec, gradient: dict[str, Any]) -> Spec:
    """The spec with another gradient."""
    return {**spec, "method": {**spec["method"], "gradient": gradient}}


def exceeded(spec: Spec, measured: int | None) -> str | None:
    """What to say of a run whose measured tensor peak is above its budget; else None."""
    budget = spec.get("memory_budget")
    if budget is None or measured is None or measured <= budget:
        return None
    return (
        f"its tensor peak was {human(measured)} ({measured} bytes), above memory_budget = "
        f"{human(budget)} ({budget} bytes): raise the budget, or name a smaller chunk"
    )


def require_host(
    peak: memory_model.Budget | None, grid_shape: Sequence[int], sinogram_shape: Sequence[int]
) -> None:
    """Refuse what this machine cannot hold: the peak and, beside it, the reference, 4 n bytes.

    Without a model an image and the scan, 4 (n + M), stand for the peak: no method needs less.

    Raises:
        OutOfMemory: with the figures.
    """
    reference = FLOAT * math.prod(grid_shape)
    least = reference + FLOAT * math.prod(sinogram_shape)
    needs = f"an image and the scan need {human(least)}" if peak is None else None
    host.require(
        reference + (least if peak is None else peak.total),
        f"{needs or 'needs ' + _figures(peak)}, and the reference {human(reference)}",
    )


def _figures(peak: memory_model.Budget) -> str:
    """ "1.40 TiB (1539316278272 bytes) by the closed model in its largest phase, backward"."""
    most = max(peak.terms, key=peak.terms.__getitem__)
    return (
        f"{human(peak.total)} ({peak.total} bytes) by the closed model, the most in the phase "
        f"{peak.phase!r} ({most}: {human(peak.terms[most])})"
    )


def _remedy(spec: Spec, shapes: tuple, budget: int) -> str:
    """What would bring the cell within its budget."""
    gradient = spec["method"]["gradient"]
    autograd = gradient["name"] != "jvp"
    chunks = part("gradient", {"name": "jvp", "rate": 1}) if autograd else gradient
    least = memory_model.peak(with_gradient(spec, {**chunks, "chunk": LEAST}), *shapes)
    if least.total > budget:
        mode = "the exact gradient" if autograd else "it"
        return (
            f"even in chunks of {LEAST} points {mode} needs {human(least.total)} "
            f"({least.total} bytes, phase {least.phase!r}); raise the budget to that at least, or "
            "take a smaller grid, scan or network"
        )
    if autograd:
        return "take {name: jvp, rate: 1}, the exact gradient in chunks chosen to fit"
    return "write `chunk: auto`, and one that fits is chosen"
