"""The voxel grid: its parameters are the pixels, and between them it is multilinear."""

import pytest
import torch

from inrbench import networks
from inrbench.grid import Grid
from inrbench.networks.rasterise import rasterise
from inrbench.networks.voxel_grid import VoxelGrid
from inrbench.testing import CellContract, NetworkContract

SHAPES = [(9, 9), (6, 11), (5, 7, 4), (1, 6)]


class TestContract(NetworkContract):
    name = "voxel_grid"


class TestCoarse(NetworkContract):
    name = "voxel_grid"
    parameters = {"nodes": 4}  # noqa: RUF012


class TestCell(CellContract):
    kind, name = "network", "voxel_grid"


def made(grid, nodes=None, scale=1.0):
    network = VoxelGrid(grid.dimension, scale, grid, nodes)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        network.theta.copy_(torch.rand(network.theta.shape, generator=generator))
    return network


@pytest.mark.parametrize("shape", SHAPES)
def test_its_image_on_its_own_grid_is_its_parameters(shape):
    grid = Grid(shape, 0.7)
    network = made(grid, scale=0.02)
    assert network.theta.shape == shape
    torch.testing.assert_close(
        rasterise(network, grid), 0.02 * network.theta.detach(), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_its_gradient_on_its_own_grid_is_that_of_the_image(shape):
    """J is scale times the identity."""
    grid = Grid(shape, 0.7)
    network = made(grid, scale=0.02)
    v = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    torch.dot(network(grid.coordinates()), v.flatten()).backward()
    torch.testing.assert_close(network.theta.grad, 0.02 * v, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(("shape", "nodes"), [((24, 24), 12), ((12, 24), 6), ((8, 6, 4), 4)])
def test_between_nodes_it_is_linear_along_each_axis(shape, nodes):
    """An affine function at the nodes is that function wherever there are nodes around."""
    grid = Grid(shape, 1.0)
    network = VoxelGrid(grid.dimension, 1.0, grid, nodes)
    slopes = torch.tensor([2.0, -3.0, 5.0][: grid.dimension])
    at_nodes = Grid(tuple(network.theta.shape), 1.0).coordinates()
    with torch.no_grad():
        network.theta.copy_((1 + at_nodes @ slopes).reshape(network.theta.shape))
    x = grid.coordinates()
    inside = (x.abs() <= at_nodes.abs().max(0).values).all(dim=1)
    assert inside.sum() >= len(x) / 4
    torch.testing.assert_close(network(x[inside]), 1 + x[inside] @ slopes, rtol=1e-5, atol=1e-5)


def test_beyond_the_outer_nodes_it_is_constant():
    grid = Grid((4, 4), 1.0)
    network = made(grid)
    corner = network(torch.tensor([[1.0, 1.0], [2.0, 5.0]]))  # the largest x and y
    torch.testing.assert_close(corner, network.theta.detach()[0, -1].expand(2))


@pytest.mark.parametrize(
    ("nodes", "word"),
    [(1, "nodes=1: expected at least 2"), (2**16, "4,294,967,296 numbers, 16 GiB")],
)
def test_grids_of_too_few_or_too_many_numbers_are_refused(nodes, word):
    with pytest.raises(ValueError, match=word):
        networks.make("voxel_grid", Grid((8, 8), 1.0), 1.0, nodes=nodes)
