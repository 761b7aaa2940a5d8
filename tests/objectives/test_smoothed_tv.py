"""Smoothed TV: its values on a square, its limits, and no force on a flat image."""

import math

import pytest
import torch

from inrbench.objectives.smoothed_tv import SmoothedTV
from inrbench.objectives.total_variation import total_variation


def square():
    x = torch.zeros(9, 9, dtype=torch.float64)
    x[2:5, 3:7] = 3.0
    return x


def test_a_square_pays_for_each_pixel_of_its_edge():
    """Forward differences: 12 pixels of one step of 3, one of a step along both axes."""
    eps = 0.5
    one, corner = math.sqrt(9 + eps**2) - eps, math.sqrt(18 + eps**2) - eps
    assert float(SmoothedTV(2.0, eps).value(square())) == pytest.approx(2 * (12 * one + corner))


def test_with_a_small_eps_it_is_total_variation_and_with_a_large_one_a_sum_of_squares():
    x = square()
    assert float(SmoothedTV(1.0, 1e-9).value(x)) == pytest.approx(total_variation(x))
    squares = sum(x.diff(dim=axis).square().sum() for axis in (0, 1))
    large = 1e4
    assert float(SmoothedTV(1.0, large).value(x)) == pytest.approx(
        float(squares) / (2 * large), rel=1e-6
    )


@pytest.mark.parametrize("shape", [(5, 7), (3, 4, 5)])
def test_a_flat_image_costs_nothing_and_feels_no_force(shape):
    v = torch.zeros(shape)
    value = SmoothedTV(3.0, 1e-3).add_gradient(torch.full(shape, 0.7), v)
    assert float(value) == 0 and not v.any()


@pytest.mark.parametrize("shape", [(5, 7), (3, 4, 5)])
def test_the_force_has_no_mean_and_is_no_larger_than_in_total_variation(shape):
    """Each difference pulls two pixels with at most lambda."""
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    v = torch.zeros(shape)
    SmoothedTV(2.0, 1e-2).add_gradient(x, v)
    assert abs(float(v.sum())) < 1e-4
    assert float(v.abs().max()) <= 2 * 2 * len(shape)
