"""CGLS where only rounding is left: more steps do no harm, and no step is missing before."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from inrbench import projectors
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.solvers.cgls import cgls, damped_cgls
from inrbench.testing.problem import fan_beam

EPS = torch.finfo(torch.float32).eps
STEPS = 5000
DATA = ["random", "nearly compatible", "compatible", "orthogonal to the range"]


def system(matrix):
    """A dense matrix as a projector; images and data are vectors."""
    return SimpleNamespace(
        grid=SimpleNamespace(shape=(matrix.shape[1],)), device="cpu",
        forward=lambda p: matrix @ p, adjoint=lambda r: matrix.T @ r,
    )  # fmt: skip


def deficient(m, n, rank, condition, data, seed):
    """A of that rank in float32, y, and the least-squares solution of least norm in float64."""
    generator = torch.Generator().manual_seed(seed)
    u, v = (
        torch.linalg.qr(torch.randn(k, rank, generator=generator, dtype=torch.float64))[0]
        for k in (m, n)
    )
    singular = torch.logspace(0, -math.log10(condition), rank, dtype=torch.float64)
    y = torch.randn(m, generator=generator, dtype=torch.float64)
    inside = u @ (u.T @ y)
    y = {"random": y, "nearly compatible": inside + 1e-4 * y, "compatible": inside,
         "orthogonal to the range": y - inside}[data]  # fmt: skip
    return ((u * singular) @ v.T).float(), y.float(), v @ ((u.T @ y) / singular)


def history(projector, y, steps=STEPS):
    """The last iterate; and ||x|| and ||r|| after each step, the start first."""
    norms, residuals = [0.0], [float(torch.linalg.vector_norm(y))]

    def after(k, value, x):
        norms.append(float(torch.linalg.vector_norm(x)))
        residuals.append(math.sqrt(2 * float(value)))

    return cgls(projector, y, steps, after), norms, residuals


def assert_harmless(norms, residuals, scale):
    """Before all steps were done it ended; ||x|| stayed in bounds and ||r|| never grew."""
    assert len(norms) - 1 < STEPS
    assert max(norms) < 1.1 * scale
    assert all(b <= a * (1 + 8 * EPS) for a, b in itertools.pairwise(residuals))


def assert_solved(x, matrix, y):
    """x is the least-squares solution of least norm for a matrix within some eps ||A||_F of A.

    For such a matrix Wedin's bound is ||dx|| <= eps ||A||_F / sigma (||x|| + ||r|| / sigma), with
    sigma the least singular value that is not 0 but for rounding.
    """
    exact, y = matrix.double(), y.flatten().double()
    singular = torch.linalg.svdvals(exact)
    wanted = torch.linalg.pinv(exact, rtol=1e-6) @ y
    least = singular[singular > 1e-6 * singular[0]][-1]
    misfit = torch.linalg.vector_norm(y - exact @ wanted)
    bound = EPS * exact.norm() / least * (wanted.norm() + misfit / least)
    assert float((x.flatten() - wanted).norm()) < 4 * float(bound)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("condition", [1, 30, 300])
@pytest.mark.parametrize("m, n, rank", [
    (30, 20, 5), (20, 30, 10), (118, 78, 40), (14, 117, 11), (7, 101, 2), (60, 60, 59),
    (400, 90, 30), (90, 400, 3),
])  # fmt: skip
def test_steps_without_number_do_no_harm(m, n, rank, condition, data):
    """Data that nothing explains, or that rounding alone ties to the range, included."""
    matrix, y, wanted = deficient(m, n, rank, condition, data, seed=m + n)
    x, norms, residuals = history(system(matrix), y)
    assert_harmless(norms, residuals, max(float(wanted.norm()), float(y.norm() / matrix.norm())))
    assert_solved(x, matrix, y)


@pytest.mark.parametrize("views", [3, 7, 20])
@pytest.mark.parametrize("shape", [(2, 2), (4, 4), (6, 5), (9, 11), (16, 16)])
def test_steps_without_number_do_no_harm_to_an_image(shape, views):
    """Few views leave a null space; singular values of rounding's size are not followed."""
    geometry = ParallelBeam(np.linspace(0, 3, views), shape[1] + 4, 0.9)
    projector = projectors.make(geometry, Grid(shape, 1.0))
    y = torch.rand(geometry.sinogram_shape, generator=torch.Generator().manual_seed(0))
    matrix = dense(projector)
    wanted = torch.linalg.pinv(matrix, rtol=1e-6) @ y.flatten().double()
    x, norms, residuals = history(projector, y)
    assert_harmless(norms, residuals, float(wanted.norm()))
    assert_solved(x, matrix, y)


