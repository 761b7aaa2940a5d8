"""Seconds an iteration from the cost of a point, which is measured on this device.

    autograd   n b                      (3F: forward, and backward twice as much)
    exact      n f + n b                (4F: rasterised first, then forward again and backward)
    jvp        n f + rate n b           (F + 3 rate F)

for n grid points, F the multiplications of one forward pass, f the seconds a point of a forward
pass without a graph, and b those of a pass forward and backward, which depends on how many points
are taken at once: on a CPU few of them stay in its cache. Costs are extrapolated linearly, and so
too low where a grid at once is more than a cache holds. Sampler, filter, Adam's update and
projector are not in them; a projector's seconds can be added.

`measure` needs torch, and imports it; nothing else here does.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from inrbench.memory_model import RASTERISED

# Points that are measured at once, at most, in place of a larger number: that only takes longer.
MOST = {"cpu": 2**14, "cuda": 2**17}
# Seconds that each cost is measured for, and repetitions at the least.
SECONDS, REPEATS = 0.3, 3


@dataclass(frozen=True)
class Costs:
    """Measured seconds a point of one network on one device.

    Args:
        forward: without a graph.
        both: points at once -> forward and backward.
        device: "cpu" or "cuda".
        threads: CPU threads that took part.
    """

    forward: float
    both: dict[int, float]
    device: str
    threads: int


def at_once(gradient: dict[str, Any], n: int, device: str) -> int:
    """Points that a gradient mode back-propagates at a time, or as many as are measured for it."""
    drawn = _drawn(gradient, n)
    return min(gradient.get("chunk") or drawn, drawn, MOST[device])


def seconds(gradient: dict[str, Any], n: int, costs: Costs, projector: float = 0.0) -> float:
    """Seconds of one iteration.

    Args:
        gradient: {name: "autograd" or "jvp", rate, chunk}.
        n: grid points.
        costs: measured with the number of points that `at_once` names.
        projector: seconds of one projection and its adjoint, added as they are.
    """
    both = costs.both[at_once(gradient, n, costs.device)]
    rasterised = 0 if gradient["name"] == "autograd" else n * costs.forward
    return rasterised + _drawn(gradient, n) * both + projector


def _drawn(gradient: dict[str, Any], n: int) -> int:
    return n if gradient["name"] == "autograd" else max(1, round(gradient["rate"] * n))


def measure(
    network: dict[str, Any], grid_shape: Sequence[int], device: str, points: Iterable[int]
) -> Costs:
    """Time a network on neighbouring points from the middle of the grid, a second or two in all.

    Args:
        network: {name: network, **parameters}.
        grid_shape: (ny, nx) or (nz, ny, nx).
        device: "cpu" or "cuda".
        points: numbers of points to back-propagate at a time.

    Raises:
        Unsupported: "cuda" where torch finds no CUDA device.
    """
    import torch

    from inrbench import machine, networks
    from inrbench.grid import Grid

    machine.resolve_device(device)
    machine.set_precision()
    grid = Grid(tuple(grid_shape), 1.0)
    made = networks.make(grid=grid, scale=1.0, **network).to(device)
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def chunk(count: int) -> torch.Tensor:
        start = (grid.size - count) // 2
        return grid.coordinates(start, start + count, device)

    def forward(count: int) -> None:
        with torch.no_grad():
            made(chunk(count))

    def both(count: int) -> None:
        made(chunk(count)).sum().backward()  # adds to gradients, as all chunks but the first do

    rasterised = min(RASTERISED[device], grid.size)
    return Costs(
        forward=_median(lambda: forward(rasterised), wait) / rasterised,
        both={count: _median(lambda c=count: both(c), wait) / count for count in set(points)},
        device=device,
        threads=torch.get_num_threads(),
    )


def _median(call: Callable[[], None], wait: Callable[[], None]) -> float:
    """Median seconds of a call, the first one left out."""
    laps: list[float] = []
    begun = math.inf
    while len(laps) <= REPEATS or time.perf_counter() - begun < SECONDS:
        wait()
        start = time.perf_counter()
        begun = min(begun, start)
        call()
        wait()
        laps.append(time.perf_counter() - start)
    return statistics.median(laps[1:])
