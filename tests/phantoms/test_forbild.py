import math
from dataclasses import replace

import numpy as np
import pytest

from inrbench.geometry import FanBeam, ParallelBeam
from inrbench.grid import Grid
from inrbench.phantoms.ellipses import ClippedEllipse, line_integrals, rasterise
from inrbench.phantoms.forbild import WATER, forbild

GRID = Grid((512, 512), 0.5)  # 256 mm x 256 mm
DENSITIES = np.array([0, 1.045, 1.0475, 1.05, 1.0525, 1.055, 1.06, 1.8])
# Off centre, tilted, and cut on two sides: no symmetry hides a wrong sign.
ASYMMETRIC = ClippedEllipse((13.0, -21.0), (40.0, 17.0), 0.6, 0.02, ((20.0, 0.3), (9.0, 2.0)))


def mass(ellipses) -> float:
    """Integral of the density relative to water in cm^2, from a raster."""
    return rasterise(ellipses, GRID).sum(dtype=np.float64) * (GRID.spacing / 10) ** 2 / WATER


def at(image, x, y):
    """Value of the pixel around (x, y) in mm."""
    column, row = (x + 128) / GRID.spacing, (128 - y) / GRID.spacing
    return image[int(row), int(column)]


def turned(ellipse: ClippedEllipse, angle: float) -> ClippedEllipse:
    """The ellipse turned anticlockwise about the origin."""
    (x, y), cos, sin = ellipse.centre, math.cos(angle), math.sin(angle)
    return replace(
        ellipse,
        centre=(x * cos - y * sin, x * sin + y * cos),
        tilt=ellipse.tilt + angle,
        clips=tuple((d, psi + angle) for d, psi in ellipse.clips),
    )


@pytest.fixture(scope="module")
def head():
    return rasterise(forbild(), GRID, supersampling=1)


@pytest.mark.parametrize("size", [128, 512])
def test_raster_takes_exactly_the_densities_of_the_table(size):
    image = rasterise(forbild(), Grid((size, size), 256 / size), supersampling=1) / WATER
    nearest = np.abs(image[..., None] - DENSITIES).argmin(-1)
    np.testing.assert_allclose(image, DENSITIES[nearest], atol=2e-7)
    assert set(nearest.ravel()) == set(range(8))


def test_tissues_lie_where_the_paper_puts_them(head):
    # Frontal sinus (air) and its septum in front, at the largest y; skull; eyes; brain; ventricle;
    # low-contrast discs at x = -10.8 and 10.8 mm behind; haematoma at the lower right.
    for (x, y), density in {
        (10, 90): 0, (0, 96): 1.8, (0, 117): 1.8, (-47, 43): 1.06, (47, 43): 1.06, (30, -20): 1.05,
        (0, -36): 1.045, (-10.8, -90): 1.0525, (10.8, -90): 1.0475, (64, -64): 1.055,
        (-64, -64): 1.05, (127, 127): 0,
    }.items():  # fmt: skip
        assert at(head, x, y) == pytest.approx(density * WATER, abs=1e-7), (x, y)


@pytest.mark.parametrize(("ears", "expected"), [(True, 400.37), (False, 398.54)])
def test_total_mass(ears, expected):
    assert mass(forbild(right_ear=ears, left_ear=ears)) == pytest.approx(expected, abs=0.01)


def test_every_projection_carries_the_total_mass():
    # The zeroth Helgason-Ludwig condition. The spacing resolves the smallest disc, 0.25 mm wide.
    geometry = ParallelBeam(np.linspace(0, np.pi, 7), 6001, 0.04)
    per_view = line_integrals(forbild(), geometry).sum(axis=1) * 0.04 / 100 / WATER
    np.testing.assert_allclose(per_view, 400.37, atol=0.01)


@pytest.mark.parametrize(
    ("s", "t", "expected"),
    [
        (0, 0, 23.1156645),
        (0, np.pi / 2, 19.28625),
        (1, 0.3, 22.0613181),
        (-3.3, 1.1, 20.9998886),
    ],
)
def test_line_integrals_known_in_closed_form(s, t, expected):
    # s in cm and densities relative to water, as in the table: 1 cm x 1 = 10 mm x 0.02 mm^-1.
    geometry = ParallelBeam([t], 1, 1.0, detector_offset=10 * s)
    assert line_integrals(forbild(), geometry).item() / 0.2 == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("angle", [0.0, 0.9, np.pi / 2, 2.5, 4.0])
