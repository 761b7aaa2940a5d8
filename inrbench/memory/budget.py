"""A memory budget: the chunk that keeps a cell within it, found before anything is allocated.

    chunk = all of the sample if peak <= budget, else max {2^k >= 256: peak at chunk 2^k <= budget}

with the peak of `memory.peak`, which needs torch and is imported when it is asked.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inrbench.cells.spec import part
from inrbench.errors import OutOfMemory
from inrbench.io.byte_size import human

# Points at a time below which nothing is gained: a chunk is then no longer what needs most.
LEAST = 256

Spec = dict[str, Any]


@dataclass(frozen=True)
class Fitted:
    """A cell as it can run.

    Args:
        spec: the cell's, with the chunk of its gradient filled in where the budget chose one.
        peak: bytes, or None where they are not known or nobody asked.
        unknown: why they are not known, or None.
    """

    spec: Spec
    peak: int | None = None
    unknown: str | None = None

    @property
    def chunk(self) -> int | None:
        """Points back-propagated at a time; None: all of them, or autograd."""
        chunk = self.spec["method"].get("gradient", {}).get("chunk")
        return chunk if isinstance(chunk, int) else None


def fit(
    spec: Spec,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
    seed: int = 0,
) -> Fitted:
    """The cell with the largest chunk that its `memory_budget` allows.

    A chunk is only chosen for a jvp with `chunk: auto` (`null` is a choice: all at once). A cell
    without a budget, or whose peak is not known, is left as it is.

    Args:
        spec, grid_shape, sinogram_shape, device, seed: as for `memory.peak.peak`; the budget is
            the spec's `memory_budget` in bytes.

    Raises:
        OutOfMemory: the peak is above the budget whatever the chunk, or with the one that the cell
            names; the sentence has the figures and what to do.
    """
    from inrbench.memory.peak import peak

    problem = grid_shape, sinogram_shape, device, seed
    try:
        found = peak(spec, *problem)
    except ValueError as error:
        return Fitted(spec, None, str(error))
    budget = spec.get("memory_budget")
    if budget is None or found <= budget:
        return Fitted(spec, found)
    gradient = spec["method"].get("gradient", {})
    if gradient.get("chunk") == "auto":
        chosen = largest_chunk(spec, *problem, budget=budget)
        if chosen is not None:
            chunk, needed = chosen
            return Fitted(with_gradient(spec, {**gradient, "chunk": chunk}), needed)
    raise OutOfMemory(
        f"needs {human(found)} ({found} bytes), which is above memory_budget = {human(budget)} "
        f"({budget} bytes): {_remedy(spec, problem, budget)}"
    )


def largest_chunk(
    spec: Spec,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
    seed: int = 0,
    *,
    budget: int,
    most: int | None = None,
) -> tuple[int, int] | None:
    """The largest power of two from `LEAST` to `most` that keeps a jvp within the budget.

    Args:
        spec: its gradient is a jvp, whose chunk does not matter.
        grid_shape, sinogram_shape, device, seed: as for `fit`.
        budget: bytes.
        most: default: the number of grid points.

    Returns:
        The chunk and its peak, or None where not even `LEAST` points at a time fit.
    """
    from inrbench.memory.peak import peak

    gradient = spec["method"]["gradient"]
    chunks = [2**k for k in range((most or math.prod(grid_shape)).bit_length()) if 2**k >= LEAST]
    peaks: dict[int, int] = {}

    def needed(chunk: int) -> int:
        trial = with_gradient(spec, {**gradient, "chunk": chunk})
        peaks[chunk] = peak(trial, grid_shape, sinogram_shape, device, seed)
        return peaks[chunk]

    within = bisect.bisect_right(chunks, budget, key=needed)
    return (chunks[within - 1], peaks[chunks[within - 1]]) if within else None


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


def _remedy(spec: Spec, problem: tuple, budget: int) -> str:
    """What would bring the cell within its budget."""
    from inrbench.memory.peak import peak

    gradient = spec["method"].get("gradient")
    if gradient is None:
        return "raise the budget, or take a smaller grid or scan"
    whole = gradient["name"] != "jvp"
    chunks = part("gradient", {"name": "jvp", "rate": 1}) if whole else gradient
    least = peak(with_gradient(spec, {**chunks, "chunk": LEAST}), *problem)
    if least > budget:
        return (
            f"even in chunks of {LEAST} points {'the exact gradient' if whole else 'it'} needs "
            f"{human(least)} ({least} bytes); raise the budget to that at least, or take a "
            "smaller grid, scan or network"
        )
    if whole:
        return "take {name: jvp, rate: 1}, the exact gradient in chunks chosen to fit"
    return "write `chunk: auto`, and one that fits is chosen"
