"""The planned tensor peak is the measured one, to the byte, for all that the package has."""

import contextlib
import dataclasses
import importlib.util
import subprocess
import sys

import pytest
import torch

from inrbench import methods, projectors, registry
from inrbench.datasets.simulate import forbild
from inrbench.datasets.simulate_cone import shepp_logan
from inrbench.gradients.samplers import importance, stratified, uniform
from inrbench.memory.peak import peak
from inrbench.meters.brief import METERED, Brief, Enough
from inrbench.meters.live_tensors import LiveTensors
from inrbench.networks import rasterise
from inrbench.registry import plugin_files

NETWORKS = {
    "fourier_features": {"features": 32, "width": 64, "layers": 3},
    "siren": {"width": 64, "layers": 2},
    "hash_encoding": {"levels": 6, "log2_table": 10, "coarsest": 8, "finest": 64, "width": 32},
    "voxel_grid": {"output": "softplus"},
    "low_rank": {"rank": 5},
    "wire": {"width": 32, "layers": 2},
    "finer": {"width": 64, "layers": 2},
}
MODES = {
    "autograd": {"name": "autograd"},
    "exact": {"name": "jvp", "rate": 1, "chunk": 512},
    "jvp50": {"name": "jvp", "rate": 0.5},
    "jvp2": {"name": "jvp", "rate": 0.02},
    "jvp75c": {"name": "jvp", "rate": 0.75, "chunk": 512},
    "uniform": {"name": "jvp", "rate": 0.1, "chunk": 256},
    "stratified": {"name": "jvp", "rate": 0.5, "chunk": 256, "sampler": "stratified"},
    "importance": {"name": "jvp", "rate": 0.25, "chunk": 256, "sampler": "importance"},
}
OBJECTIVES = ("least_squares", "filtered_least_squares")
SIREN = {"name": "siren", **NETWORKS["siren"]}
NARROW = {"name": "siren", "width": 2, "layers": 1}
OTHERS = {
    "cgls": {},
    "tv": {"strength": 1e-3},
    "admm": {"network": SIREN, "gradient": MODES["exact"], "iterations": 8, "cgls_steps": 4,
             "adam_steps": 4},
    "gradient_quality": {"network": SIREN, "objective": {"name": "least_squares"},
                         "gradient": MODES["exact"], "iterations": 9, "at": [1]},
}  # fmt: skip
needs_rtk = pytest.mark.skipif(
    importlib.util.find_spec("itk") is None, reason="cone beams on a CPU need itk-rtk"
)


@pytest.fixture(scope="module")
def image():
    return forbild(size=64, views=30, columns=96)


@pytest.fixture(scope="module")
def volume():
    return shepp_logan(size=24, views=8, detector=30)


@pytest.fixture
def few_rasterised(monkeypatch):
    """So that on small grids what is rasterised at a time is not always the peak."""
    monkeypatch.setitem(rasterise.CHUNK, "cpu", 128)


def inr(network, objective, gradient, **more):
    return {"name": "inr", "network": network, "objective": {"name": objective, **more},
            "gradient": gradient, "iterations": 9}  # fmt: skip


def measured(method, case):
    made = methods.make(scale=case.scale, **method)
    with LiveTensors() as live, contextlib.suppress(Enough):
        generator = torch.Generator().manual_seed(0)
        made.reconstruct(case.scan.to("cpu"), case.grid, Brief(METERED), generator)
    return live.peak


def planned(method, case, device="cpu"):
    return peak({"method": method}, case.grid.shape, case.scan.geometry.sinogram_shape, device)


@pytest.mark.usefixtures("few_rasterised")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_the_measured_peak_of_an_image(network, objective, mode, image):
    method = inr({"name": network, **NETWORKS[network]}, objective, MODES[mode])
    assert planned(method, image) == measured(method, image)


@needs_rtk
@pytest.mark.usefixtures("few_rasterised")
@pytest.mark.parametrize("mode", ["autograd", "exact", "uniform", "importance"])
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_the_measured_peak_of_a_volume(network, objective, mode, volume):
    method = inr({"name": network, **NETWORKS[network]}, objective, MODES[mode])
    assert planned(method, volume) == measured(method, volume)


@pytest.mark.parametrize("method", OTHERS)
def test_it_is_the_measured_peak_of_other_methods(method, image):
    method = {"name": method, **OTHERS[method]}
    assert planned(method, image) == measured(method, image)


@needs_rtk
@pytest.mark.parametrize("method", [*OTHERS, "fdk"])
def test_it_is_that_of_other_methods_on_a_volume(method, volume):
    method = {"name": method, **OTHERS.get(method, {})}
    assert planned(method, volume) == measured(method, volume)


