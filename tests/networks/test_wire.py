"""WIRE: the contract, its wavelet by complex arithmetic, and the authors' number of parameters."""

import pytest
import torch

from inrbench.networks.wire import WIRE
from inrbench.testing import CellContract, NetworkContract


class TestContract(NetworkContract):
    name = "wire"
    parameters = {"width": 8, "layers": 2, "frequency": 5.0, "sharpness": 3.0}  # noqa: RUF012


class TestCell(CellContract):
    kind, name = "network", "wire"
    parameters = {"width": 8, "layers": 2}  # noqa: RUF012


def test_it_is_the_formula_in_complex_numbers():
    network = WIRE(2, 0.02, frequency=4.0, sharpness=2.0, width=6, layers=3)
    x = 2 * torch.rand(50, 2) - 1

    def psi(z):
        return torch.exp(4j * z - (2 * z).abs() ** 2)

    with torch.no_grad():
        h = psi(network.first(x).to(torch.cfloat))
        *hidden, last = map(torch.view_as_complex, network.complex)
        for layer in hidden:
            h = psi(h @ layer[:, :-1].T + layer[:, -1])
        expected = 0.02 * (h @ last[:, :-1].T + last[:, -1]).real.squeeze(-1)
        torch.testing.assert_close(network(x), expected, rtol=1e-4, atol=1e-6)


def test_the_default_has_about_as_many_numbers_as_the_real_network_of_width_300():
    real = 2 * 300 + 300 + 2 * (300 * 300 + 300) + 300 + 1
    numbers = sum(p.numel() for p in WIRE(2, 1.0).parameters())
    assert numbers == pytest.approx(real, rel=0.01)


@pytest.mark.parametrize("bad", [{"frequency": 0.0}, {"sharpness": -1.0}, {"width": 0},
                                 {"layers": 0}])  # fmt: skip
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        WIRE(2, 1.0, **bad)
