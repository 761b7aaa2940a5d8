"""Where an exact gradient's time goes: multiplications, sines and cosines, and all else."""

import pytest
import torch
from test_gradients import GRIDS, MODES, NETWORKS, Distance
from torch.profiler import ProfilerActivity, profile

from inrbench import networks

KINDS = {
    "aten::mm": "multiplications",
    "aten::addmm": "multiplications",
    "aten::sin": "sines and cosines",
    "aten::cos": "sines and cosines",
}


@pytest.mark.parametrize("name", ["fourier_features", "siren"])
def test_shares(benchmark, name, capsys):
    grid = GRIDS["256x256"]
    network = networks.make(name, grid, 0.02, **NETWORKS[name])
    objective, generator = Distance(torch.rand(grid.shape)), torch.Generator()

    def gradient():
        network.zero_grad()
        MODES["exact"].backward(network, grid, objective, generator)

    gradient()  # warm-up
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        benchmark.pedantic(gradient, rounds=2)
    seconds = dict.fromkeys([*KINDS.values(), "all else"], 0.0)
    for operation in profiled.key_averages():
        seconds[KINDS.get(operation.key, "all else")] += operation.self_cpu_time_total
    whole = sum(seconds.values())
    shares = {kind: part / whole for kind, part in seconds.items()}
    benchmark.extra_info.update(shares=shares)
    with capsys.disabled():
        parts = ", ".join(f"{100 * share:.0f} % {kind}" for kind, share in shares.items())
        print(f"\nexact gradient, 256x256, {name}: {parts}")
    assert shares["multiplications"] > 0.3