@needs_rtk
@pytest.mark.usefixtures("few_rasterised")
@pytest.mark.parametrize("mode", ["autograd", "exact", "jvp50"])
@pytest.mark.parametrize("subsets", [1, 4])
def test_regularisers_are_planned_with_it(mode, subsets, image, volume):
    plus = [{"name": "tv", "strength": 1e-3}, {"name": "tikhonov", "strength": 1e-3}]
    for case in (image, volume):
        for network in (NARROW, {"name": "voxel_grid", "output": "sigmoid"}):
            method = inr(network, "least_squares", MODES[mode], subsets=subsets, plus=plus)
            assert planned(method, case) == measured(method, case)


def test_of_fbp_it_is_exact_for_a_fan_beam_which_needs_more_than_a_parallel_one(image):
    assert planned({"name": "fbp"}, image) == measured({"name": "fbp"}, image)
    parallel = forbild(size=64, views=30, columns=96, beam="parallel")
    assert planned({"name": "fbp"}, parallel) > measured({"name": "fbp"}, parallel)


@pytest.mark.parametrize("mode", MODES)
def test_images_and_sinograms_bound_a_narrow_network_whole_and_in_subsets(mode, image):
    for objective in OBJECTIVES:
        peaks = []
        for subsets in (1, 4):  # 30 views in parts of 8 at most
            method = inr(NARROW, objective, MODES[mode], subsets=subsets)
            peaks.append(planned(method, image))
            assert peaks[-1] == measured(method, image)
        assert peaks[1] <= peaks[0] + 4 * 4


@pytest.mark.parametrize("mode", ["autograd", "exact", "jvp2"])
def test_large_tables_are_held_five_times_and_more(mode, image):
    """Weights, gradient, two moments, and temporaries of the update or a second gradient."""
    network = {"name": "hash_encoding", "log2_table": 16, "finest": 256, "levels": 6}
    method = inr(network, "least_squares", MODES[mode])
    numbers = sum(p.numel() for p in registry.make("network", dimension=2, scale=1.0, **network)
                  .parameters())  # fmt: skip
    assert planned(method, image) == measured(method, image) > 5 * 4 * numbers


@pytest.mark.usefixtures("few_rasterised")
@pytest.mark.parametrize("sampler", ["uniform", "stratified", "importance"])
@pytest.mark.parametrize("rate", [0.1, 0.9])
@pytest.mark.parametrize("chunk", [64, 700, None])
def test_many_stretches_and_chunks_are_planned_from_the_first(
    sampler, rate, chunk, image, monkeypatch
):
    """8 stretches of 512 points; 58 chunks at most. The network holds hardly more than a sample:
    pieces waiting for a chunk, and what chance draws from a stretch, are all that is not seen."""
    for module in (uniform, stratified, importance):
        monkeypatch.setattr(module, "CHUNK", 512)
    gradient = {"name": "jvp", "rate": rate, "chunk": chunk, "sampler": sampler}
    method = inr({**NARROW, "width": 8}, "least_squares", gradient)
    spread = 512 if sampler == "importance" else 512**0.5  # points of a stretch
    unseen = 12 * (chunk or 512) + 40 * spread
    assert abs(planned(method, image) - measured(method, image)) <= unseen


def test_all_turns_of_its_loops_give_what_the_first_ones_give(image, monkeypatch):
    every = [inr(SIREN, "least_squares", MODES[mode]) for mode in ("exact", "jvp75c")]
    every.append({"name": "admm", **OTHERS["admm"]})
    few = [planned(method, image) for method in every]
    monkeypatch.setattr("inrbench.meters.rehearsal.itertools.islice", lambda loop, count: loop)
    assert [planned(method, image) for method in every] == few


def test_any_size_is_planned_without_its_memory():
    """501^3 points with a SIREN of 5 x 256: 12 * 256 activations of 4 bytes each are 1.4 TiB."""
    shapes = (501, 501, 501), (720, 512, 512)
    whole, exact = (
        peak({"method": inr({"name": "siren"}, "least_squares", MODES[mode])}, *shapes)
        for mode in ("autograd", "exact")
    )
    assert whole == pytest.approx(501**3 * 4 * (12 * 256 + 4), rel=1e-3)
    assert 4 * (2 * 501**3 + 2 * 720 * 512**2) < exact < 6e9


@pytest.mark.parametrize("sampler", ["uniform", "stratified", "importance"])
@pytest.mark.parametrize("rate", [0.1, 0.9, 1])
def test_in_chunks_only_images_and_sinograms_grow(sampler, rate):
    gradient = {"name": "jvp", "rate": rate, "chunk": 4096, "sampler": sampler}
    method = {"method": inr({"name": "siren"}, "least_squares", gradient)}
    for n in (256, 512):
        needed = peak(method, (n,) * 3, (n, n, n))
        # Two images; the scan, its residual, and a product of it or an image beside.
        assert 4 * 4 * n**3 <= needed <= 4 * 4 * n**3 + 60e6


