"""The same numbers on a GPU: networks, gradients, FBP, and a whole cell with its meters."""

import pytest
import torch

from inrbench import gradients, methods, networks, objectives, projectors
from inrbench.networks.rasterise import rasterise
from inrbench.run.parent import run_cell
from inrbench.testing.problem import SCALE, flat_gradient, parallel_beam, small_problem

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("name", ["fourier_features", "siren", "hash_encoding"])
def test_a_seed_gives_the_same_initial_image_on_both_devices(name):
    grid, _, _ = small_problem()
    network = networks.make(name, grid, SCALE, seed=1)
    on_cpu = rasterise(network, grid)
    on_gpu = rasterise(network.to("cuda"), grid)
    torch.testing.assert_close(on_gpu.cpu(), on_cpu, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("mode", [{"name": "autograd"}, {"name": "jvp", "rate": 1, "chunk": 50}])
def test_gradients_agree_with_the_cpu(mode):
    grid, scan, _ = small_problem()
    found = []
    for device in ("cpu", "cuda"):
        on_device = projectors.make(scan.geometry, grid, device)
        objective = objectives.make("least_squares", scan.to(device), on_device)
        network = networks.make("siren", grid, SCALE, seed=3, width=8, layers=2).to(device)
        generator = torch.Generator(device).manual_seed(0)
        gradients.make(**mode).backward(network, grid, objective, generator)
        found.append(flat_gradient(network).cpu())
    # ASTRA's CUDA kernels discretise the line otherwise than its CPU matrix.
    assert float((found[1] - found[0]).norm() / found[0].norm()) < 0.05


@pytest.mark.parametrize("geometry", [None, parallel_beam()])
def test_fbp_agrees_with_the_cpu(geometry):
    grid, scan, _ = small_problem(geometry)

    class Listener:
        def start(self, iterations, projector):
            pass

        def step(self, iteration, value, image):
            pass

    images = [
        methods.make("fbp", 1.0)
        .reconstruct(scan.to(device), grid, Listener(), torch.Generator(device))
        .cpu()
        for device in ("cpu", "cuda")
    ]
    torch.testing.assert_close(images[1], images[0], rtol=1e-3, atol=1e-4)


def test_a_cell_on_the_gpu_has_every_meter_but_the_resident_one_from_the_device(tmp_path, tiny):
    cell = tiny("inr-siren-least_squares-jvp25")
    record = run_cell(cell, tmp_path, "cuda", 1, "again", tmp_path / "log")
    assert record.status == "ok", record.reason
    assert record.projector == "astra CUDA"
    readings = {reading.name: reading.bytes for reading in record.memory}
    assert readings["torch_peak_allocated"] >= readings["tensor_peak"] // 2
    assert readings["torch_peak_reserved"] >= readings["torch_peak_allocated"]
    assert readings["nvml_device_delta"] or readings["nvml_process_peak"]
    assert record.machine["key"]["cuda"]
