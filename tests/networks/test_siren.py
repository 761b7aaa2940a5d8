"""SIREN: the contract, and the distribution that its initial weights were derived for."""

import math

import pytest
import torch

from inrbench.networks.siren import SIREN
from inrbench.testing import NetworkContract


class TestContract(NetworkContract):
    name = "siren"
    parameters = {"width": 8, "layers": 2, "frequency": 5.0}  # noqa: RUF012


def test_initial_weights_stay_within_their_bounds():
    network = SIREN(2, 1.0, frequency=30.0, width=64, layers=3)
    assert float(network.hidden[0].weight.detach().abs().max()) <= 1 / 2
    bound = math.sqrt(6 / 64) / 30
    for layer in [*network.hidden[1:], network.last]:
        assert 0.9 * bound < float(layer.weight.detach().abs().max()) <= bound


def test_phases_of_the_deeper_layers_are_standard_normal():
    """Sitzmann et al., section 3.2: 30 W h has variance 1, since h has variance 1/2."""
    torch.manual_seed(0)
    network = SIREN(2, 1.0, frequency=30.0, width=512, layers=4).requires_grad_(False)
    h = 2 * torch.rand(4096, 2) - 1
    for depth, layer in enumerate(network.hidden):
        phase = 30.0 * layer(h)
        if depth > 0:  # the bias only shifts the phase
            assert float((phase - 30.0 * layer.bias).std()) == pytest.approx(1.0, rel=0.1)
        h = torch.sin(phase)
        assert float(h.var()) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("bad", [{"frequency": 0.0}, {"width": 0}, {"layers": 0}])
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        SIREN(2, 1.0, **bad)
