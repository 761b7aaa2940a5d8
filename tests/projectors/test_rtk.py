"""RTK's cone-beam pair behind ours: the contract, no copies, threads, orbits it cannot take."""

import numpy as np
import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import projectors
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.meters.resident import ResidentMemory
from inrbench.testing import ConeProjectorContract
from inrbench.testing.problem import cone_beam, cone_vectors, fan_beam

rtk = pytest.importorskip("inrbench.projectors.rtk", reason="needs itk-rtk")
GRID = Grid((18, 22, 26), 3.0)


class TestRTK(ConeProjectorContract):
    def make(self, geometry, grid):
        projector = projectors.make(geometry, grid)
        assert projector.backend == "RTK"
        return projector


def test_an_image_is_read_where_it_lies():
    """ITK's image has the tensor's own memory: what is written there is in the tensor."""
    image = torch.zeros(GRID.shape)
    view = rtk._volume(image, GRID)
    image[2, 3, 4] = 7.0
    assert view.GetPixel([4, 3, 2]) == 7.0


def test_voxels_lie_where_the_grid_says():
    """Index to RTK's (x, z, -y): row 0 has the largest y, z grows with the slice."""
    view = rtk._volume(torch.zeros(GRID.shape), GRID)
    x, y, z = GRID.axes()
    point = view.TransformIndexToPhysicalPoint([4, 3, 2])
    np.testing.assert_allclose(list(point), [x[4], z[2], -y[3]])


def test_no_work_space_beside_image_and_sinogram():
    """224^3 voxels are 45 MB, more than malloc would take from pages that it has."""
    grid = Grid((224, 224, 224), 0.5)
    beam = ConeBeam(np.arange(3.0), (64, 64), 4.0, 500.0, 700.0)
    small = projectors.make(beam, Grid((4, 4, 4), 28.0))
    small.adjoint(small.forward(torch.rand(4, 4, 4)))  # loads the library's code
    projector = projectors.make(beam, grid)
    image, sinogram = torch.rand(grid.shape), torch.rand(beam.sinogram_shape)
    with ResidentMemory() as forward:
        projected = projector.forward(image)
    with ResidentMemory() as adjoint:
        back_projected = projector.adjoint(sinogram)
    for meter, result in ((forward, projected), (adjoint, back_projected)):
        (reading,) = meter.readings()
        if "could not be reset" in reading.how:
            pytest.skip(reading.how)
        assert (reading.bytes or 0) < result.nbytes + 4e6


def test_half_a_voxel_at_each_face_is_not_seen():
    """The central ray through n voxels of 1 mm and value 1: n - 1, where diffct gives n."""
    for n in (2, 5, 10):
        grid = Grid((n, n, n), 1.0)
        cone = ConeBeam([0.0], (1, 1), 1.0, 100.0, 200.0)
        lengths = {"rtk": n - 1.0, "diffct": float(n)}
        for name, length in lengths.items():
            pytest.importorskip(f"inrbench.projectors.{name}")
            projected = projectors.make(cone, grid, backend=name).forward(torch.ones(grid.shape))
            assert float(projected) == pytest.approx(length, rel=1e-5)
    with pytest.raises(Unsupported, match=r"\(1, 8, 8\): RTK interpolates between voxels"):
        projectors.make(cone, Grid((1, 8, 8), 1.0))


def test_other_numbers_than_float32_are_refused():
    projector = projectors.make(cone_beam(), GRID)
    for dtype in (torch.float64, torch.int32):
        with pytest.raises(ValueError, match=f"image of {dtype}: projectors take torch.float32"):
            projector.forward(torch.ones(GRID.shape, dtype=dtype))


def test_threads_change_nothing():
    projector = projectors.make(cone_beam(), GRID)
    sinogram = torch.rand(projector.geometry.sinogram_shape)
    threads = torch.get_num_threads()
    images = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            images.append(projector.adjoint(sinogram))
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(*images, rtol=1e-5, atol=1e-6)


def test_two_dimensions_are_unsupported():
    with pytest.raises(Unsupported, match="RTK projects cone beams only"):
        projectors.make(fan_beam(), Grid((8, 8), 1.0), backend="rtk")


def test_orbits_that_rtk_cannot_take_are_unsupported():
    vectors = cone_vectors().vectors
    skewed, uneven = vectors.copy(), vectors.copy()
    skewed[3, 9:] += 0.1 * skewed[3, 6:9]
    uneven[5, 6:9] *= 1.01
    for changed, words in ((skewed, "view 3: RTK takes rectangular"), (uneven, "view 5: RTK")):
        with pytest.raises(Unsupported, match=words):
            projectors.make(ConeVectors(changed, (30, 34)), GRID)


def test_other_devices_are_unsupported():
    with pytest.raises(Unsupported, match="on the CPU only, not on meta"):
        projectors.make(cone_beam(), GRID, "meta", "rtk")


def test_in_a_plane_it_is_the_fan_beam():
    """The middle row of a cone sees one slice of a cylinder as a fan beam sees its disc."""
    fan = fan_beam(views=5)
    cone = cone_beam()
    cone = type(cone)(fan.angles, (3, fan.detector_count), fan.detector_spacing,
                      fan.source_to_axis, fan.source_to_detector, (0.0, 3.3))  # fmt: skip
    plane = Grid((80, 90), 1.0)
    x, y = np.meshgrid(*plane.axes())
    disc = torch.as_tensor(np.exp(-((x - 9) ** 2 + (y + 6) ** 2) / 2 / 8**2), dtype=torch.float32)
    flat = projectors.make(fan, plane).forward(disc)
    solid = projectors.make(cone, Grid((5, 80, 90), 1.0)).forward(disc.expand(5, 80, 90))
    torch.testing.assert_close(solid[:, 1], flat, rtol=0.02, atol=0.02 * float(flat.max()))
