"""The closed model of the tensor peak: against the meter, term by term, and at sizes beyond it."""

import contextlib
import dataclasses
import importlib.util
import inspect
import subprocess
import sys

import pytest
import torch

from inrbench import methods, networks, projectors, registry
from inrbench.datasets.simulate import forbild
from inrbench.datasets.simulate_cone import shepp_logan
from inrbench.gradients.samplers import importance, stratified, uniform
from inrbench.grid import Grid
from inrbench.memory import memory_model, network_model, sampler_model, sinogram_model
from inrbench.memory.memory_model import peak, phases
from inrbench.meters.live_tensors import LiveTensors
from inrbench.networks import rasterise
from inrbench.run.monitor import Brief, Enough

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
MODES_3D = {
    "autograd": MODES["autograd"],
    "exact": MODES["exact"],
    "jvp10": MODES["jvp10"],
    **{
        f"{sampler}10c": {"name": "jvp", "rate": 0.1, "chunk": 256, "sampler": sampler}
        for sampler in sampler_model.MODELS
    },
}
OBJECTIVES = ("least_squares", "filtered_least_squares")
CHUNKS = {"UNIFORM": uniform, "STRATIFIED": stratified, "IMPORTANCE": importance}
needs_rtk = pytest.mark.skipif(
    importlib.util.find_spec("itk") is None, reason="cone beams on a CPU need itk-rtk"
)


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
    for name, module in CHUNKS.items():
        monkeypatch.setattr(module, "CHUNK", 512)
        monkeypatch.setattr(sampler_model, name, 512)


@pytest.fixture(scope="module")
def case():
    return forbild(size=64, views=30, columns=96)


@pytest.fixture(scope="module")
def cone():
    return shepp_logan(size=24, views=8, detector=30)


def measured(wanted, case, iterations=2):
    method = methods.make(scale=case.scale, iterations=9, **wanted["method"])
    with LiveTensors() as live, contextlib.suppress(Enough):
        generator = torch.Generator().manual_seed(0)
        method.reconstruct(case.scan.to("cpu"), case.grid, Brief(iterations), generator)
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
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_ordered_subsets_need_the_sinograms_of_their_largest_part(objective, mode, case):
    """30 views in 4 parts, of 8 views at most; the scan itself is held whole."""
    shapes = case.grid.shape, case.scan.geometry.sinogram_shape
    totals = []
    for options in ({}, {"subsets": 4}):
        # So narrow a network is bound by images and sinograms.
        wanted = spec("siren", objective, MODES[mode], width=2, layers=1)
        wanted["method"]["objective"] |= options
        totals.append(peak(wanted, *shapes).total)
        assert totals[-1] == pytest.approx(measured(wanted, case), rel=0.1)
    assert totals[1] <= totals[0]


@pytest.mark.parametrize("subsets", [0, "four", 31])
def test_impossible_subsets_are_refused(subsets):
    wanted = spec("siren", "least_squares", MODES["autograd"])
    wanted["method"]["objective"]["subsets"] = subsets
    with pytest.raises(ValueError, match=f"subsets={subsets!r}: "):
        peak(wanted, (8, 8), (30, 12))


@needs_rtk
@pytest.mark.parametrize("mode", MODES_3D)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", NETWORKS)
def test_model_meets_the_meter_for_a_cone_beam(network, objective, mode, cone):
    wanted = spec(network, objective, MODES_3D[mode])
    found = peak(wanted, cone.grid.shape, cone.scan.geometry.sinogram_shape)
    assert found.total == pytest.approx(measured(wanted, cone), rel=0.1)


@needs_rtk
@pytest.mark.parametrize("mode", MODES_3D)
def test_a_narrow_network_is_bound_by_volumes_and_sinograms(mode, cone):
    for objective in OBJECTIVES:
        wanted = spec("siren", objective, MODES_3D[mode], width=2, layers=1)
        found = peak(wanted, cone.grid.shape, cone.scan.geometry.sinogram_shape)
        assert found.total == pytest.approx(measured(wanted, cone), rel=0.1)


@pytest.mark.parametrize("mode", ["autograd", "exact"])
def test_a_wide_network_is_bound_by_its_weights(mode):
    """A SIREN holds the products of weights and frequency beside weights and gradient."""
    mode = {**MODES[mode], **({"chunk": 64} if mode == "exact" else {})}
    wanted = spec("siren", "least_squares", mode, width=512, layers=3)
    small = forbild(size=16, views=8, columns=24)
    found = peak(wanted, small.grid.shape, small.scan.geometry.sinogram_shape)
    assert found.total == pytest.approx(measured(wanted, small), rel=0.05)
    assert found.terms["scaled weights"] == 4 * 2 * 512**2


