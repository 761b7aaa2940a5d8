"""One gradient of each network by each mode: seconds, and the peak of live tensors beside them."""

import pytest
import torch

from inrbench import gradients, networks, objectives, projectors
from inrbench.datasets.simulate import forbild
from inrbench.meters.live_tensors import LiveTensors

CASE = forbild(size=128, views=60, columns=192)
PROJECTOR = projectors.make(CASE.scan.geometry, CASE.grid)
NETWORKS = {
    "fourier_features": {"features": 64, "bandwidth": 3.0, "width": 128, "layers": 3},
    "siren": {"width": 128, "layers": 3},
    "hash_encoding": {"levels": 8, "log2_table": 14, "coarsest": 8, "finest": 128},
}
MODES = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 4096},
    "jvp25": {"name": "jvp", "rate": 0.25},
    "jvp10": {"name": "jvp", "rate": 0.10},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", NETWORKS)
def test_gradient(benchmark, name, mode):
    benchmark.group = name
    network = networks.make(name, CASE.grid, CASE.scale, **NETWORKS[name])
    objective = objectives.make("least_squares", CASE.scan, PROJECTOR)
    gradient = gradients.make(**MODES[mode])
    generator = torch.Generator().manual_seed(0)

    def once():
        network.zero_grad()
        return gradient.backward(network, CASE.grid, objective, generator)

    benchmark.pedantic(once, rounds=10, warmup_rounds=2)
    with LiveTensors() as live:
        once()
    benchmark.extra_info["tensor_peak"] = live.peak
