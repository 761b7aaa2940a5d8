"""The closed model of the tensor peak: against the meter, term by term, and at sizes beyond it."""

import contextlib
import inspect
import subprocess
import sys

import numpy as np
import pytest
import torch

from inrbench import gradients, memory_model, methods, network_model, networks, registry
from inrbench.datasets.simulate import forbild
from inrbench.geometry import FanBeam
from inrbench.gradients.samplers import importance, stratified
from inrbench.grid import Grid
from inrbench.memory_model import peak, phases
from inrbench.meters.live_tensors import LiveTensors
from inrbench.monitor import Brief, Enough
from inrbench.networks import rasterise
from inrbench.objectives.least_squares import LeastSquares
from inrbench.projectors.base import Projector
from inrbench.scan import Scan
from inrbench.solvers.adam import adam

NETWORKS = {
    "fourier_features": {"features": 32, "width": 64, "layers": 3},
    "siren": {"width": 64, "layers": 2},
    "hash_encoding": {"levels": 6, "log2_table": 10, "coarsest": 8, "finest": 64, "width": 32},
}
MODES = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 512},
    "jvp50": {"name": "jvp", "rate": 0.5},
    "jvp10": {"name": "jvp", "rate": 0.1},
    "jvp2": {"name": "jvp", "rate": 0.02},
    "jvp50c": {"name": "jvp", "rate": 0.5, "chunk": 512},
    "jvp75c": {"name": "jvp", "rate": 0.75, "chunk": 512},
    "stratified": {"name": "jvp", "rate": 0.5, "chunk": 256, "sampler": "stratified"},
    "importance": {"name": "jvp", "rate": 0.25, "chunk": 256, "sampler": "importance"},
}
OBJECTIVES = ("least_squares", "filtered_least_squares")


def spec(network, objective, gradient, **parameters):
    part = {"name": network, **NETWORKS.get(network, {}), **parameters}
    return {
        "method": {
            "name": "inr", "network": part, "objective": {"name": objective}, "gradient": gradient,
        }
    }  # fmt: skip


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """So few points are rasterised at a time that on small grids it is not always the peak."""
    monkeypatch.setitem(rasterise.CHUNK, "cpu", 256)
    monkeypatch.setitem(memory_model.RASTERISED, "cpu", 256)
    # Samplers go in several stretches, as they do on large grids.
    monkeypatch.setattr(importance, "CHUNK", 1024)
    monkeypatch.setattr(memory_model, "STRETCH", 1024)
    monkeypatch.setattr(stratified, "CHUNK", 512)
    monkeypatch.setattr(memory_model, "BLOCKS", 512)


@pytest.fixture(scope="module")
def case():
    return forbild(size=64, views=30, columns=96)


def measured(wanted, case):
    method = methods.make(scale=case.scale, iterations=9, **wanted["method"])
    with LiveTensors() as live, contextlib.suppress(Enough):
        generator = torch.Generator().manual_seed(0)
        method.reconstruct(case.scan.to("cpu"), case.grid, Brief(2), generator)
    return live.peak


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", NETWORKS)
def test_model_meets_the_meter(network, objective, mode, case):
    wanted = spec(network, objective, MODES[mode])
    found = peak(wanted, case.grid.shape, case.scan.geometry.sinogram_shape)
    assert found.total == pytest.approx(measured(wanted, case), rel=0.1)


@pytest.mark.parametrize("mode", MODES)
def test_large_tables_are_held_five_times_and_more(mode, case):
    """Weights, gradient, two moments, and temporaries of the update or a second gradient."""
    wanted = spec("hash_encoding", "least_squares", MODES[mode], log2_table=18, finest=256)
    found = peak(wanted, case.grid.shape, case.scan.geometry.sinogram_shape)
    assert found.total == pytest.approx(measured(wanted, case), rel=0.1)
    assert found.total > 5 * found.terms["weights"]


