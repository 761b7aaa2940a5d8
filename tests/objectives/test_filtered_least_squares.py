"""Filtered least squares: the contract, and its kinship with filtered back-projection."""

from dataclasses import replace

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import objectives, ramp
from inrbench.testing import DataTermContract
from inrbench.testing.problem import small_problem


class TestContract(DataTermContract):
    name = "filtered_least_squares"


def test_gradient_at_zero_is_a_filtered_back_projection():
    grid, scan, projector = small_problem()
    objective = objectives.make("filtered_least_squares", scan, projector)
    _, v = objective.value_and_gradient(torch.zeros(grid.shape))
    filtered = ramp.apply(scan.sinogram, scan.geometry.detector_spacing)
    torch.testing.assert_close(v, -projector.adjoint(filtered))


def test_statistical_weights_are_unsupported():
    _, scan, projector = small_problem()
    weighted = replace(scan, weights=torch.ones_like(scan.sinogram))
    with pytest.raises(Unsupported, match="least_squares"):
        objectives.make("filtered_least_squares", weighted, projector)
