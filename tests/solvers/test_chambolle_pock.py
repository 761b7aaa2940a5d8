"""Chambolle-Pock: the minimum of dense references, an honest gap, and what an iteration costs."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, nnls

from inrbench import projectors
from inrbench.geometry import ConeBeam, FanBeam, ParallelBeam
from inrbench.grid import Grid
from inrbench.objectives.total_variation import (
    differences,
    flattening_lambda,
    norm,
    total_variation,
)
from inrbench.projectors.base import Projector
from inrbench.solvers.chambolle_pock import balance, chambolle_pock
from inrbench.testing.problem import fan_beam, small_problem


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def solve(projector, sinogram, lambda_, iterations):
    """The image, and the rows (f, relative gap, largest value of the image)."""
    rows = []
    image = chambolle_pock(
        projector, sinogram, lambda_, iterations, balance(projector, generator()),
        lambda k, value, gap, x: rows.append((float(value), float(gap), float(x.max()))),
    )  # fmt: skip
    return image, rows


def tiny(shape):
    """A tiny problem with its matrix: rays through a grid in 2D, random rows in 3D. Some of the
    data are negative, so that x >= 0 holds with equality somewhere."""
    grid = Grid(shape, 1.0)
    if len(shape) == 2:
        geometry = ParallelBeam(np.linspace(0, 3, 6), 9, 0.9)
        projector = projectors.make(geometry, grid)
    else:
        geometry = ConeBeam(np.linspace(0, 3, 5), (4, 3), 1.0, 50.0, 80.0)
        a = torch.rand(60, grid.size, generator=generator())
        projector = Projector(
            geometry, grid, torch.device("cpu"), "dense", 0,
            lambda x: (a @ x.reshape(-1)).reshape(geometry.sinogram_shape),
            lambda y: (a.T @ y.reshape(-1)).reshape(shape),
        )  # fmt: skip
    y = 3 * torch.rand(geometry.sinogram_shape, generator=generator(1)) - 0.7
    unit = torch.eye(grid.size)
    matrix = torch.stack([projector.forward(e.reshape(shape)).flatten() for e in unit], 1)
    return projector, y, matrix.double().numpy()


def reference(matrix, y, shape, lambda_, smoothing=1e-6):
    """min over x >= 0 of 1/2 ||A x - y||^2 + lambda sum_i sqrt(|D x|_i^2 + smoothing^2), which is
    above the minimum of f by at most lambda n smoothing; in double precision, by L-BFGS-B."""
    n = matrix.shape[1]
    parts = np.stack([
        differences(e.reshape(shape), torch.zeros(len(shape), *shape)).reshape(len(shape), n)
        for e in torch.eye(n)
    ], -1).astype(float)  # (d, n, n)  # fmt: skip
    y = y.double().numpy().ravel()

    def value_and_gradient(x, smooth):
        residual, dx = matrix @ x - y, parts @ x
        length = np.sqrt((dx**2).sum(0) + smooth**2)
        gradient = matrix.T @ residual + lambda_ * np.einsum("dij,di->j", parts, dx / length)
        return 0.5 * residual @ residual + lambda_ * length.sum(), gradient

    x = np.full(n, 0.1)
    for smooth in np.geomspace(1e-1, smoothing, 7):  # each start is the last one's end
        found = minimize(
            value_and_gradient, x, (smooth,), "L-BFGS-B", True, bounds=[(0, None)] * n,
            options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-10},
        )  # fmt: skip
        x = found.x
    return found.fun


@pytest.mark.parametrize("shape", [(6, 5), (3, 4, 3)])
@pytest.mark.parametrize("share", [1e-3, 0.05])
def test_it_reaches_the_minimum_of_a_dense_reference(shape, share):
    projector, y, matrix = tiny(shape)
    lambda_ = share * flattening_lambda(projector, y)
    least = reference(matrix, y, shape, lambda_)
    image, rows = solve(projector, y, lambda_, 1000)
    residual = matrix @ image.double().numpy().ravel() - y.double().numpy().ravel()
    value = 0.5 * residual @ residual + lambda_ * total_variation(image)
    assert rows[-1][0] == pytest.approx(value, rel=1e-5)
    assert value == pytest.approx(least, rel=2e-5)
    assert (image == 0).any() and (image >= 0).all()


def test_the_gap_bounds_what_is_left_and_goes_to_zero():
    """f(x_k) - min f <= gap_k in every iteration whose u is above the minimiser."""
    projector, y, matrix = tiny((6, 5))
    lambda_ = 0.02 * flattening_lambda(projector, y)
    least = reference(matrix, y, (6, 5), lambda_)
    image, rows = solve(projector, y, lambda_, 1000)
    top = float(image.max())
    bounded = [(value - least) / value <= gap + 1e-5 for value, gap, u in rows if 2 * u >= top]
    assert all(bounded) and len(bounded) > 950
    gaps = [gap for _, gap, _ in rows]
    assert min(gaps) > -1e-6
    assert gaps[10] > 1e-2 > 1e-4 > gaps[-1]


def test_without_tv_it_is_non_negative_least_squares():
    projector, y, matrix = tiny((6, 5))
    x, residual = nnls(matrix, y.double().numpy().ravel())
    image, rows = solve(projector, y, 0.0, 1500)
    assert rows[-1][0] == pytest.approx(0.5 * residual**2, rel=1e-4)
    np.testing.assert_allclose(image.numpy().ravel(), x, atol=2e-3 * x.max())
    assert (x == 0).any()


def test_from_the_flattening_lambda_on_the_image_is_the_best_flat_one():
    projector, y, matrix = tiny((6, 5))
    shadow = matrix.sum(1)
    flat = shadow @ y.double().numpy().ravel() / (shadow @ shadow)
    image, _ = solve(projector, y, flattening_lambda(projector, y), 1500)
    np.testing.assert_allclose(image, np.full((6, 5), flat), rtol=1e-3)
    image, _ = solve(projector, y, 0.1 * flattening_lambda(projector, y), 1500)
    assert image.std() > 0.1 * flat


def test_an_iteration_is_one_product_with_each():
    _, scan, projector = small_problem()
    balanced, counts = balance(projector, generator()), {"A": 0, "A'": 0}

    def counted(name, apply):
        def call(z):
            counts[name] += 1
            return apply(z)

        return call

    watched = dataclasses.replace(
        projector,
        apply=counted("A", projector.apply),
        apply_adjoint=counted("A'", projector.apply_adjoint),
    )
    chambolle_pock(watched, scan.sinogram, 1.0, 7, balanced, lambda *_: None)
    assert counts == {"A": 7, "A'": 7}


def test_iterates_scale_with_the_units():
    """Twice the line integrals: twice the image. Twice all lengths: half of it."""
    grid, scan, projector = small_problem()
    image, _ = solve(projector, scan.sinogram, 2.0, 30)
    twice, _ = solve(projector, 2 * scan.sinogram, 4.0, 30)
    torch.testing.assert_close(twice, 2 * image, rtol=1e-4, atol=1e-6)
    beam = fan_beam()
    longer = FanBeam(beam.angles, beam.detector_count, 2 * beam.detector_spacing,
                     2 * beam.source_to_axis, 2 * beam.source_to_detector,
                     2 * beam.detector_offset)  # fmt: skip
    stretched = projectors.make(longer, Grid(grid.shape, 2 * grid.spacing))
    half, _ = solve(stretched, scan.sinogram, 4.0, 30)
    torch.testing.assert_close(half, image / 2, rtol=1e-3, atol=1e-6)


def test_the_norms_are_those_of_the_matrices():
    """||K|| is not underestimated, and nu ||D|| = ||A||."""
    projector, _, matrix = tiny((6, 5))
    nu, whole = balance(projector, generator())
    a = np.linalg.norm(matrix, 2)
    assert nu * norm((6, 5)) == pytest.approx(a, rel=1e-3)
    d = torch.stack([differences(e.reshape(6, 5), torch.zeros(2, 6, 5)).flatten()
                     for e in torch.eye(30)], 1).double().numpy()  # fmt: skip
    k = np.linalg.norm(np.concatenate([matrix, nu * d]), 2)
    assert k < whole < 1.021 * k
    assert balance(projector, generator(5)).norm == pytest.approx(whole, rel=0.01)


@pytest.mark.parametrize("beam", ["parallel", "fan"])
@pytest.mark.parametrize("views", [1, 2, 4, 8, 24])
def test_the_norm_is_not_underestimated_for_few_views(views, beam):
    """sigma tau ||K||^2 <= 1, with ||K|| of the dense matrix: its top is smooth or rough."""
    n = 16
    grid = Grid((n, n), 256 / n)
    turn = np.arange(views) / views
    geometry = (
        ParallelBeam(np.pi * turn, 2 * n, 261.5 / (2 * n)) if beam == "parallel"
        else FanBeam(2 * np.pi * turn, 2 * n, 332.8 / (2 * n), 1100.0, 1400.0)
    )  # fmt: skip
    projector = projectors.make(geometry, grid)
    unit = torch.eye(grid.size).reshape(-1, n, n)
    a = torch.stack([projector.forward(e).flatten() for e in unit], 1)
    d = torch.stack([differences(e, torch.zeros(2, n, n)).flatten() for e in unit], 1)
    for seed in range(3):
        nu, whole = balance(projector, generator(seed))
        gram = (a.T @ a + nu**2 * d.T @ d).double()
        k = math.sqrt(torch.linalg.eigvalsh(gram)[-1])
        assert k < whole < 1.021 * k


def test_an_image_of_two_pixels_has_a_norm():
    """Two Lanczos steps exhaust it: the others would divide by rounding."""
    projector = projectors.make(ParallelBeam(np.linspace(0, 3, 4), 5, 0.5), Grid((1, 2), 1.0))
    columns = [projector.forward(e.reshape(1, 2)).flatten() for e in torch.eye(2)]
    a = float(torch.linalg.svdvals(torch.stack(columns))[0])
    assert balance(projector, generator()).nu * norm((1, 2)) == pytest.approx(a, rel=1e-4)


def test_zero_data_give_zero():
    grid, scan, projector = small_problem()
    image, rows = solve(projector, torch.zeros_like(scan.sinogram), 1.0, 3)
    assert torch.equal(image, torch.zeros(grid.shape))
    assert rows[-1] == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("lambda_", [-1.0, math.nan, math.inf])
def test_an_impossible_lambda_is_refused(lambda_):
    _, scan, projector = small_problem()
    with pytest.raises(ValueError, match=f"lambda={lambda_}: .* finite and at least 0"):
        solve(projector, scan.sinogram, lambda_, 3)


def test_no_iterations_and_a_wrong_shape_are_refused():
    _, scan, projector = small_problem()
    with pytest.raises(ValueError, match="iterations=0"):
        solve(projector, scan.sinogram, 1.0, 0)
    with pytest.raises(ValueError, match="sinogram of shape"):
        solve(projector, scan.sinogram[1:], 1.0, 1)