def test_a_narrow_network_is_bound_by_images_and_sinograms(case):
    for mode in MODES.values():
        for objective in OBJECTIVES:
            wanted = spec("siren", objective, mode, width=2, layers=1)
            found = peak(wanted, case.grid.shape, case.scan.geometry.sinogram_shape)
            assert found.total == pytest.approx(measured(wanted, case), rel=0.1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("network", NETWORKS)
def test_model_meets_the_meter_in_three_dimensions(network, mode):
    """With sums along z for a projector, in place of a cone beam."""
    grid = Grid((16, 16, 16), 1.0)
    beam = FanBeam(np.zeros(16), 16, 1.0, 10.0, 20.0)
    projector = Projector(beam, grid, torch.device("cpu"), "sums", 0, lambda image: image.sum(0),
                          lambda s: s.expand(grid.shape).contiguous())  # fmt: skip
    wanted = spec(network, "least_squares", MODES[mode])
    with LiveTensors() as live, contextlib.suppress(Enough):
        objective = LeastSquares(Scan(np.zeros((16, 16)), beam), projector)
        made = networks.make(grid=grid, scale=1.0, **wanted["method"]["network"])
        gradient = gradients.make(**MODES[mode])
        adam(
            made.parameters(),
            lambda: gradient.backward(made, grid, objective, torch.Generator().manual_seed(0)),
            9, [1e-3], callback=lambda k, value: Brief(2).step(k, value, None),
        )  # fmt: skip
    assert peak(wanted, grid.shape, (16, 16)).total == pytest.approx(live.peak, rel=0.1)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("network", NETWORKS)
def test_parameters_are_those_of_the_network(network, dimension):
    for parameters in (NETWORKS[network], {}):
        made = networks.make(network, Grid((4,) * dimension, 1.0), 1.0, **parameters)
        found = network_model.MODELS[network](dimension, **parameters)
        assert sorted(found.parameters) == sorted(p.numel() for p in made.parameters())


@pytest.mark.parametrize("network", network_model.MODELS)
def test_models_take_what_their_network_takes(network):
    def defaults(function, skip):
        signature = inspect.signature(function).parameters.values()
        return {p.name: p.default for p in signature if p.name not in skip}

    model = network_model.MODELS[network]
    built = registry.load("network", network)
    assert defaults(model, ["dimension"]) == defaults(built, ["dimension", "scale"])


@pytest.mark.parametrize("mode", memory_model.GRADIENTS)
def test_models_take_what_their_gradient_mode_takes(mode):
    model = inspect.signature(memory_model.GRADIENTS[mode]).parameters.values()
    built = inspect.signature(registry.load("gradient", mode)).parameters.values()
    assert {(p.name, p.default) for p in built} <= {(p.name, p.default) for p in model}


def test_points_rasterised_at_a_time_are_those_of_the_network(monkeypatch):
    monkeypatch.undo()
    assert memory_model.RASTERISED == rasterise.CHUNK
    assert memory_model.STRETCH == importance.CHUNK
    assert memory_model.BLOCKS == stratified.CHUNK


def test_memory_rises_with_the_rate_and_not_with_the_chunked_one():
    def at(rate, chunk):
        mode = {"name": "jvp", "rate": rate, "chunk": chunk}
        return peak(spec("siren", "least_squares", mode), (256, 256), (60, 384)).total

    rates = (0.02, 0.1, 0.3, 1.0)
    whole = [at(rate, None) for rate in rates]
    assert whole == sorted(whole) and whole[-1] > 10 * whole[0]
    chunked = [at(rate, 512) for rate in rates]
    assert max(chunked) < 1.5 * min(chunked)


def test_any_size_can_be_asked_for_without_memory():
    """501^3 points with a SIREN of 5 x 256: 12 * 256 activations of 4 bytes each are 1.4 TiB."""
    shapes = (501, 501, 501), (720, 512, 512)
    whole = peak(spec("siren", "least_squares", MODES["autograd"], width=256, layers=5), *shapes)
    assert whole.phase == "backward"
    assert whole.terms["activations"] == pytest.approx(501**3 * 12 * 256 * 4, rel=0.01)
    exact = peak(spec("siren", "least_squares", MODES["exact"], width=256, layers=5), *shapes)
    assert exact.total < 6e9
    assert exact.terms["scan"] == 4 * 720 * 512 * 512
    every = phases(spec("siren", "least_squares", MODES["exact"]), *shapes)
    assert [phase.phase for phase in every] == [
        "rasterise", "objective", "adjoint", "sample", "backward", "gradients", "update"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part, name",
    [("network", "grid"), ("objective", "poisson"), ("gradient", "zeroth"), ("sampler", "best")],
)
def test_what_has_no_model_is_named(part, name):
    wanted = spec("siren", "least_squares", {"name": "jvp"})
    if part == "sampler":
        wanted["method"]["gradient"]["sampler"] = name
    else:
        wanted["method"][part] = {"name": name}
    with pytest.raises(ValueError, match=f"no memory model of {part} '{name}'"):
        peak(wanted, (8, 8), (4, 8))


def test_a_method_without_a_network_has_no_model():
    with pytest.raises(ValueError, match="no memory model of method 'fbp'"):
        peak({"method": {"name": "fbp"}}, (8, 8), (4, 8))


def test_torch_is_not_imported():
    code = "import sys, inrbench.memory_model; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
