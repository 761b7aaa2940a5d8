"""CGLS as a method: the last iterate is returned, the monitor sees each, weights are refused."""

from dataclasses import replace

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import methods
from inrbench.solvers.cgls import cgls
from inrbench.testing.problem import small_problem


class Listener:
    def __init__(self):
        self.steps = []

    def start(self, iterations, projector):
        self.total, self.backend = iterations, projector.backend

    def step(self, iteration, value, image):
        self.steps.append((iteration, image().clone()))


def reconstruct(scan, grid, iterations=4):
    listener = Listener()
    method = methods.make("cgls", 1.0, iterations=iterations)
    return method.reconstruct(scan, grid, listener, torch.Generator()), listener


def test_the_last_iterate_is_returned_and_every_one_is_seen():
    grid, scan, projector = small_problem()
    image, listener = reconstruct(scan, grid)
    assert listener.total == 4 and listener.backend == "astra matrix"
    assert [k for k, _ in listener.steps] == [1, 2, 3, 4]
    for k, seen in listener.steps:
        assert torch.equal(seen, cgls(projector, scan.sinogram, k))
    assert torch.equal(image, listener.steps[-1][1])


def test_where_rounding_ends_the_steps_the_rest_of_the_iterates_are_the_last():
    """Six pixels are solved in a few steps; the monitor still gets the iterate it asked for."""
    grid, scan, _ = small_problem(shape=(2, 3))
    image, listener = reconstruct(scan, grid, 500)
    assert [k for k, _ in listener.steps] == [*range(1, len(listener.steps)), 500]
    assert len(listener.steps) < 30
    assert torch.equal(listener.steps[-1][1], image)
    assert torch.equal(listener.steps[-2][1], image)


def test_data_of_zeros_have_an_image_of_zeros_to_be_seen():
    grid, scan, _ = small_problem()
    image, listener = reconstruct(replace(scan, sinogram=0 * scan.sinogram), grid)
    assert not image.any()
    assert [k for k, _ in listener.steps] == [4]


def test_weights_and_no_iterations_are_refused():
    grid, scan, _ = small_problem()
    with pytest.raises(Unsupported, match="drop the scan's weights"):
        reconstruct(replace(scan, weights=torch.ones_like(scan.sinogram)), grid)
    with pytest.raises(ValueError, match="iterations=0"):
        methods.make("cgls", 1.0, iterations=0)
