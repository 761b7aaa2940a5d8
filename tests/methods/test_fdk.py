"""FDK: attenuation in mm^-1 in the right place, and what it is not for."""

import functools
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
import torch
from inrbench.errors import Unsupported

from inrbench import methods, projectors
from inrbench.datasets.simulate_cone import shepp_logan
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.phantoms.ellipsoids import Ellipsoid, line_integrals, rasterise
from inrbench.scan import Scan
from inrbench.testing.problem import small_problem

BALLS = [
    Ellipsoid((10.0, -14.0, 6.0), (22.0, 18.0, 20.0), (0.4, 0.0, 0.0), 0.02),
    Ellipsoid((-20.0, 18.0, -8.0), (8.0, 10.0, 9.0), (0.0, 0.0, 0.0), 0.03),
]
GRID = Grid((32, 32, 32), 2.5)


class Silent:
    def start(self, iterations, projector):
        assert iterations == 1

    def step(self, iteration, value, image):
        self.seen = image()


needs_rtk = pytest.mark.skipif(find_spec("itk") is None, reason="needs itk-rtk")


def scan(geometry=None):
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False) + 0.2
    cone = ConeBeam(angles, (64, 64), 3.0, 400.0, 600.0, (1.0, 2.0))
    geometry = cone if geometry is None else geometry(cone)
    return Scan(line_integrals(BALLS, geometry), geometry)


def reconstruct(given, grid=GRID):
    listener = Silent()
    image = methods.make("fdk", 1.0).reconstruct(given, grid, listener, torch.Generator())
    assert torch.equal(image, listener.seen)
    return image


def relative(image):
    truth = torch.as_tensor(rasterise(BALLS, GRID))
    return float((image - truth).norm() / truth.norm())


@needs_rtk
@pytest.mark.parametrize("geometry", [None, lambda cone: ConeVectors(cone.vectors, (64, 64))])
def test_balls_come_back_where_and_as_dense_as_they_are(geometry):
    image = reconstruct(scan(geometry))
    assert relative(image) < 0.2
    for axis in range(3):
        assert relative(image.flip(axis)) > 0.9
    inside = image[torch.as_tensor(rasterise(BALLS, GRID)) == np.float32(0.02)]
    assert float(inside.median()) == pytest.approx(0.02, rel=0.02)


@needs_rtk
@pytest.mark.parametrize("geometry", [None, lambda cone: ConeVectors(cone.vectors, (64, 64))])
def test_diffct_gives_what_rtk_gives(geometry, monkeypatch):
    """To rounding: by its portable path here, which stands in for the CUDA kernels."""
    adapter = pytest.importorskip("inrbench.projectors.diffct", reason="needs diffct")
    portable = functools.partial(adapter.diffct.fdk, backend="torch")
    monkeypatch.setattr(adapter.diffct, "fdk", portable)
    given = scan(geometry)
    one = adapter.fdk(given.geometry, GRID, torch.device("cpu"))(given.sinogram)
    other = reconstruct(given)
    assert float((one - other).norm() / other.norm()) < 1e-4


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_balls_come_back_too():
    pytest.importorskip("inrbench.projectors.diffct", reason="needs diffct")
    assert relative(reconstruct(scan().to("cuda")).cpu()) < 0.2


def test_in_two_dimensions_there_is_fbp():
    grid, given, _ = small_problem()
    with pytest.raises(Unsupported, match="in two dimensions use fbp"):
        reconstruct(given, grid)


@needs_rtk
def test_shepp_logan_within_its_skull():
    """The middle slice, where FDK is the fan beam's exact method: soft tissue within 3 %."""
    case = shepp_logan(size=32, views=120, detector=64)
    image = reconstruct(case.scan, case.grid)
    middle, truth = image[16], case.reference[16]
    tissue = (truth > 0.99 * case.scale) & (truth < 1.07 * case.scale)
    error = (middle - truth)[tissue] / case.scale
    assert abs(float(error.mean())) < 0.03


def test_projectors_check_what_fdk_gets():
    with pytest.raises(ValueError, match="ConeBeam scans in 3 dimensions"):
        projectors.fdk(scan().geometry, Grid((8, 8), 1.0))
    invert = projectors.fdk(scan().geometry, GRID)
    with pytest.raises(ValueError, match=r"sinogram of shape \(9, 64, 64\): .* \(90, 64, 64\)"):
        invert(scan().sinogram[:9])


def test_the_listener_hears_which_library_it_is():
    class Named(Silent):
        def start(self, iterations, projector):
            self.backend = projector.backend

    listener = Named()
    methods.make("fdk", 1.0).reconstruct(scan(), GRID, listener, torch.Generator())
    assert listener.backend == "RTK"


@pytest.mark.parametrize(
    ("orbit", "words"),
    [
        (lambda cone: replace(cone, angles=cone.angles / 2 + 0.2), "gap of"),
        (lambda cone: cone.subset([0]), "1 views leave a gap of 360 degrees"),
        # About y: the source passes through the axis' direction.
        (lambda cone: ConeVectors(cone.vectors.reshape(-1, 4, 3)[:, :, [0, 2, 1]].reshape(-1, 12),
                                  (64, 64)), "circle about z"),
    ],
)  # fmt: skip
def test_orbits_that_the_formula_is_not_for_are_unsupported(orbit, words):
    with pytest.raises(Unsupported, match=words):
        projectors.fdk(orbit(scan().geometry), GRID)
