"""Total variation: differences and their adjoint, their norm, and when an image becomes flat."""

import pytest
import torch

from inrbench import projectors
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.objectives.total_variation import (
    add_adjoint,
    differences,
    flattening_lambda,
    lengths,
    norm,
    total_variation,
)
from inrbench.testing.problem import fan_beam, small_problem

SHAPES = [(5, 7), (3, 4, 5), (1, 6)]


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) - 0.5


@pytest.mark.parametrize("shape", SHAPES)
def test_the_adjoint_is_exact(shape):
    """<D x, q> = <x, D'q>."""
    x, q = random(*shape), random(len(shape), *shape, seed=1)
    dx = differences(x, torch.full_like(q, 7.0))
    dtq = add_adjoint(q, 1.0, torch.zeros(shape))
    torch.testing.assert_close(torch.sum(dx * q), torch.sum(x * dtq), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(add_adjoint(q, -2.0, x.clone()), x - 2 * dtq)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_norm_is_the_largest_singular_value(shape):
    n = torch.zeros(shape).numel()
    columns = [differences(e.reshape(shape), torch.zeros(len(shape), *shape)).flatten()
               for e in torch.eye(n)]  # fmt: skip
    largest = torch.linalg.svdvals(torch.stack(columns).double())[0]
    assert norm(shape) == pytest.approx(float(largest), rel=1e-6)
    assert norm(shape) ** 2 < 4 * len(shape)


def test_total_variation_of_a_square_is_its_edge_but_for_one_corner():
    """Forward differences: at the corner where two edges meet in a pixel, 2 becomes sqrt(2)."""
    x = torch.zeros(9, 9)
    x[2:5, 3:7] = 3.0
    assert total_variation(x) == pytest.approx(3 * (2 * (3 + 4) - 2 + 2**0.5), rel=1e-6)


def test_lengths_are_those_of_the_parts():
    q = random(3, 4, 5, 6)
    torch.testing.assert_close(lengths(q, torch.empty(4, 5, 6)), q.norm(dim=0))


def test_no_direction_leads_away_from_the_flat_image():
    """With g = A'(y - c A 1), <g, z> <= lambda_1 TV(z) for all z, and nearly equal for some."""
    grid, scan, projector = small_problem()
    shadow = projector.forward(torch.ones(grid.shape))
    c = torch.sum(shadow * scan.sinogram) / torch.sum(shadow**2)
    g = projector.adjoint(scan.sinogram - c * shadow)
    lambda_ = flattening_lambda(projector, scan.sinogram)
    steps = [torch.where(g > g.quantile(t), 1.0, 0.0) for t in (0.1, 0.3, 0.5, 0.7, 0.9)]
    ratios = [float(torch.sum(g * z)) / total_variation(z) for z in (g, *steps)]
    assert 0.2 * lambda_ < max(ratios) <= lambda_
    assert flattening_lambda(projector, c * shadow) < 1e-4 * lambda_


def test_the_flattening_lambda_follows_units_views_and_pixels():
    grid, scan, projector = small_problem()
    one = flattening_lambda(projector, scan.sinogram)
    assert flattening_lambda(projector, 3 * scan.sinogram) == pytest.approx(3 * one, rel=1e-4)

    beam = fan_beam()
    longer = FanBeam(beam.angles, beam.detector_count, 2 * beam.detector_spacing,
                     2 * beam.source_to_axis, 2 * beam.source_to_detector,
                     2 * beam.detector_offset)  # fmt: skip
    stretched = projectors.make(longer, Grid(grid.shape, 2 * grid.spacing))
    assert flattening_lambda(stretched, scan.sinogram) == pytest.approx(2 * one, rel=1e-3)

    twice = beam.subset([*range(17), *range(17)])
    repeated = flattening_lambda(projectors.make(twice, grid), scan.sinogram.repeat(2, 1))
    assert repeated == pytest.approx(2 * one, rel=1e-4)

    # A smooth object on finer pixels: TV doubles with their number along an axis, A'y falls by 4.
    values = []
    for factor in (1, 2):
        fine = Grid((factor * 32, factor * 32), 80.0 / 32 / factor)
        x, y = (torch.as_tensor(axis, dtype=torch.float32) for axis in fine.axes())
        image = torch.exp(-((x - 9) ** 2 + 2 * (y[:, None] + 4) ** 2) / 300)
        made = projectors.make(fan_beam(columns=160, views=60), fine)
        values.append(flattening_lambda(made, made.forward(image)))
    assert values[0] / values[1] == pytest.approx(2, rel=0.1)
