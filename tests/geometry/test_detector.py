"""A crop and a binning see the object where the whole detector sees it."""

import numpy as np
import pytest

from inrbench.geometry.detector import cut, seen_from, tilted
from inrbench.phantoms import ellipses, ellipsoids
from inrbench.phantoms.ellipsoids import Ellipsoid
from inrbench.testing.problem import cone_beam, cone_vectors, fan_beam, parallel_beam
from inrbench.testing.projectors import ASYMMETRIC, ASYMMETRIC_3D


@pytest.mark.parametrize("beam", [fan_beam, parallel_beam])
def test_a_crop_keeps_its_columns_line_integrals(beam):
    whole = ellipses.line_integrals(ASYMMETRIC, beam())
    part = ellipses.line_integrals(ASYMMETRIC, cut(beam(), (7, 30)))
    np.testing.assert_allclose(part, whole[:, 7:30], atol=1e-12)


@pytest.mark.parametrize("beam", [cone_beam, cone_vectors])
def test_a_crop_keeps_its_pixels_line_integrals(beam):
    whole = ellipsoids.line_integrals(ASYMMETRIC_3D, beam())
    part = ellipsoids.line_integrals(ASYMMETRIC_3D, cut(beam(), (7, 30), (3, 25)))
    np.testing.assert_allclose(part, whole[:, 3:25, 7:30], atol=1e-12)


@pytest.mark.parametrize("beam", [cone_beam, cone_vectors])
def test_a_binned_pixel_lies_in_the_middle_of_its_square(beam):
    geometry = beam()
    coarse = cut(geometry, (4, 34), (0, 30), binning=3)
    assert coarse.sinogram_shape == (9, 10, 10)
    _, fine = geometry.rays()
    _, found = coarse.rays()
    np.testing.assert_allclose(found, fine[:, 1::3, 5::3], atol=1e-12)


def test_nothing_cut_is_the_same_geometry():
    whole = fan_beam()
    assert cut(whole, (0, 40)) is whole


def test_a_part_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"columns=\(5, 41\): expected part of 0 to 40"):
        cut(fan_beam(), (5, 41))
    with pytest.raises(ValueError, match="binning=3: must divide"):
        cut(fan_beam(), (0, 40), binning=3)


def test_a_tilted_detector_turns_its_columns_towards_its_rows():
    straight, leaning = cone_beam(), tilted(cone_beam(), 0.1)
    u, v = straight.vectors[:, 6:9], straight.vectors[:, 9:]
    cos, sin = np.cos(0.1), np.sin(0.1)
    np.testing.assert_allclose(leaning.vectors[:, 6:9], cos * u + sin * v)
    np.testing.assert_allclose(leaning.vectors[:, 9:], cos * v - sin * u)


def test_an_object_beside_the_axis_is_seen_from_its_own_centre():
    moved = np.array([4.0, -3.0, 2.0])
    beside = [Ellipsoid(tuple(np.array(one.centre) + moved), one.semi_axes, one.tilt, one.value)
              for one in ASYMMETRIC_3D]  # fmt: skip
    np.testing.assert_allclose(
        ellipsoids.line_integrals(ASYMMETRIC_3D, seen_from(cone_beam(), moved)),
        ellipsoids.line_integrals(beside, cone_beam()),
        atol=1e-12,
    )
