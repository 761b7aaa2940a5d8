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

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from inrbench.memory.memory_model import RASTERISED

# Points that are measured at once, at most, in place of a larger number: that only takes longer.
MOST = {"cpu": 2**14, "cuda": 2**17}
# Seconds that the costs of a network are measured for, and rounds at the least.
SECONDS, ROUNDS = 1.5, 3


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
    chunk = gradient.get("chunk")
    return min(chunk if isinstance(chunk, int) else drawn, drawn, MOST[device])


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

    from inrbench import networks
    from inrbench.grid import Grid
    from inrbench.meters import machine

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
    sizes = sorted(set(points))
    calls = [lambda: forward(rasterised), *(partial(both, count) for count in sizes)]
    first, *others = _medians(calls, wait)
    return Costs(
        forward=first / rasterised,
        both={count: lap / count for count, lap in zip(sizes, others, strict=True)},
        device=device,
        threads=torch.get_num_threads(),
    )


def _medians(calls: Sequence[Callable[[], None]], wait: Callable[[], None]) -> list[float]:
    """Median seconds of each call, a first round left out.

    They are called in turn, so that what else the machine does meets all of them alike; each turn
    is a call that is not timed, which brings back what the others took from the caches and from
    the threads, and two that are.
    """
    laps: list[list[float]] = [[] for _ in calls]
    end = time.perf_counter() + SECONDS
    while len(laps[0]) <= ROUNDS or time.perf_counter() < end:
        for call, mine in zip(calls, laps, strict=True):
            call()
            for _ in range(2):
                wait()
                start = time.perf_counter()
                call()
                wait()
                mine.append(time.perf_counter() - start)
    return [statistics.median(mine[2:]) for mine in laps]
