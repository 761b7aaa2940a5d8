"""Seconds an iteration from the cost of a point, which is measured on this device.

    autograd   n b
    jvp        n f + rate n b           (exact: rate = 1)

for n grid points, f the seconds a point of the network's forward pass without a graph, and b those
of a pass forward and backward, both in chunks that suit the device. So autograd over a whole grid,
which leaves a CPU's cache, comes out too low. Sampler, filter, Adam's update and the projector are
not in them; a projector's seconds can be added.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# Points at a time that suit a device: a CPU's cache, and enough for a GPU to do.
CHUNK = {"cpu": 4096, "cuda": 65536}
# Seconds that a network is measured for, and rounds at the least.
SECONDS, ROUNDS = 1.0, 3


@dataclass(frozen=True)
class Costs:
    """Measured seconds a point of one network on one device.

    Args:
        forward: f, without a graph.
        both: b, forward and backward.
        device: "cpu" or "cuda".
        threads: CPU threads that took part.
    """

    forward: float
    both: float
    device: str
    threads: int


def seconds(gradient: dict[str, Any], n: int, costs: Costs, projector: float = 0.0) -> float:
    """Seconds of one iteration.

    Args:
        gradient: {name: "autograd" or "jvp", rate}.
        n: grid points.
        costs: see `measure`.
        projector: seconds of one projection and its adjoint, added as they are.
    """
    if gradient["name"] == "autograd":
        return n * costs.both + projector
    return n * costs.forward + max(1, round(gradient["rate"] * n)) * costs.both + projector


def measure(network: dict[str, Any], grid_shape: Sequence[int], device: str) -> Costs:
    """Time a network on neighbouring points from the middle of the grid, for about a second.

    Args:
        network: {name: network, **parameters}.
        grid_shape: (ny, nx) or (nz, ny, nx).
        device: "cpu" or "cuda".

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
    count = min(CHUNK[device], grid.size)
    start = (grid.size - count) // 2

    def forward() -> None:
        with torch.no_grad():
            made(grid.coordinates(start, start + count, device))

    def both() -> None:  # adds to gradients, as all chunks but the first do
        made(grid.coordinates(start, start + count, device)).sum().backward()

    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    f, b = (median / count for median in _medians([forward, both], wait))
    return Costs(f, b, device, torch.get_num_threads())


def _medians(calls: Sequence[Callable[[], None]], wait: Callable[[], None]) -> list[float]:
    """Median seconds of each call, in turn, so that what else the machine does meets all alike;
    the first round, which only warms up, is left out."""
    laps: list[list[float]] = [[] for _ in calls]
    end = time.perf_counter() + SECONDS
    while len(laps[0]) <= ROUNDS or time.perf_counter() < end:
        for call, mine in zip(calls, laps, strict=True):
            wait()
            start = time.perf_counter()
            call()
            wait()
            mine.append(time.perf_counter() - start)
    return [statistics.median(mine[1:]) for mine in laps]
