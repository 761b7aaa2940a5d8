"""Where the time goes: of an exact gradient by kind of operation, of ADMM by part."""

import time
from dataclasses import replace

import pytest
import torch
from test_gradients import GRIDS, MODES, NETWORKS, Distance
from torch.profiler import ProfilerActivity, profile

from inrbench import methods, networks, projectors
from inrbench.datasets.simulate import forbild
from inrbench.gradients.jvp import JVP
from inrbench.methods import admm
from inrbench.monitor import Brief

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


def test_shares_of_admm(benchmark, monkeypatch, capsys):
    """One outer iteration of few steps on 512 x 512 pixels: projector, network, and all else."""
    case = forbild(size=512, views=96, columns=512)
    seconds = {"projector": 0.0, "network": 0.0}

    def timed(kind, function):
        def call(*arguments, **more):
            begun = time.perf_counter()
            try:
                return function(*arguments, **more)
            finally:
                seconds[kind] += time.perf_counter() - begun

        return call

    plain = projectors.make(case.scan.geometry, case.grid)
    watched = replace(
        plain, apply=timed("projector", plain.apply),
        apply_adjoint=timed("projector", plain.apply_adjoint),
    )  # fmt: skip
    monkeypatch.setattr(projectors, "make", lambda *_: watched)
    monkeypatch.setattr(JVP, "backward", timed("network", JVP.backward))
    monkeypatch.setattr(admm, "rasterise", timed("network", admm.rasterise))
    method = methods.make(
        "admm", case.scale, network={"name": "siren", "width": 128, "layers": 3},
        gradient={"name": "jvp", "rate": 1, "chunk": 2048}, iterations=5, cgls_steps=5,
        adam_steps=5,
    )  # fmt: skip

    class Started(Brief):
        """Counts from the end of the set-up on, which every method has."""

        def start(self, iterations, projector):
            seconds.update(projector=0.0, network=0.0)
            self.begun = time.perf_counter()

    listener = Started(10)
    benchmark.pedantic(
        lambda: method.reconstruct(case.scan, case.grid, listener, torch.Generator()), rounds=1
    )
    whole = time.perf_counter() - listener.begun
    shares = {kind: part / whole for kind, part in seconds.items()}
    shares["all else"] = 1 - sum(shares.values())
    benchmark.extra_info.update(shares=shares)
    with capsys.disabled():
        parts = ", ".join(f"{100 * share:.1f} % {kind}" for kind, share in shares.items())
        print(f"\nADMM, 512x512: {parts}")
    assert shares["all else"] < 0.15
