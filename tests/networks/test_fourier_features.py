"""Fourier features: the contract, and the encoding itself."""

import math

import pytest
import torch

from inrbench.networks.fourier_features import FourierFeatures
from inrbench.testing import NetworkContract


class TestContract(NetworkContract):
    name = "fourier_features"
    parameters = {"features": 8, "bandwidth": 2.0, "width": 8, "layers": 2}  # noqa: RUF012


def test_frequencies_are_normal_with_the_bandwidth_in_cycles():
    torch.manual_seed(0)
    network = FourierFeatures(2, 1.0, features=20000, bandwidth=4.0)
    cycles = network.frequencies / (2 * math.pi)
    # The standard error of a standard deviation of 40,000 numbers is 0.35 %.
    assert float(cycles.std()) == pytest.approx(4.0, rel=0.02)
    assert abs(float(cycles.mean())) < 0.1


def test_frequencies_are_fixed():
    network = FourierFeatures(2, 1.0)
    assert "frequencies" not in dict(network.named_parameters())
    assert "frequencies" in network.state_dict()


@pytest.mark.parametrize("bad", [{"features": 0}, {"bandwidth": 0.0}, {"width": 0}, {"layers": 0}])
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        FourierFeatures(2, 1.0, **bad)
