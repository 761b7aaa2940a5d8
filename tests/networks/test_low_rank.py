"""The low-rank grid: it has exactly the images of its rank, and as many numbers as it says."""

import pytest
import torch

from inrbench import networks
from inrbench.grid import Grid
from inrbench.networks.low_rank import LowRank
from inrbench.networks.rasterise import rasterise
from inrbench.testing import CellContract, NetworkContract

GRID = Grid((12, 9), 1.0)


class TestContract(NetworkContract):
    name = "low_rank"
    parameters = {"rank": 3}  # noqa: RUF012


class TestCell(CellContract):
    kind, name = "network", "low_rank"
    parameters = {"rank": 4}  # noqa: RUF012


@pytest.mark.parametrize("rank", [1, 3])
def test_an_image_has_the_rank(rank):
    image = rasterise(networks.make("low_rank", GRID, 1.0, rank=rank), GRID)
    values = torch.linalg.svdvals(image.double())
    assert int((values > 1e-4 * values[0]).sum()) == rank


def test_an_image_is_the_product_of_its_lines():
    network = LowRank(2, 0.02, GRID, rank=2)
    u, v = (factor.detach() for factor in network.factors)  # along x, along y
    assert (u.shape, v.shape) == ((2, 9), (2, 12))
    expected = 0.02 * torch.einsum("rx,ry->yx", u, v)
    torch.testing.assert_close(rasterise(network, GRID), expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("nodes", [None, 6])
def test_its_numbers_are_those_of_planes_and_lines(nodes):
    n = nodes or 10
    for dimension, numbers in ((2, 2 * 5 * n), (3, 3 * 5 * (n * n + n))):
        network = LowRank(dimension, 1.0, Grid((10,) * dimension, 1.0), rank=5, nodes=nodes)
        assert sum(p.numel() for p in network.parameters()) == numbers


def test_a_volume_may_be_a_plane_times_a_line():
    """With the other products at zero, f(x, y, z) = P(x, y) u(z) at the nodes."""
    grid = Grid((3, 4, 5), 1.0)
    network = LowRank(3, 1.0, grid, rank=1)
    with torch.no_grad():
        for factor in list(network.factors)[2:]:
            factor.zero_()
    image = rasterise(network, grid)
    plane, line = (factor.detach()[0] for factor in list(network.factors)[:2])
    torch.testing.assert_close(image, line[:, None, None] * plane, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("bad", "word"), [({"rank": 0}, "rank=0"), ({"nodes": 1}, "nodes=1"),
                                           ({"rank": 2**30}, "numbers")])  # fmt: skip
def test_impossible_sizes_are_refused(bad, word):
    with pytest.raises(ValueError, match=word):
        LowRank(2, 1.0, GRID, **bad)
