"""CGLS: finite termination, optimality, and a residual that only falls."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from inrbench import projectors
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.solvers.cgls import cgls, damped_cgls
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


def counted(projector):
    """The projector, and how often A and A' have been applied."""
    count = {"A": 0, "A'": 0}

    def counting(key, apply):
        def call(array):
            count[key] += 1
            return apply(array)

        return call

    return replace(
        projector, apply=counting("A", projector.apply),
        apply_adjoint=counting("A'", projector.apply_adjoint),
    ), count  # fmt: skip


def dense(projector):
    """A as a matrix in double precision."""
    n = projector.grid.size
    basis = torch.eye(n).reshape(n, *projector.grid.shape)
    return torch.stack([projector.forward(e).flatten() for e in basis], dim=1).double()


def test_a_step_is_one_product_with_a_and_one_with_its_adjoint():
    grid, scan, projector = small_problem()
    projector, count = counted(projector)
    cgls(projector, scan.sinogram, 7)
    assert count == {"A": 7, "A'": 7}
    x, r = torch.rand(grid.shape), scan.sinogram.clone()
    damped_cgls(projector, x, r, torch.rand(grid.shape), 50.0, 5)
    assert count == {"A": 12, "A'": 12}


@pytest.mark.parametrize("start", ["zero", "anywhere"])
def test_damped_iterations_solve_the_penalised_problem(start):
    """(A'A + rho I) x = A'y + rho z, by a dense solver, from any start whose residual is given."""
    grid, scan, projector = small_problem()
    matrix = dense(projector)
    generator = torch.Generator().manual_seed(2)
    z = 0.1 * torch.rand(grid.shape, generator=generator)
    rho = 0.05 * float(torch.linalg.matrix_norm(matrix, 2)) ** 2
    normal = matrix.T @ matrix + rho * torch.eye(grid.size, dtype=torch.float64)
    right = matrix.T @ scan.sinogram.flatten().double() + rho * z.flatten().double()
    wanted = torch.linalg.solve(normal, right).reshape(grid.shape).float()
    x = torch.zeros(grid.shape) if start == "zero" else torch.rand(grid.shape, generator=generator)
    r = scan.sinogram - projector.forward(x)
    damped_cgls(projector, x, r, z, rho, 40)
    torch.testing.assert_close(x, wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))
    torch.testing.assert_close(r, scan.sinogram - projector.forward(x), rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (6, 5), (9, 11)])
@pytest.mark.parametrize("rho", [0.3, 3.0])
def test_damped_steps_past_convergence_stay_at_the_solution(shape, rho):
    grid = Grid(shape, 1.0)
    geometry = ParallelBeam(np.linspace(0, 3, 7), shape[1] + 4, 0.9)
    projector = projectors.make(geometry, grid)
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(geometry.sinogram_shape, generator=generator)
    z = torch.rand(shape, generator=generator)
    matrix = dense(projector)
    normal = matrix.T @ matrix + rho * torch.eye(grid.size, dtype=torch.float64)
    right = matrix.T @ y.flatten().double() + rho * z.flatten().double()
    wanted = torch.linalg.solve(normal, right).reshape(shape).float()
    x = torch.zeros(shape)
    damped_cgls(projector, x, y, z, rho, 200)
    assert torch.linalg.norm(x - wanted) < 1e-5 * torch.linalg.norm(wanted)


@pytest.mark.parametrize("shape", [(2, 2), (4, 4)])
def test_plain_steps_past_convergence_stay_at_the_least_squares_solution(shape):
    """Data that no image explains: the residual does not vanish, the gradient does."""
    grid = Grid(shape, 1.0)
    projector = projectors.make(ParallelBeam(np.linspace(0, 3, 3), 5, 0.9), grid)
    y = torch.rand(projector.geometry.sinogram_shape, generator=torch.Generator().manual_seed(0))
    wanted = torch.linalg.pinv(dense(projector), rtol=1e-5) @ y.flatten().double()
    image = cgls(projector, y, 200).flatten()
    assert torch.linalg.norm(image - wanted) < 1e-3 * torch.linalg.norm(wanted)


def test_at_the_minimum_nothing_moves():
    """y = A z, x = z: no gradient is left, and no division by it."""
    grid, _, projector = small_problem()
    z = torch.rand(grid.shape)
    x, r = z.clone(), torch.zeros(projector.geometry.sinogram_shape)
    damped_cgls(projector, x, r, z, 1.0, 3)
    assert torch.equal(x, z) and not r.any()


def test_the_plain_problem_is_the_damped_one_without_a_penalty():
    grid, scan, projector = small_problem()
    x, r = torch.zeros(grid.shape), scan.sinogram.clone()
    damped_cgls(projector, x, r, torch.zeros(grid.shape), 0.0, 6)
    torch.testing.assert_close(x, cgls(projector, scan.sinogram, 6))
