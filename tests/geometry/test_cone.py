"""Cone beams: rays, vectors, subsets, and sentences for impossible values."""

import json

import numpy as np
import pytest

from inrbench import geometry
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam


def beam(**changes) -> ConeBeam:
    fields = {"angles": [0.3, 1.1], "detector_shape": (3, 5), "detector_spacing": 2.0,
              "source_to_axis": 100.0, "source_to_detector": 150.0}  # fmt: skip
    return ConeBeam(**(fields | changes))


def test_the_middle_row_is_the_fan_beam():
    cone = beam(detector_offset=(0.0, 0.7))
    fan = FanBeam(cone.angles, 5, 2.0, 100.0, 150.0, 0.7)
    for solid, flat in zip(cone.rays(), fan.rays(), strict=True):
        np.testing.assert_allclose(solid[:, 1, :, :2], flat, atol=1e-12)
        np.testing.assert_allclose(solid[:, 1, :, 2], 0, atol=1e-12)


def test_rows_grow_with_z_and_the_first_offset_is_theirs():
    """The ray to pixel (i, j) passes z = (i - 1) spacing + offset at the detector's distance."""
    cone = beam(detector_offset=(0.5, 0.0))
    points, directions = cone.rays()
    t = cone.angles[0]
    normal = np.array([-np.sin(t), np.cos(t), 0.0])
    ray = directions[0, 2, 1]
    hit = points[0, 2, 1] + ray * 150.0 / (ray @ normal)
    assert hit[2] == pytest.approx(2.5)
    assert hit @ [np.cos(t), np.sin(t), 0] == pytest.approx(-2.0)


def test_vectors_are_the_same_orbit_view_by_view():
    cone = beam(detector_offset=(0.5, -0.7))
    orbit = ConeVectors(cone.vectors, cone.detector_shape)
    for one, other in zip(cone.rays(), orbit.rays(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert orbit.sinogram_shape == cone.sinogram_shape == (2, 3, 5)
    assert orbit.detector_spacing == pytest.approx(2.0)
    np.testing.assert_array_equal(orbit.subset([1]).vectors, cone.subset([1]).vectors)


@pytest.mark.parametrize("cone", [beam(), ConeVectors(beam().vectors, (3, 5))])
def test_dictionaries_bring_the_geometry_back(cone):
    again = geometry.from_dict(json.loads(json.dumps(geometry.to_dict(cone))))
    assert type(again) is type(cone)
    assert geometry.to_dict(again) == geometry.to_dict(cone)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"angles": []}, "non-empty"),
        ({"angles": [np.inf]}, "finite"),
        ({"detector_shape": (0, 5)}, "detector_shape=\\(0, 5\\)"),
        ({"detector_spacing": -1.0}, "detector_spacing=-1.0"),
        ({"source_to_axis": 160.0}, "source_to_axis=160.0"),
        ({"source_to_detector": np.inf}, "finite"),
        ({"detector_spacing": np.inf}, "detector_spacing=inf"),
        ({"detector_offset": (np.nan, 0.0)}, "must be finite"),
        ({"detector_shape": (2.7, 3)}, "two whole numbers"),
        ({"detector_shape": (2, 3, 4)}, "two whole numbers"),
    ],
)
def test_impossible_orbits_are_refused(changes, word):
    with pytest.raises(ValueError, match=word):
        beam(**changes)


def test_impossible_vectors_are_refused():
    vectors = beam().vectors
    with pytest.raises(ValueError, match="twelve finite numbers"):
        ConeVectors(vectors[:, :11], (3, 5))
    with pytest.raises(ValueError, match="no view"):
        ConeVectors(np.zeros((0, 12)), (3, 5))
    with pytest.raises(ValueError, match="view 1: u and v span no detector"):
        flat = vectors.copy()
        flat[1, 9:] = 2 * flat[1, 6:9]
        ConeVectors(flat, (3, 5))
    with pytest.raises(ValueError, match="view 1: the source lies in the plane of the detector"):
        within = vectors.copy()
        within[1, :3] = within[1, 3:6]
        ConeVectors(within, (3, 5))
