"""Hash encoding: the contract, the hash of Mueller et al. 2022, and multilinear interpolation."""

import pytest
import torch

from inrbench.networks.hash_encoding import HashEncoding
from inrbench.testing import NetworkContract


class TestContract(NetworkContract):
    name = "hash_encoding"
    parameters = {"levels": 4, "log2_table": 6, "coarsest": 4, "finest": 16, "width": 8}  # noqa: RUF012


def test_levels_are_sized_as_published():
    """16 levels from 16 to 1024 and 2^19 rows at most: b = 1.3195, 17 to 1024 vertices dense."""
    network = HashEncoding(2, 1.0)
    assert int(network.vertices[0]) == 16
    assert int(network.vertices[-1]) == 1024
    growth = (network.cells[1:] + 1) / (network.cells[:-1] + 1)
    assert torch.allclose(growth, torch.full((15,), 1.3195079), atol=1e-4)
    assert int(network.rows[0]) == 256
    assert int(network.rows[-1]) == 2**19  # 1024^2 vertices do not fit
    assert network.table.shape == (int(network.rows.sum()), 2)


def test_hash_is_the_published_one():
    """xor of the coordinates times 1, 2654435761 and 805459861, modulo the table's size."""
    network = HashEncoding(3, 1.0, levels=1, log2_table=10, coarsest=64, finest=64)
    x = torch.tensor([[0.31, 0.72, 0.11]])
    rows, _ = network.corner_rows(x)
    cell = [int(63 * c + 0.5) for c in (0.31, 0.72, 0.11)]
    expected = []
    for a in (0, 1):
        for b in (0, 1):
            for c in (0, 1):
                i, j, k = cell[0] + a, cell[1] + b, cell[2] + c
                expected.append((i ^ (j * 2654435761) ^ (k * 805459861)) % 1024)
    assert rows.flatten().tolist() == expected


def test_dense_levels_number_their_vertices_x_first():
    network = HashEncoding(2, 1.0, levels=1, log2_table=10, coarsest=16, finest=16)
    rows, _ = network.corner_rows(torch.tensor([[0.5, 0.25]]))
    # 15 cells: position (8.0, 4.25), so corners 8, 9 in x and 4, 5 in y.
    assert sorted(rows.flatten().tolist()) == [4 * 16 + 8, 4 * 16 + 9, 5 * 16 + 8, 5 * 16 + 9]


@pytest.mark.parametrize("dimension", [2, 3])
def test_interpolation_reproduces_linear_functions(dimension):
    """With a linear function in the table, the encoding is that function: weights sum to 1."""
    network = HashEncoding(
        dimension, 1.0, levels=1, features=1, log2_table=15, coarsest=8, finest=8
    )
    vertex = torch.arange(8**dimension)
    slopes = torch.tensor([1.0, -2.0, 0.5])[:dimension]
    position = torch.stack([(vertex // 8**axis) % 8 for axis in range(dimension)], dim=-1)
    table = (position * slopes).sum(-1)
    x = 0.05 + 0.85 * torch.rand(200, dimension, generator=torch.Generator().manual_seed(0))
    rows, weights = network.corner_rows(x)
    value = (table[rows] * weights).sum((0, 1))
    torch.testing.assert_close(value, ((7 * x + 0.5) * slopes).sum(-1), rtol=1e-4, atol=1e-4)


def test_every_row_stays_in_its_level():
    network = HashEncoding(2, 1.0, levels=6, log2_table=8, coarsest=4, finest=64)
    rows, weights = network.corner_rows(torch.rand(5000, 2))
    last = network.first + network.rows
    assert (rows >= network.first[:, None]).all()
    assert (rows < last[:, None]).all()
    assert ((weights >= 0) & (weights <= 1)).all()


@pytest.mark.parametrize(
    "bad", [{"levels": 0}, {"features": 0}, {"log2_table": 0}, {"coarsest": 1}, {"finest": 8}]
)
def test_impossible_sizes_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        HashEncoding(2, 1.0, **bad)
