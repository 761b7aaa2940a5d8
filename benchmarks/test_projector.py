"""Projector: the cached matrix against its alternatives, one forward or adjoint each."""

import numpy as np
import pytest
import torch

from inrbench import projectors
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.projectors import astra

GEOMETRY = FanBeam(np.linspace(0, 2 * np.pi, 128, endpoint=False), 384, 332.8 / 384, 1100, 1400)
GRID = Grid((256, 256), 1.0)
X = torch.rand(GRID.shape)
Y = torch.rand(GEOMETRY.sinogram_shape)


@pytest.fixture(scope="module")
def matrix():
    return projectors.make(GEOMETRY, GRID)


@pytest.fixture(scope="module")
def csr():
    """The operator as one torch matrix, with the indices that are asked for."""
    handle = astra._projector(GEOMETRY, GRID, "line_fanflat")
    made = astra.astra.matrix.get(astra.astra.projector.matrix(handle))

    def as_torch(dtype):
        parts = (torch.from_numpy(part.astype(dtype)) for part in (made.indptr, made.indices))
        return torch.sparse_csr_tensor(*parts, torch.from_numpy(made.data).float(), made.shape)

    return as_torch


def test_matrix_forward(benchmark, matrix):
    benchmark(matrix.forward, X)


def test_matrix_adjoint_from_the_stored_transpose(benchmark, matrix):
    benchmark(matrix.adjoint, Y)


def test_matrix_adjoint_from_a_transposed_view(benchmark, csr):
    a = csr(np.int32)
    benchmark.pedantic(lambda: a.t() @ Y.reshape(-1), rounds=3)


def test_matrix_forward_with_int64_indices(benchmark, csr):
    a = csr(np.int64)
    benchmark(lambda: a @ X.reshape(-1))


def test_matrix_free_forward(benchmark, monkeypatch):
    monkeypatch.setattr(astra, "MATRIX_LIMIT", 0)
    benchmark(projectors.make(GEOMETRY, GRID).forward, X)


def test_building_the_matrix(benchmark):
    benchmark.pedantic(projectors.make, (GEOMETRY, GRID), rounds=2)
