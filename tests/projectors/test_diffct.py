"""diffct's pairs behind ours. On a CPU its portable path stands in for the CUDA kernels."""

import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import projectors
from inrbench.geometry import ConeVectors
from inrbench.grid import Grid
from inrbench.testing import ConeProjectorContract, ProjectorContract
from inrbench.testing.problem import cone_beam, cone_vectors

pytest.importorskip("inrbench.projectors.diffct", reason="needs diffct")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


class TestPlane(ProjectorContract):
    # A pixel's value holds over the whole pixel, where Joseph's method interpolates.
    discretisation = 0.02
    name = "diffct torch on the CPU"

    def make(self, geometry, grid):
        projector = projectors.make(geometry, grid, self.device, backend="diffct")
        assert projector.backend == self.name
        return projector


class TestCone(TestPlane, ConeProjectorContract):
    discretisation = 0.05
    fine = Grid((96, 96, 96), 80 / 96)


@pytest.mark.gpu
@needs_cuda
class TestPlaneOnCUDA(TestPlane):
    device = "cuda"
    name = "diffct numba"


@pytest.mark.gpu
@needs_cuda
class TestConeOnCUDA(TestCone):
    device = "cuda"
    name = "diffct numba"


def test_pixels_of_several_sizes_are_unsupported():
    vectors = cone_vectors().vectors.copy()
    vectors[4, 6:9] *= 1.01
    with pytest.raises(Unsupported, match="pixels of one size, here u is from"):
        projectors.make(ConeVectors(vectors, (30, 34)), Grid((18, 22, 26), 3.0), backend="diffct")


def test_rtk_and_diffct_agree_up_to_their_bases():
    """A smooth ball: Joseph and Siddon differ by the discretisation, which halves with a voxel."""
    distances = []
    for n, spacing in ((24, 3.0), (48, 1.5)):
        grid = Grid((n, n, n), spacing)
        x, y, z = (torch.as_tensor(axis, dtype=torch.float32) for axis in grid.axes())
        away = (z[:, None, None] - 5) ** 2 + (y[:, None] + 3) ** 2 + (x - 7) ** 2
        ball = torch.exp(-away / (2 * 9.0**2))
        one, other = (
            projectors.make(cone_beam(), grid, backend=name).forward(ball)
            for name in ("rtk", "diffct")
        )
        distances.append(float((one - other).norm() / one.norm()))
    assert distances[0] < 0.06
    assert distances[1] < 0.6 * distances[0]
