"""Where the time goes: of an exact gradient by kind of operation, of ADMM by part, of a classical
solver the projector's share."""

import time
from dataclasses import replace

import pytest
import torch
from test_gradients import GRIDS, MODES, NETWORKS, Distance
from torch.profiler import ProfilerActivity, profile

from inrbench import methods, networks, projectors
from inrbench.datasets.simulate import forbild
from inrbench.gradients.jvp import JVP
from inrbench.meters.brief import Brief
from inrbench.methods import admm
from inrbench.solvers.cgls import cgls
from inrbench.solvers.chambolle_pock import balance, chambolle_pock

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
    monkeypatch.setattr(projectors, "make", lambda *_, **__: watched)
    monkeypatch.setattr(JVP, "backward", timed("network", JVP.backward))
    monkeypatch.setattr(admm, "rasterise", timed("network", admm.rasterise))
    method = methods.make(
        "admm", case.scale, network={"name": "siren", "width": 128, "layers": 3},
        gradient={"name": "jvp", "rate": 1, "chunk": 2048}, iterations=5, cgls_steps=5,
        adam_steps=5,
    )  # fmt: skip

    class Started(Brief):
        """Counts from the end of the set-up on, which every method has."""

        def start(self, iterations, projector, value=None):
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


def tv(projector, sinogram, iterations):
    balanced = balance(projector, torch.Generator().manual_seed(0))
    return lambda: chambolle_pock(
        projector, sinogram, 1.0, iterations, balanced, lambda k, f, gap, x: (float(f), float(gap))
    )


SOLVERS = {
    "cgls": lambda *given: lambda: cgls(*given, lambda k, value, x: float(value)),
    "tv": tv,
}
"""name -> function (projector, sinogram, iterations) that sets up and returns what to time."""
PROJECTOR_TARGET = 0.85


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", SOLVERS)
def test_the_projector_has_most_of_a_solver(benchmark, name, one_thread, capsys):
    """512^2 pixels, 128 views x 768 columns, the value of each iteration looked at; on one thread,
    since several wait for each other wherever other work has taken one of them."""
    case = forbild(size=512, views=128, columns=768)
    inside = [0.0]

    def timed(apply):
        def call(z):
            begun = time.perf_counter()
            made = apply(z)
            inside[0] += time.perf_counter() - begun
            return made

        return call

    projector = projectors.make(case.scan.geometry, case.grid)
    projector = replace(
        projector,
        apply=timed(projector.apply),
        apply_adjoint=timed(projector.apply_adjoint),
    )
    once = SOLVERS[name](projector, case.scan.sinogram, 10)
    once()  # warm-up
    inside[0] = 0.0
    benchmark.pedantic(once, rounds=3)
    share = inside[0] / sum(benchmark.stats.stats.data)
    benchmark.extra_info.update(share=share)
    with capsys.disabled():
        print(
            f"\n{name}, 512x512, {projector.backend}, one thread: "
            f"{100 * share:.0f} % in the projector (target {100 * PROJECTOR_TARGET:.0f} %)"
        )
    assert share > PROJECTOR_TARGET