def test_on_a_gpu_the_scan_lies_on_the_cpu_too(image):
    method = {"name": "cgls"}
    scan = image.scan.sinogram.nbytes
    assert planned(method, image, "cuda") == planned(method, image) + scan


@needs_rtk
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_projector_that_turns_sinograms_is_seen(objective, volume, monkeypatch):
    """Copies as `projectors.astra` makes them of a cone beam on a GPU, around RTK."""
    make = projectors.make

    def turning(geometry, grid, device, **options):
        plain = make(geometry, grid, device, **options)
        if device.type == "meta":
            return plain

        def apply(image):
            turned = plain.apply(image).transpose(0, 1).contiguous()
            return turned.transpose(0, 1).contiguous()

        def apply_adjoint(sinogram):
            image = torch.zeros(grid.shape)
            turned = sinogram.transpose(0, 1).contiguous()
            image[0, 0, 0] = turned[0, 0, 0]  # a value of it will do
            return image

        return dataclasses.replace(plain, apply=apply, apply_adjoint=apply_adjoint)

    method = inr(NARROW, objective, {"name": "jvp", "rate": 1, "chunk": 64})
    plain = planned(method, volume)
    monkeypatch.setattr(projectors, "make", turning)
    monkeypatch.setattr("inrbench.projectors.meta.kind", lambda device: "cuda")
    assert planned(method, volume) == measured(method, volume) >= plain


def test_adam_updates_all_weights_together_on_a_gpu(image):
    """sqrt(s) of one tensor after the other on a CPU, of all at once on a GPU."""
    method = inr({"name": "siren", "width": 512, "layers": 6},
                 "least_squares", {"name": "jvp", "rate": 1, "chunk": 32})  # fmt: skip
    assert planned(method, image, "cuda") > planned(method, image) + 3 * 4 * 512**2


def test_a_plug_in_is_planned_as_it_is_written(image, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import torch\n"
        "from inrbench.plugins import register\n"
        "@register('network', 'wave', label='wave')\n"
        "class Wave(torch.nn.Module):\n"
        "    def __init__(self, dimension, scale, units: int = 50):\n"
        "        super().__init__()\n"
        "        self.first = torch.nn.Linear(dimension, units)\n"
        "        self.last = torch.nn.Linear(units, 1)\n"
        "    def forward(self, x):\n"
        "        return self.last(torch.sinc(self.first(x))).squeeze(-1)\n"
    )
    plugin_files.add(tmp_path / "mine.py")
    for mode in ("autograd", "exact"):
        method = inr({"name": "wave"}, "filtered_least_squares", MODES[mode])
        assert planned(method, image) == measured(method, image)


def test_a_rehearsal_leaves_nothing_behind(image):
    """The ramp filter is cached: not as shapes for the run that follows."""
    method = inr(SIREN, "filtered_least_squares", MODES["exact"])
    planned(method, image)
    made = methods.make(scale=image.scale, **{**method, "iterations": 1})
    torch.manual_seed(5)
    before = torch.get_rng_state()
    planned(method, image)
    assert torch.equal(torch.get_rng_state(), before)
    found = made.reconstruct(image.scan, image.grid, Brief(2), torch.Generator().manual_seed(0))
    assert found.device.type == "cpu" and torch.isfinite(found).all()


def test_what_cannot_be_rehearsed_says_what_stopped_it():
    tinycudann = {"name": "hash_encoding", "backend": "tinycudann"}
    shapes = (8, 8), (4, 8)
    with pytest.raises(ValueError, match="tinycudann, which cannot be imported"):
        peak({"method": inr(tinycudann, "least_squares", MODES["exact"])}, *shapes)
    with pytest.raises(ValueError, match="fdk is for cone beams"):
        peak({"method": {"name": "fdk"}}, *shapes)
    with pytest.raises(ValueError, match="subsets=31: the scan has 4 views"):
        peak({"method": inr(SIREN, "least_squares", MODES["exact"], subsets=31)}, *shapes)
    with pytest.raises(ValueError, match="did you mean 'width'"):
        peak({"method": inr({"name": "siren", "widht": 3}, *OBJECTIVES[:1], MODES["exact"])},
             *shapes)  # fmt: skip


def test_only_the_peak_itself_imports_torch():
    parts = "budget, plan, time"
    code = f"import sys; from inrbench.memory import {parts}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
