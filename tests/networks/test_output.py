"""Outputs: never negative, close to max(t, 0) or bounded, and no output is no change at all."""

import math

import pytest
import torch

from inrbench import networks
from inrbench.cells import spec
from inrbench.cells.cell import part_label
from inrbench.errors import Unsupported
from inrbench.grid import Grid
from inrbench.networks.last_layer import last_layer_features
from inrbench.networks.output import Output
from inrbench.networks.rasterise import rasterise
from inrbench.testing import NetworkContract

SIREN = {"name": "siren", "width": 8, "layers": 2, "frequency": 5.0}
GRID = Grid((6, 9), 1.0)


class TestSoftplus(NetworkContract):
    name = "siren"
    parameters = {"width": 8, "layers": 2, "frequency": 5.0, "output": "softplus"}  # noqa: RUF012


class TestSigmoid(NetworkContract):
    name = "fourier_features"
    parameters = {"features": 8, "width": 8, "layers": 2, "output": "sigmoid"}  # noqa: RUF012


class Line(torch.nn.Module):
    def forward(self, x):
        return x[:, 0]


def test_their_values_are_the_formulas():
    t = torch.linspace(-3, 3, 601)[:, None]
    plus, sigmoid = (Output(Line(), 0.02, name)(t) for name in ("softplus", "sigmoid"))
    t = t[:, 0].double()
    expected = 0.02 * torch.log1p(torch.exp(20 * t)) / 20
    torch.testing.assert_close(plus.double(), expected, rtol=1e-4, atol=1e-9)
    torch.testing.assert_close(
        sigmoid.double(), 0.02 * 4 / (1 + 3 * torch.exp(-t)), rtol=1e-5, atol=0
    )
    assert float(plus.min()) >= 0 and float((plus - 0.02 * t.clamp(min=0)).abs().max()) == (
        pytest.approx(0.02 * math.log(2) / 20, rel=1e-5)
    )
    assert float(sigmoid.min()) > 0 and float(sigmoid.max()) < 0.08


@pytest.mark.parametrize("name", ["siren", "fourier_features", "hash_encoding", "voxel_grid"])
@pytest.mark.parametrize("output", ["softplus", "sigmoid"])
def test_every_network_may_have_one_and_is_not_negative_then(name, output):
    image = rasterise(networks.make(name, GRID, 0.02, output=output), GRID)
    assert float(image.min()) >= 0 and image.shape == GRID.shape


def test_a_linear_output_is_the_network_itself():
    plain, linear = (networks.make(**SIREN, grid=GRID, scale=0.02, **more)
                     for more in ({}, {"output": "linear"}))  # fmt: skip
    assert type(linear) is type(plain)
    assert torch.equal(rasterise(plain, GRID), rasterise(linear, GRID))


def test_a_spec_names_an_output_only_where_there_is_one():
    plain = spec.part("network", SIREN)
    assert spec.part("network", {**SIREN, "output": "linear"}) == plain
    assert "output" not in plain
    assert spec.part("network", {**SIREN, "output": "softplus"}) == plain | {"output": "softplus"}


def test_tables_name_it():
    assert part_label("network", {"name": "siren", "output": "softplus"}) == "SIREN, softplus"
    assert part_label("network", {"name": "siren", "output": "linear"}) == "SIREN"


def test_an_unknown_one_is_refused_before_anything_runs():
    for refuse in (
        lambda: spec.part("network", {**SIREN, "output": "relu"}),
        lambda: networks.make(**SIREN, grid=GRID, scale=1.0, output="relu"),
    ):
        with pytest.raises(ValueError, match="output='relu': expected one of linear, softplus"):
            refuse()


def test_an_image_behind_it_is_not_linear_in_the_last_layer():
    network = networks.make(**SIREN, grid=GRID, scale=1.0, output="softplus")
    with pytest.raises(Unsupported, match=r"output='softplus'.*not linear"):
        last_layer_features(network, GRID.coordinates())