def dense(projector):
    """A as a matrix in double precision."""
    basis = torch.eye(projector.grid.size).reshape(-1, *projector.grid.shape)
    return torch.stack([projector.forward(e).flatten() for e in basis], dim=1).double()


def steps_of_float64(matrix, y, most):
    """How many CGLS does until ||A'r|| <= 4 eps ||A||_F ||r|| or ||r|| <= 4 eps ||y||."""
    r, p, gamma = y.clone(), None, None
    for k in range(most):
        s = matrix.T @ r
        gamma, previous = s @ s, gamma
        optimal = s.norm() <= 4 * EPS * matrix.norm() * r.norm()
        if optimal or r.norm() <= 4 * EPS * y.norm():
            return k
        p = s if p is None else s + gamma / previous * p
        q = matrix @ p
        r = r - gamma / (q @ q) * q
    return most


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("views, columns", [(8, 40), (17, 40), (60, 80)])
def test_no_step_is_missing_while_float64_has_a_gradient(views, columns, noise):
    """Condition 3,000 with 17 views, where 1,500 steps are far from enough; 13 with 60."""
    grid = Grid((24, 24), 80 / 24)
    projector = projectors.make(fan_beam(views, columns), grid)
    x, y = torch.meshgrid(*2 * [torch.linspace(-1, 1, 24)], indexing="xy")
    image = 0.02 * (x**2 + (y / 0.8) ** 2 < 0.8) + 0.01 * ((x - 0.3) ** 2 + y**2 < 0.05)
    data = projector.forward(image)
    generator = torch.Generator().manual_seed(3)
    data = data + noise * data.max() * torch.randn(data.shape, generator=generator)
    matrix = dense(projector)
    found, norms, _ = history(projector, data, 1500)
    steps = len(norms) - 1
    assert steps >= steps_of_float64(matrix, data.flatten().double(), 1500)
    assert (steps == 1500) == (views == 17)
    if steps < 1500:
        assert_solved(found, matrix, data)


@pytest.mark.parametrize("rho", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("data", DATA)
def test_damped_calls_without_number_stay_at_the_solution(data, rho):
    """As ADMM makes them: x and r are carried over, here for one and the same z."""
    matrix, y, _ = deficient(60, 80, 25, 30, data, seed=1)
    z = torch.rand(80, generator=torch.Generator().manual_seed(2))
    exact = matrix.double()
    wanted = torch.linalg.solve(
        exact.T @ exact + rho * torch.eye(80, dtype=torch.float64),
        exact.T @ y.double() + rho * z.double(),
    )
    x, r = torch.zeros(80), y.clone()
    for _ in range(100):
        damped_cgls(system(matrix), x, r, z, rho, 50)
    scale = float(wanted.norm() + y.norm())
    assert float((x - wanted).norm()) < 10 * EPS * scale / min(rho, 1)
    assert float((y - exact @ x.double() - r).norm()) < 100 * EPS * scale


def test_a_rule_costs_the_products_of_one_step_that_is_not_taken():
    matrix, y, _ = deficient(30, 20, 5, 1, "random", seed=0)
    count = {"A": 0, "A'": 0}

    def counting(name, apply):
        def call(v):
            count[name] += 1
            return apply(v)

        return call

    projector = system(matrix)
    projector.forward = counting("A", projector.forward)
    projector.adjoint = counting("A'", projector.adjoint)
    _, norms, _ = history(projector, y)
    steps = len(norms) - 1
    assert count == {"A": steps + 1, "A'": steps + 1}
