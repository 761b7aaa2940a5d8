"""conditioning: the initial image, and a note for each objective."""

from dataclasses import replace

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import methods, networks
from inrbench.networks.rasterise import rasterise
from inrbench.testing.problem import small_problem

NETWORK = {"name": "fourier_features", "features": 8, "bandwidth": 1.0, "width": 24, "layers": 3}


class Listener:
    def __init__(self):
        self.notes = []

    def start(self, iterations, projector):
        assert (iterations, projector.backend) == (1, "astra matrix")

    def step(self, iteration, value, image):
        assert (iteration, value) == (1, None)

    def note(self, rows):
        self.notes.extend(rows())


def reconstruct(seed, **network):
    grid, scan, _ = small_problem()
    listener = Listener()
    method = methods.make("conditioning", 0.02, network={**NETWORK, **network})
    image = method.reconstruct(scan, grid, listener, torch.Generator().manual_seed(seed))
    return image, listener.notes


def test_the_image_is_the_untrained_networks():
    grid, _, _ = small_problem()
    image, notes = reconstruct(3)
    network = networks.make(grid=grid, scale=0.02, seed=3, **NETWORK)
    assert torch.equal(image, rasterise(network, grid))
    assert [note["objective"] for note in notes] == ["least_squares", "filtered_least_squares"]


def test_a_seed_has_its_numbers():
    assert reconstruct(3)[1] == reconstruct(3)[1]
    assert reconstruct(3)[1][0]["condition"] != reconstruct(4)[1][0]["condition"]


def test_dead_features_are_counted_and_left_out():
    """Every column belongs to the 24 units or the bias; some of these units never open."""
    for note in reconstruct(3)[1]:
        assert note["columns"] + note["dead"] == 25 and note["dead"] > 0
        assert note["resolved"] and note["condition"] < 1e12


def test_statistical_weights_are_unsupported():
    grid, scan, _ = small_problem()
    scan = replace(scan, weights=torch.ones_like(scan.sinogram))
    method = methods.make("conditioning", 0.02, network=NETWORK)
    with pytest.raises(Unsupported, match="drop the scan's weights"):
        method.reconstruct(scan, grid, Listener(), torch.Generator())