def test_integrals_match_a_fine_raster_summed_along_the_rays(angle):
    # Turning the phantom by -t makes the rays of view t run upwards, along the raster's columns.
    # Each pixel holds five rays, at its sampling points, so that both sides average alike.
    grid = Grid((400, 400), 0.4)
    summed = rasterise([turned(ASYMMETRIC, -angle)], grid, supersampling=5).sum(axis=0) * 0.4
    rays = line_integrals([ASYMMETRIC], ParallelBeam([angle], 2000, 0.08)).reshape(400, 5).mean(1)
    assert rays.max() > 0.3
    # A sample of 0.08 mm at either end of a chord, times 0.02 mm^-1.
    np.testing.assert_allclose(rays, summed, atol=0.08 * 0.02)


def test_fan_and_parallel_beam_agree_on_the_same_ray():
    fan = FanBeam([0.0, 1.3, 3.9], 7, 40.0, 1100.0, 1400.0, detector_offset=11.0)
    points, directions = (array.reshape(-1, 2) for array in fan.rays())
    along = line_integrals(forbild(), fan).ravel()
    for (x, y), (ux, uy), expected in zip(points, directions, along, strict=True):
        t = math.atan2(-ux, uy)  # a parallel ray runs along (-sin t, cos t)
        s = x * math.cos(t) + y * math.sin(t)
        same = line_integrals(forbild(), ParallelBeam([t], 1, 1.0, detector_offset=s)).item()
        assert same == pytest.approx(expected, abs=1e-9)
    assert np.count_nonzero(along) >= 15


def test_opposite_views_see_the_same_rays_reversed():
    one, other = line_integrals(forbild(), ParallelBeam([0.7, 0.7 + np.pi], 301, 0.9))
    np.testing.assert_allclose(one, other[::-1], atol=1e-9)


def test_a_small_disc_far_from_the_source_keeps_its_precision():
    disc = ClippedEllipse((-67.6, 1.1), (0.125, 0.125), 0.0, 1.0)
    towards = np.array([[-67.6, 1.1 + 1100.0]])  # seen from (0, -1100)
    ray = towards / np.linalg.norm(towards)
    assert disc.chords(np.array([[0.0, -1100.0]]), ray).item() == pytest.approx(0.25, abs=1e-11)


@pytest.mark.parametrize(("clip", "expected"), [(-1.0, 0.0), (0.0, 0.0), (1.0, 20.0)])
def test_ray_parallel_to_a_clip_line_is_kept_or_lost_whole(clip, expected):
    disc = ClippedEllipse((0.0, 0.0), (10.0, 10.0), 0.0, 1.0, ((clip, 0.0),))
    upwards = np.array([[0.0, 1.0]])  # along x = 0, where x < d decides
    assert disc.chords(np.array([[0.0, -50.0]]), upwards).item() == expected


def test_clip_lines_do_not_turn_with_the_tilt():
    # Half a disc is the half with x < 0, whatever the tilt of its equal axes.
    for tilt in (0.0, 1.0):
        half = ClippedEllipse((0.0, 0.0), (10.0, 10.0), tilt, 1.0, ((0.0, 0.0),))
        assert half.contains(-5.0, 3.0) and not half.contains(5.0, 3.0)
        across = line_integrals([half], ParallelBeam([0.0, np.pi / 2], 2, 10.0))
        np.testing.assert_allclose(across, [[2 * math.sqrt(75), 0], [math.sqrt(75)] * 2])


def test_values_of_overlapping_ellipses_add():
    discs = [ClippedEllipse((0, 0), (r, r), 0.0, value) for r, value in ((20, 0.03), (10, -0.01))]
    image = rasterise(discs, Grid((3, 3), 12.0), supersampling=1)
    np.testing.assert_allclose(image[1], [0.03, 0.02, 0.03], rtol=1e-6)
    middle = line_integrals(discs, ParallelBeam([0.0], 1, 1.0)).item()
    assert middle == pytest.approx(40 * 0.03 - 20 * 0.01)


