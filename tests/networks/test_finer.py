"""FINER: the contract, its formula, and SIREN as its limit at small phases."""

import pytest
import torch

from inrbench.networks.finer import FINER
from inrbench.networks.siren import SIREN
from inrbench.testing import CellContract, NetworkContract


class TestContract(NetworkContract):
    name = "finer"
    parameters = {"width": 8, "layers": 2, "frequency": 5.0}  # noqa: RUF012


class TestCell(CellContract):
    kind, name = "network", "finer"
    parameters = {"width": 8, "layers": 2}  # noqa: RUF012


def test_it_is_the_formula():
    network = FINER(2, 0.02, frequency=7.0, width=6, layers=2)
    h = x = 2 * torch.rand(50, 2) - 1
    with torch.no_grad():
        for layer in network.hidden:
            z = layer(h)
            h = torch.sin(7.0 * (z.abs() + 1) * z)
        expected = 0.02 * network.last(h).squeeze(-1)
        torch.testing.assert_close(network(x), expected, rtol=1e-4, atol=1e-6)


def test_where_phases_are_small_it_is_a_siren():
    """(|z| + 1) z = z to first order."""
    finer, siren = FINER(2, 1.0, width=8, layers=1), SIREN(2, 1.0, width=8, layers=1)
    with torch.no_grad():
        for layer in finer.hidden:
            layer.weight *= 1e-5
            layer.bias *= 1e-5
    siren.load_state_dict(finer.state_dict())
    x = 2 * torch.rand(50, 2) - 1
    torch.testing.assert_close(finer(x), siren(x), rtol=1e-4, atol=1e-8)


def test_the_first_biases_fill_their_range_and_the_others_keep_that_of_siren():
    network = FINER(2, 1.0, bias=5.0, width=512, layers=2)
    assert 4.5 < float(network.hidden[0].bias.detach().abs().max()) <= 5
    assert float(network.hidden[1].bias.detach().abs().max()) <= 512**-0.5


@pytest.mark.parametrize("bad", [{"bias": 0.0}, {"frequency": 0.0}, {"width": 0}])
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        FINER(2, 1.0, **bad)
