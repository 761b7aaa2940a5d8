"""Tikhonov: its closed form, and the minimiser that it shrinks."""

import torch

from inrbench import objectives
from inrbench.objectives.regularised import FlatImages, make
from inrbench.objectives.tikhonov import Energy
from inrbench.testing.problem import SCALE, small_problem


def test_value_and_gradient_are_the_closed_form():
    x = torch.rand(5, 7, generator=torch.Generator().manual_seed(0))
    v = torch.ones_like(x)
    value = Energy(3.0).add_gradient(x, v)
    torch.testing.assert_close(value, 1.5 * x.norm() ** 2)
    torch.testing.assert_close(v, 1 + 3 * x)


def test_at_strength_1_the_flat_part_of_an_image_is_halved():
    """min over c of l(c 1) + mu/2 c^2 n, with mu n = <1, A'W A 1>, is half of that without."""
    grid, scan, projector = small_problem()
    data = objectives.make("least_squares", scan, projector)
    flat = FlatImages.of([data], grid, SCALE, scan.device)
    penalty = make("tikhonov", strength=1.0).penalty(flat)
    ones = torch.ones(grid.shape)
    _, at_zero = data.value_and_gradient(0 * ones)
    c = -float(at_zero.sum()) / (flat.curvature * grid.size)
    _, v = data.value_and_gradient(c / 2 * ones)
    penalty.add_gradient(c / 2 * ones, v)
    assert abs(float(v.sum())) < 1e-3 * float(at_zero.sum().abs())
