"""One gradient by each mode, in turn: seconds, tensor peaks and floors, tabled at the end.

A row of pytest-benchmark mixes the modes of one network and grid, so that whatever slows the
machine slows them alike; the tables that `conftest.py` prints take them apart. The objective is
1/2 ||x - c||^2, which costs nothing beside a network: no projector takes part.
"""

import functools
import itertools
import statistics

import floors
import pytest
import torch
from distance import Distance

from inrbench import gradients, networks
from inrbench.grid import Grid
from inrbench.meters.live_tensors import LiveTensors

GRIDS = {"256x256": Grid((256, 256), 1.0), "64x64x64": Grid((64, 64, 64), 1.0)}
TURNS = {"256x256": 6, "64x64x64": 3}
NETWORKS = {
    "fourier_features": {"features": 128, "width": 256, "layers": 5},
    "siren": {"width": 256, "layers": 5},
    "hash_encoding": {},
}
MODES = {
    "autograd": gradients.make("autograd"),
    "exact": gradients.make("jvp", rate=1, chunk=2048),
    "jvp10": gradients.make("jvp", rate=0.1),
    "jvp10 2048": gradients.make("jvp", rate=0.1, chunk=2048),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", GRIDS)
def test_gradient(benchmark, size, name):
    grid = GRIDS[size]
    network = networks.make(name, grid, 0.02, **NETWORKS[name])
    objective = Distance(torch.rand(grid.shape))
    generator = torch.Generator().manual_seed(0)

    def gradient(mode):
        network.zero_grad()
        MODES[mode].backward(network, grid, objective, generator)

    bare = floors.operations(network, grid)
    turn = {mode: functools.partial(gradient, mode) for mode in MODES}
    turn |= {operation.name: operation.once for operation in bare}
    gradient("exact")  # warm-up
    order = itertools.cycle(turn.values())
    benchmark.pedantic(
        lambda step: step(), setup=lambda: ((next(order),), {}), rounds=TURNS[size] * len(turn)
    )
    times = benchmark.stats.stats.data
    seconds = {key: statistics.median(times[i :: len(turn)]) for i, key in enumerate(turn)}
    peaks = {}
    for mode in MODES:
        with LiveTensors() as live:
            gradient(mode)
        peaks[mode] = live.peak
    benchmark.extra_info.update(
        grid=size,
        network=name,
        seconds={mode: seconds[mode] for mode in MODES},
        peaks=peaks,
        rates={operation.name: operation.amount / seconds[operation.name] for operation in bare},
        floor=sum(operation.times * seconds[operation.name] for operation in bare),
    )
