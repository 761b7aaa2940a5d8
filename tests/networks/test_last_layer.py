"""The features of the last layer: what its weights, one at a time, make of the network."""

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import networks
from inrbench.grid import Grid
from inrbench.networks.last_layer import last_layer_features

GRID = Grid((5, 7), 1.0)
SIZES = {"width": 6, "layers": 2}


@pytest.mark.parametrize("name", ["fourier_features", "siren", "hash_encoding"])
def test_a_column_is_the_image_of_one_weight(name):
    network = networks.make(name, GRID, 0.02, seed=1, **SIZES).double()
    points = GRID.coordinates().double()
    phi = last_layer_features(network, points)
    assert phi.shape == (GRID.size, 7)
    last = network.last if name == "siren" else network.mlp[-1]
    with torch.no_grad():
        whole = network(points)
        numbers = torch.cat([last.weight[0], last.bias])
        torch.testing.assert_close(0.02 * phi @ numbers, whole)
        for k, column in enumerate(phi.T):
            last.weight[0] = torch.eye(7, dtype=torch.float64)[k, :6]
            last.bias[0] = float(k == 6)
            torch.testing.assert_close(0.02 * column, network(points))


def test_without_a_bias_there_is_no_column_of_ones():
    layers = [torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1, bias=False)]
    assert last_layer_features(torch.nn.Sequential(*layers), GRID.coordinates()).shape == (35, 3)


def test_a_network_with_another_end_is_unsupported():
    with pytest.raises(Unsupported, match="Sequential does not end"):
        last_layer_features(torch.nn.Sequential(torch.nn.Linear(2, 3)), GRID.coordinates())
