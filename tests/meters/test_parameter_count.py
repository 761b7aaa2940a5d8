"""Trained numbers are counted where networks are made, and only when somebody asks."""

import pytest
import torch

from inrbench import networks, registry
from inrbench.grid import Grid
from inrbench.meters.parameters import count, counted

GRID = Grid((8, 8), 1.0)


@pytest.mark.parametrize("row", [row for row in registry.rows() if row.kind == "network"],
                         ids=lambda row: row.name)  # fmt: skip
def test_a_network_is_counted_as_it_is_made(row):
    networks.make(row.name, GRID, 1.0, **row.tiny)
    with counted() as counts:
        made = networks.make(row.name, GRID, 1.0, **row.tiny, output="softplus")
    networks.make(row.name, GRID, 1.0, **row.tiny)
    assert counts == [sum(one.numel() for one in made.parameters())] and counts[0] > 0


def test_a_voxel_grid_has_a_number_a_pixel():
    with counted() as counts:
        networks.make("voxel_grid", GRID, 1.0)
    assert counts == [64]


def test_complex_numbers_are_two_and_frozen_ones_none():
    module = torch.nn.Module()
    module.complex = torch.nn.Parameter(torch.zeros(3, dtype=torch.cfloat))
    module.frozen = torch.nn.Parameter(torch.zeros(5), requires_grad=False)
    with counted() as counts:
        count(module)
    assert counts == [6]
