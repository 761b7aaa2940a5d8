"""Least squares: the contract, its closed form on a known residual, and statistical weights."""

from dataclasses import replace

import pytest
import torch

from inrbench import objectives, projectors
from inrbench.testing import DataTermContract
from inrbench.testing.problem import fan_beam, small_problem


class TestContract(DataTermContract):
    name = "least_squares"


def test_value_at_zero_is_half_the_energy_of_the_data():
    grid, scan, projector = small_problem()
    objective = objectives.make("least_squares", scan, projector)
    value, v = objective.value_and_gradient(torch.zeros(grid.shape))
    torch.testing.assert_close(value, 0.5 * scan.sinogram.square().sum())
    torch.testing.assert_close(v, -projector.adjoint(scan.sinogram))


def test_weights_count_a_ray_as_often_as_they_say():
    """Weight 2 on every ray doubles value and gradient; weight 0 hides a ray's data."""
    grid, scan, projector = small_problem()
    image = torch.rand(grid.shape) * 0.02
    plain = objectives.make("least_squares", scan, projector).value_and_gradient(image)
    twice = replace(scan, weights=torch.full_like(scan.sinogram, 2.0))
    doubled = objectives.make("least_squares", twice, projector).value_and_gradient(image)
    torch.testing.assert_close(doubled, tuple(2 * part for part in plain))
    mask = torch.ones_like(scan.sinogram)
    mask[3] = 0
    spoilt = scan.sinogram.clone()
    spoilt[3] += 100
    masked = [objectives.make("least_squares", replace(scan, sinogram=y, weights=mask), projector)
              for y in (scan.sinogram, spoilt)]  # fmt: skip
    assert torch.equal(masked[0].value(image), masked[1].value(image))


def test_a_projector_of_another_geometry_is_refused():
    grid, scan, _ = small_problem()
    other = projectors.make(fan_beam(views=5), grid)
    with pytest.raises(ValueError, match=r"\(17, 40\).*\(5, 40\)"):
        objectives.make("least_squares", scan, other)


def test_unknown_name_and_parameter_name_the_nearest():
    _, scan, projector = small_problem()
    with pytest.raises(ValueError, match="did you mean 'least_squares'"):
        objectives.make("least_square", scan, projector)
    with pytest.raises(ValueError, match="no parameter 'weight'"):
        objectives.make("least_squares", scan, projector, weight=4)
