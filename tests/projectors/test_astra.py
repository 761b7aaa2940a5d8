"""ASTRA's projectors behind ours: as a matrix, matrix-free, and on CUDA."""

import numpy as np
import pytest
import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.projectors import astra
from inrbench.testing import ConeProjectorContract, ProjectorContract
from inrbench.testing.problem import fan_beam, parallel_beam


class TestMatrix(ProjectorContract):
    def make(self, geometry, grid):
        projector = projectors.make(geometry, grid)
        assert projector.backend == "astra matrix"
        return projector


def test_the_matrix_is_there_for_who_needs_more_than_products():
    """A itself, entry by entry, and none where it is not kept."""
    grid = Grid((3, 4), 20.0)
    projector = projectors.make(fan_beam(), grid)
    unit = torch.eye(grid.size).reshape(-1, *grid.shape)
    columns = torch.stack([projector.forward(image).flatten() for image in unit], dim=1)
    assert torch.equal(projector.matrix.to_dense(), columns)


class TestMatrixFree(ProjectorContract):
    @pytest.fixture(autouse=True)
    def _no_room_for_a_matrix(self, monkeypatch):
        monkeypatch.setattr(astra, "MATRIX_LIMIT", 0)

    def make(self, geometry, grid):
        projector = projectors.make(geometry, grid)
        assert projector.backend == "astra CPU" and projector.matrix is None
        assert projector.bytes == 0
        return projector


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
class TestCUDA(ProjectorContract):
    device = "cuda"
    # ASTRA's CUDA back-projector is voxel driven, not the transpose of the ray-driven projector.
    adjoint_tolerance = 0.01

    def make(self, geometry, grid):
        projector = projectors.make(geometry, grid, device="cuda")
        assert projector.backend == "astra CUDA"
        return projector

    def test_derivative_of_the_forward_is_the_adjoint_and_back(self):
        """Holds by construction, and bit for bit, whatever the pair's mismatch."""
        super().test_derivative_of_the_forward_is_the_adjoint_and_back()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
class TestConeOnCUDA(TestCUDA, ConeProjectorContract):
    pass


@pytest.mark.parametrize("geometry", [fan_beam(), parallel_beam()])
def test_matrix_and_matrix_free_are_the_same_operator(geometry):
    grid = Grid((18, 22), 4.0)
    matrix = projectors.make(geometry, grid)
    direct = astra.matrix_free(geometry, grid)
    assert (matrix.backend, direct.backend) == ("astra matrix", "astra CPU")
    x = torch.rand(grid.shape)
    torch.testing.assert_close(matrix.forward(x), direct.forward(x), rtol=1e-4, atol=1e-3)


def test_matrix_bytes_are_what_is_held_and_below_the_estimate():
    geometry, grid = fan_beam(), Grid((18, 22), 4.0)
    projector = projectors.make(geometry, grid)
    rows, columns = 17 * 40, 18 * 22
    entries = (projector.bytes - 4 * (rows + 1) - 4 * (columns + 1)) / 16
    ones = projector.forward(torch.ones(grid.shape))
    assert entries == int(entries) > 17 * 20
    assert projector.bytes < astra.matrix_bytes(geometry, grid) + 4 * (rows + columns + 2)
    assert float(ones.max()) <= np.hypot(18, 22) * 4.0  # no ray is longer than the diagonal
