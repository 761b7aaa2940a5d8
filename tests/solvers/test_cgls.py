"""CGLS: finite termination, optimality, and a residual that only falls."""

import itertools

import pytest
import torch

from inrbench import projectors
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.solvers.cgls import cgls
from inrbench.testing.problem import small_problem


def test_residual_falls_and_is_the_one_reported():
    _, scan, projector = small_problem()
    values = []

    def check(k, value, image):
        residual = projector.forward(image) - scan.sinogram
        assert float(value) == pytest.approx(0.5 * float(residual.square().sum()), rel=1e-3)
        values.append(float(value))

    cgls(projector, scan.sinogram, 12, check)
    assert len(values) == 12
    assert all(b < a for a, b in itertools.pairwise(values))


def test_first_step_is_steepest_descent():
    """x_1 = (||A'y||^2 / ||A A'y||^2) A'y."""
    _, scan, projector = small_problem()
    s = projector.adjoint(scan.sinogram)
    step = s.square().sum() / projector.forward(s).square().sum()
    torch.testing.assert_close(cgls(projector, scan.sinogram, 1), step * s)


def test_a_well_posed_problem_is_solved():
    """More rays than pixels, consistent data: the image comes back."""
    grid = Grid((4, 5), 1.0)
    geometry = ParallelBeam(torch.linspace(0, 3.1, 30).numpy(), 12, 0.6)
    projector = projectors.make(geometry, grid)
    truth = torch.rand(grid.shape, generator=torch.Generator().manual_seed(0))
    image = cgls(projector, projector.forward(truth), 60)
    torch.testing.assert_close(image, truth, rtol=0, atol=1e-3)


def test_zero_data_gives_zero_without_a_division():
    grid, scan, projector = small_problem()
    image = cgls(projector, torch.zeros_like(scan.sinogram), 5)
    assert torch.equal(image, torch.zeros(grid.shape))


def test_no_iterations_are_refused():
    _, scan, projector = small_problem()
    with pytest.raises(ValueError, match="iterations=0"):
        cgls(projector, scan.sinogram, 0)