def test_right_ear_changes_nothing_left_of_it():
    with_ear, without = (rasterise(forbild(right_ear=ear), GRID, 2) for ear in (True, False))
    changed = GRID.axes()[0][(with_ear != without).any(axis=0)]
    # From the ear's tip at 91 - 42 mm to the inner wall of the skull at 90 mm.
    assert 48.5 < changed.min() < 55 and 89 < changed.max() < 90.5
    # Air cell, bone between the cells; without the ear, brain.
    assert at(with_ear, 88.2, 0.2) == pytest.approx(0, abs=1e-9)
    assert at(with_ear, 82.0, 0.2) == pytest.approx(1.8 * WATER)
    assert at(without, 82.0, 0.2) == at(without, 88.2, 0.2) == pytest.approx(1.05 * WATER)


def test_without_the_right_ear_the_skull_is_an_even_shell():
    # The inner ellipse reaches x = 90 mm on both sides, and bone follows up to 96 mm.
    image = rasterise(forbild(right_ear=False, left_ear=False), GRID, 1)
    np.testing.assert_array_equal(image[256, :60], image[256, :-61:-1])
    assert at(image, 89.7, 0.2) == pytest.approx(1.05 * WATER)
    assert at(image, 90.3, 0.2) == pytest.approx(1.8 * WATER)


def test_left_ear_is_the_fine_pattern_and_nothing_else():
    # One public version enlarges it three times, to radii of 0.375 to 0.54 mm.
    with_ear, without = (rasterise(forbild(left_ear=ear), GRID) for ear in (True, False))
    rows, columns = np.nonzero(with_ear - without)
    x, y = GRID.axes()[0][columns], GRID.axes()[1][rows]
    half = GRID.spacing / 2
    assert -70.1785 - half < x.min() and x.max() < -67.475 + half
    assert -10.1785 - half < y.min() and y.max() < 8.0 + half
    # 20 discs of each of four radii, so fine that their area needs many samples.
    ear = forbild(right_ear=False)[len(forbild(right_ear=False, left_ear=False)) :]
    patch = rasterise(ear, Grid((1440, 1440), 0.1), supersampling=6)
    area = 20 * np.pi * sum(r**2 for r in (0.1785, 0.156, 0.139, 0.125))
    assert patch.sum(dtype=np.float64) * 0.1**2 == pytest.approx(0.75 * WATER * area, rel=0.01)


def test_head_fills_256_mm_and_touches_no_border():
    # One public version scales the grid to 25.8 cm: the head is 19.2 cm x 24 cm.
    image = rasterise(forbild(), GRID) != 0
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (columns[0], columns[-1]) == (64, 447)  # |x| < 96 mm
    assert (rows[0], rows[-1]) == (16, 495)  # |y| < 120 mm


def test_pixel_averages_do_not_depend_on_the_block_size(monkeypatch):
    grid = Grid((60, 90), 2.0)
    geometry = FanBeam(np.arange(9.0), 50, 6.0, 1100.0, 1400.0)
    whole = rasterise(forbild(), grid), line_integrals(forbild(), geometry)
    monkeypatch.setattr("inrbench.phantoms.ellipses._BLOCK", 64)
    np.testing.assert_array_equal(rasterise(forbild(), grid), whole[0])
    np.testing.assert_array_equal(line_integrals(forbild(), geometry), whole[1])


def test_ellipses_reaching_out_of_the_grid_are_cut_at_its_border():
    image = rasterise([ClippedEllipse((50.0, 0.0), (45.0, 20.0), 0.0, 1.0)], Grid((4, 10), 2.0))
    assert (image[:, :7] == 0).all() and (image[:, 8:] == 1).all()
    outside = ClippedEllipse((500.0, 0.0), (20.0, 20.0), 0.0, 1.0)
    assert not rasterise([outside], Grid((4, 10), 2.0)).any()


def test_impossible_input_is_named():
    with pytest.raises(ValueError, match=r"semi_axes=\(1.0, 0.0\): both must be above 0 mm"):
        ClippedEllipse((0.0, 0.0), (1.0, 0.0), 0.0, 1.0)
    with pytest.raises(ValueError, match=r"shape \(4, 4, 4\): ellipses need two dimensions"):
        rasterise([ASYMMETRIC], Grid((4, 4, 4), 1.0))
    with pytest.raises(ValueError, match="supersampling=0: needs at least one sample"):
        rasterise([ASYMMETRIC], GRID, supersampling=0)