@needs_rtk
@pytest.mark.parametrize("mode", ["exact", *(mode for mode in MODES_3D if mode[-1] == "c")])
def test_only_volumes_and_sinograms_grow(mode):
    """From 24^3 to 48^3, what is left of the peak without v and the scan is the same to 1 %."""
    wanted = spec("siren", "least_squares", {**MODES_3D[mode], "chunk": 512})
    rest = []
    for size in (24, 48):
        case = shepp_logan(size=size, views=8, detector=size)
        grown = case.grid.size + case.scan.sinogram.numel()
        rest.append(measured(wanted, case, iterations=1) - 4 * grown)
    assert rest[1] == pytest.approx(rest[0], rel=0.01)


@needs_rtk
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_projector_that_turns_sinograms_has_its_term(objective, cone, monkeypatch):
    """Copies as `projectors.astra` makes them on a GPU, around RTK."""
    wanted = spec("siren", objective, {"name": "jvp", "rate": 1, "chunk": 64}, width=2, layers=1)
    whole = measured(wanted, cone)
    make = projectors.make

    def turning(geometry, grid, device, **options):
        plain = make(geometry, grid, device, **options)

        def apply(image):
            turned = plain.apply(image).transpose(0, 1).contiguous()
            return turned.transpose(0, 1).contiguous()

        def apply_adjoint(sinogram):
            image = torch.zeros(grid.shape)
            turned = sinogram.transpose(0, 1).contiguous()
            image[0, 0, 0] = turned[0, 0, 0]  # a value of it will do
            return image

        return dataclasses.replace(plain, apply=apply, apply_adjoint=apply_adjoint)

    monkeypatch.setattr(projectors, "make", turning)
    shape = cone.scan.geometry.sinogram_shape
    needed = sinogram_model.workspace(objective, shape, "cuda")
    assert measured(wanted, cone) - whole == needed
    assert needed == (cone.scan.sinogram.nbytes if objective == "least_squares" else 0)
    (adjoint,) = (
        phase
        for phase in phases(wanted, cone.grid.shape, shape, "cuda")
        if phase.phase == "adjoint"
    )
    assert adjoint.terms.get("projector", 0) == needed


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("network", NETWORKS)
def test_parameters_are_those_of_the_network(network, dimension):
    for parameters in (NETWORKS[network], {}):
        made = networks.make(network, Grid((4,) * dimension, 1.0), 1.0, **parameters)
        found = memory_model.footprint({"name": network, **parameters}, dimension)
        assert sorted(found.parameters) == sorted(p.numel() for p in made.parameters())


@pytest.mark.parametrize("network", network_model.MODELS)
def test_models_take_what_their_network_takes(network):
    model = set(inspect.signature(network_model.MODELS[network]).parameters)
    built = set(inspect.signature(registry.load("network", network)).parameters)
    assert model - {"dimension"} == built - {"dimension", "scale"}


@pytest.mark.parametrize("mode", memory_model.GRADIENTS)
def test_models_take_what_their_gradient_mode_takes(mode):
    model = set(inspect.signature(memory_model.GRADIENTS[mode]).parameters)
    assert set(inspect.signature(registry.load("gradient", mode)).parameters) <= model


def test_points_at_a_time_are_those_of_network_and_samplers(monkeypatch):
    monkeypatch.undo()
    assert memory_model.RASTERISED == rasterise.CHUNK
    for name, module in CHUNKS.items():
        assert getattr(sampler_model, name) == module.CHUNK


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


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("network", ["siren", "fourier_features", "hash_encoding"])
def test_a_walnut_fits_into_6_gb(network, device, objective, monkeypatch):
    """501^3 points, 60 views of 972 x 768: exact, and sampled in chunks by each sampler."""
    monkeypatch.undo()
    modes = [{"name": "jvp", "rate": 1}]
    modes += [
        {"name": "jvp", "rate": rate, "sampler": sampler}
        for rate in (0.02, 0.1, 0.5, 0.9)
        for sampler in sampler_model.MODELS
    ]
    for mode in modes:
        wanted = spec(network, objective, {**mode, "chunk": 4096})
        wanted["method"]["network"] = {"name": network}
        assert peak(wanted, (501, 501, 501), (60, 972, 768), device).total < 6e9


@pytest.mark.parametrize("sampler", sampler_model.MODELS)
@pytest.mark.parametrize("rate", [0.1, 0.9, 1])
def test_in_chunks_only_images_and_sinograms_grow_with_the_problem(rate, sampler, monkeypatch):
    monkeypatch.undo()
    grown = {"image", "v", "scan", "sinograms"}
    mode = {"name": "jvp", "rate": rate, "chunk": 4096, "sampler": sampler}
    fixed = [
        [
            {name: value for name, value in phase.terms.items() if name not in grown}
            for phase in phases(spec("siren", "filtered_least_squares", mode), grid, sinogram)
        ]
        for grid, sinogram in (((128,) * 3, (60, 128, 128)), ((1024,) * 3, (720, 1024, 1024)))
    ]
    for small, large in zip(*fixed, strict=True):
        assert large == pytest.approx(small, rel=1e-3)


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
    code = "import sys, inrbench.memory.memory_model; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
