"""TV as a method: what it is for, what it tells the monitor, and what it refuses."""

import math
from dataclasses import replace

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import methods
from inrbench.datasets.simulate import forbild
from inrbench.testing.problem import cone_beam, small_problem


class Listener:
    def __init__(self):
        self.steps, self.images = [], []

    def start(self, iterations, projector):
        self.total, self.backend = iterations, projector.backend

    def step(self, iteration, value, image, residuals=None):
        self.steps.append((iteration, float(value), residuals))
        self.images.append(image().clone())


def reconstruct(name, scan, grid, **parameters):
    listener = Listener()
    method = methods.make(name, 1.0, **parameters)
    image = method.reconstruct(scan, grid, listener, torch.Generator().manual_seed(3))
    return image, listener


def test_few_noisy_views_of_pieces_are_better_than_cgls_at_its_best():
    case = forbild(size=48, views=24, columns=72, photons=1e5)

    def mse(image):
        return float((image - case.reference).square().mean())

    _, seen = reconstruct("cgls", case.scan, case.grid, iterations=30)
    image, _ = reconstruct("tv", case.scan, case.grid, strength=1e-3, iterations=150)
    assert mse(image) < 0.3 * min(mse(each) for each in seen.images)


def test_the_last_iterate_is_returned_and_every_one_is_seen_with_its_gap():
    grid, scan, projector = small_problem()
    image, listener = reconstruct("tv", scan, grid, strength=0.01, iterations=60)
    assert listener.total == 60 and listener.backend == projector.backend
    assert [k for k, *_ in listener.steps] == list(range(1, 61))
    assert torch.equal(image, listener.images[-1])
    gaps = [residuals["gap"] for *_, residuals in listener.steps]
    assert gaps[-1] < 0.05 * gaps[0]
    again, _ = reconstruct("tv", scan, grid, strength=0.01, iterations=60)
    assert torch.equal(again, image)


def test_a_strength_means_the_same_in_another_unit():
    grid, scan, _ = small_problem()
    image, _ = reconstruct("tv", scan, grid, strength=0.01, iterations=20)
    brighter = replace(scan, sinogram=5 * scan.sinogram)
    other, _ = reconstruct("tv", brighter, grid, strength=0.01, iterations=20)
    torch.testing.assert_close(other, 5 * image, rtol=1e-3, atol=1e-5)


def test_a_cone_beam_is_reconstructed_too():
    pytest.importorskip("inrbench.projectors.rtk", reason="needs itk-rtk")
    grid, scan, projector = small_problem(cone_beam(), shape=(8, 10, 12))
    truth = torch.zeros(grid.shape)
    truth[2:6, 3:8, 4:9] = 0.02
    seen = replace(scan, sinogram=projector.forward(truth) + 0.02 * scan.sinogram)
    image, listener = reconstruct("tv", seen, grid, strength=3e-3, iterations=60)
    assert listener.backend == "RTK"
    _, cgls = reconstruct("cgls", seen, grid, iterations=15)
    errors = [float((each - truth).square().mean()) for each in (image, *cgls.images)]
    assert errors[0] < 0.3 * min(errors[1:])


@pytest.mark.parametrize("strength", [-1e-3, math.nan, math.inf])
def test_an_impossible_strength_is_refused(strength):
    with pytest.raises(ValueError, match=f"strength={strength}: expected a finite share"):
        methods.make("tv", 1.0, strength=strength)


def test_weights_and_no_iterations_are_refused():
    grid, scan, _ = small_problem()
    with pytest.raises(Unsupported, match="drop the scan's weights"):
        weighted = replace(scan, weights=torch.ones_like(scan.sinogram))
        reconstruct("tv", weighted, grid, strength=0.1)
    with pytest.raises(ValueError, match="iterations=0"):
        methods.make("tv", 1.0, strength=0.1, iterations=0)
