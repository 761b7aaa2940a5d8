"""Geometry: detector positions, rays, subsets, and sentences for impossible values."""

import numpy as np
import pytest

from inrbench import geometry
from inrbench.geometry import FanBeam, ParallelBeam


def test_column_of_the_rotation_centre_lies_on_the_axis():
    """A centre of rotation at column c means offset = ((n - 1)/2 - c) spacing: tooth, +23.5."""
    beam = ParallelBeam([0.0], 640, 1.0, detector_offset=(639 / 2 - 296.0))
    assert beam.detector_offset == 23.5
    assert beam.columns()[296] == 0.0


def test_parallel_rays():
    """At angle t: through u (cos t, sin t) along (-sin t, cos t)."""
    t = 0.3
    points, directions = ParallelBeam([t], 3, 2.0, 0.5).rays()
    np.testing.assert_allclose(points[0, 2], 2.5 * np.array([np.cos(t), np.sin(t)]))
    np.testing.assert_allclose(directions[0, 0], [-np.sin(t), np.cos(t)])


def test_fan_rays_start_at_the_source_and_hit_their_columns():
    t, fan = 0.3, FanBeam([0.3], 3, 2.0, 100.0, 150.0, 0.5)
    points, directions = fan.rays()
    np.testing.assert_allclose(points[0, 1], [100 * np.sin(t), -100 * np.cos(t)])
    assert np.allclose(np.linalg.norm(directions, axis=-1), 1)
    column = 50 * np.array([-np.sin(t), np.cos(t)]) + 2.5 * np.array([np.cos(t), np.sin(t)])
    to_column = column - points[0, 2]
    np.testing.assert_allclose(directions[0, 2], to_column / np.linalg.norm(to_column))
    assert fan.magnification == 1.5


def test_subset_keeps_everything_but_the_views():
    fan = FanBeam(np.arange(6.0), 3, 2.0, 100.0, 150.0, 0.5)
    some = fan.subset([1, 4])
    assert some.angles.tolist() == [1.0, 4.0]
    assert some.sinogram_shape == (2, 3)
    assert some.detector_offset == 0.5


@pytest.mark.parametrize("beam", [ParallelBeam([0.1, 0.2], 3, 2.0, 0.5),
                                  FanBeam([0.1, 0.2], 3, 2.0, 100.0, 150.0, 0.5)])  # fmt: skip
def test_dictionaries_bring_the_geometry_back(beam):
    again = geometry.from_dict(geometry.to_dict(beam))
    assert type(again) is type(beam)
    assert geometry.to_dict(again) == geometry.to_dict(beam)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (([], 3, 1.0), "non-empty"),
        (([np.nan], 3, 1.0), "finite"),
        (([0.0], 0, 1.0), "detector_count=0"),
        (([0.0], 3, 0.0), "detector_spacing=0.0"),
    ],
)
def test_impossible_detectors_are_refused(arguments, word):
    with pytest.raises(ValueError, match=word):
        ParallelBeam(*arguments)
    with pytest.raises(ValueError, match=word):
        FanBeam(*arguments, 100.0, 150.0)


def test_detector_before_the_axis_is_refused():
    with pytest.raises(ValueError, match="source_to_axis <= source_to_detector"):
        FanBeam([0.0], 3, 1.0, 150.0, 100.0)
