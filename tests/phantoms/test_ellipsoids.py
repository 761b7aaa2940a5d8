import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from inrbench.geometry import ConeBeam, ConeVectors, FanBeam
from inrbench.grid import Grid
from inrbench.phantoms import ellipses
from inrbench.phantoms.ellipses import ClippedEllipse
from inrbench.phantoms.ellipsoids import Ellipsoid, line_integrals, rasterise
from inrbench.testing.projectors import ASYMMETRIC_3D

NO_TILT = (0.0, 0.0, 0.0)
TILTED = ASYMMETRIC_3D[0]


def ball(centre=(0.0, 0.0, 0.0), radius=10.0, value=1.0) -> Ellipsoid:
    return Ellipsoid(centre, (radius,) * 3, NO_TILT, value)


def cone(**changes) -> ConeBeam:
    fields = {"angles": [0.3, 1.9, 4.4], "detector_shape": (9, 13), "detector_spacing": 13.0,
              "source_to_axis": 200.0, "source_to_detector": 300.0}  # fmt: skip
    return ConeBeam(**(fields | changes))


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def brute_force(phantom, grid, n):
    """Voxel averages by `contains` at every sample of every voxel."""
    fine = Grid(tuple(n * size for size in grid.shape), grid.spacing / n)
    x, y, z = fine.axes()
    mu = sum(e.value * e.contains(x, y[:, None], z[:, None, None]) for e in phantom)
    nz, ny, nx = grid.shape
    return mu.reshape(nz, n, ny, n, nx, n).mean(axis=(1, 3, 5))


def test_chord_of_a_ball_is_its_diameter_or_twice_the_leg():
    one = ball((3.0, -4.0, 5.0), 10.0)
    generator = np.random.default_rng(0)
    u = unit(generator.normal(size=(50, 3)))
    across = unit(np.cross(u, generator.normal(size=(50, 3))))
    for h in (0.0, 2.0, 6.0, 9.9, 10.1, 30.0):
        points = np.array(one.centre) + h * across - 70.0 * u
        expected = 2 * math.sqrt(max(100 - h**2, 0))
        np.testing.assert_allclose(one.chords(points, u), expected, atol=1e-10)


def test_an_ellipsoid_is_the_linear_image_of_the_unit_ball():
    # A maps the ball to the ellipsoid, a ray (r, u) to (A r, A u), and lengths along it by |A u|.
    a = TILTED.rotation() * TILTED.semi_axes
    generator = np.random.default_rng(1)
    r, u = generator.normal(size=(200, 3)), unit(generator.normal(size=(200, 3)))
    in_ball = ball(radius=1.0).chords(r, u)
    stretched = u @ a.T
    chords = TILTED.chords(r @ a.T + TILTED.centre, unit(stretched))
    assert 50 < np.count_nonzero(in_ball) < 200
    np.testing.assert_allclose(
        chords, in_ball * np.linalg.norm(stretched, axis=1), rtol=1e-9, atol=1e-6
    )
    points = r @ a.T + TILTED.centre
    np.testing.assert_array_equal(TILTED.contains(*points.T), np.linalg.norm(r, axis=1) <= 1)
    assert TILTED.volume() == pytest.approx(4 / 3 * np.pi * np.linalg.det(a))


def test_angles_turn_anticlockwise_about_z_then_x_then_z():
    def turn(angle, first, second):
        matrix = np.eye(3)
        matrix[first, first] = matrix[second, second] = math.cos(angle)
        matrix[second, first], matrix[first, second] = math.sin(angle), -math.sin(angle)
        return matrix

    phi, theta, psi = 0.3, 0.9, -1.7
    expected = turn(phi, 0, 1) @ turn(theta, 1, 2) @ turn(psi, 0, 1)
    rotation = replace(TILTED, tilt=(phi, theta, psi)).rotation()
    np.testing.assert_allclose(rotation, expected, atol=1e-15)
    # phi alone is the tilt of an ellipse: the first axis turns from x towards y.
    flat = replace(TILTED, tilt=(phi, 0.0, 0.0)).rotation()
    np.testing.assert_allclose(flat[:, 0], [math.cos(phi), math.sin(phi), 0])


def test_half_widths_are_reached_and_not_passed():
    a = TILTED.rotation() * TILTED.semi_axes
    surface = unit(np.random.default_rng(2).normal(size=(200_000, 3))) @ a.T
    reached = surface.max(axis=0)
    assert (reached <= TILTED.half_widths()).all()
    np.testing.assert_allclose(reached, TILTED.half_widths(), rtol=1e-3)


def test_a_small_ball_far_from_the_source_keeps_its_precision():
    small = ball((-67.6, 1.1, 40.3), 0.1)
    source = np.array([0.0, -1100.0, 0.0])
    towards = unit(np.array(small.centre) - source)
    assert small.chords(source, towards) == pytest.approx(0.2, abs=1e-11)
    # A ray that passes at h = 0.06: 2 sqrt(0.01 - 0.0036) = 0.16.
    beside = np.cross(towards, [0.0, 0.0, 1.0])
    off = np.array(small.centre) + 0.06 * unit(beside) - 1100.0 * towards
    assert small.chords(off, towards) == pytest.approx(0.16, abs=1e-10)


@pytest.mark.parametrize("vectors", [False, True])
def test_integrals_match_numerical_integration_of_the_inside_test(vectors):
    geometry = cone(detector_offset=(4.0, -7.0))
    if vectors:
        skewed = geometry.vectors + np.random.default_rng(3).normal(size=(3, 12))
        geometry = ConeVectors(skewed, geometry.detector_shape)
    points, directions = geometry.rays()
    step = 0.01
    t = 150 + step * (np.arange(10_000) + 0.5)  # the phantom lies within 40 mm of the axis
    expected = np.zeros(geometry.sinogram_shape)
    for index in np.ndindex(expected.shape):
        along = points[index][:, None] + t * directions[index][:, None]
        expected[index] = step * sum(e.value * e.contains(*along).sum() for e in ASYMMETRIC_3D)
    computed = line_integrals(ASYMMETRIC_3D, geometry)
    assert computed.dtype == np.float64 and np.count_nonzero(computed) > 50
    # At most one step is missed or counted too much along each of three chords.
    np.testing.assert_allclose(computed, expected, atol=step * (0.02 + 0.05 + 0.04))


def test_each_projection_from_afar_carries_the_mass():
    # From 10 km the rays are parallel to 1e-5.
    geometry = cone(detector_shape=(400, 400), detector_spacing=0.2, source_to_axis=1e7,
                    source_to_detector=1e7)  # fmt: skip
    mass = sum(e.value * e.volume() for e in ASYMMETRIC_3D)
    per_view = line_integrals(ASYMMETRIC_3D, geometry).sum(axis=(1, 2)) * 0.2**2
    np.testing.assert_allclose(per_view, mass, rtol=1e-4)


def test_middle_row_is_the_fan_beam_of_the_section_at_z_0():
    # At z = 0 an ellipsoid turned about z alone is an ellipse smaller by sqrt(1 - (z0 / c)^2).
    solids, flats = [], []
    for (x, y, z), (a, b, c), phi, value in (
        ((6, -4, 0), (24, 15, 19), 0.5, 0.02),
        ((-18, 22, 3), (5, 8, 6), -0.3, 0.05),
        ((10, 8, -30), (5, 8, 6), 0.0, 0.05),  # does not reach z = 0
    ):
        solids.append(Ellipsoid((x, y, z), (a, b, c), (phi, 0.0, 0.0), value))
        if abs(z) < c:
            s = math.sqrt(1 - (z / c) ** 2)
            flats.append(ClippedEllipse((x, y), (s * a, s * b), phi, value))
    geometry = cone(detector_shape=(5, 201), detector_spacing=0.7, detector_offset=(0.0, 3.0))
    fan = FanBeam(geometry.angles, 201, 0.7, 200.0, 300.0, 3.0)
    np.testing.assert_allclose(
        line_integrals(solids, geometry)[:, 2], ellipses.line_integrals(flats, fan), atol=1e-9
    )
    # One thin slice at z = 0, one sample a voxel: the same pixels, the same way round.
    image = rasterise(solids, Grid((1, 60, 80), 1.0), 1)
    np.testing.assert_array_equal(image[0], ellipses.rasterise(flats, Grid((60, 80), 1.0), 1))


def test_a_phantom_mirrored_in_z_mirrors_the_rows():
    mirrored = [
        replace(e, centre=(*e.centre[:2], -e.centre[2]), tilt=(e.tilt[0], -e.tilt[1], e.tilt[2]))
        for e in ASYMMETRIC_3D
    ]
    one, other = (line_integrals(phantom, cone()) for phantom in (ASYMMETRIC_3D, mirrored))
    np.testing.assert_allclose(other, one[:, ::-1], atol=1e-12)
    assert np.abs(one - one[:, ::-1]).max() > 0.1


def test_rows_fall_with_y_columns_grow_with_x_slices_with_z():
    for axis, flip, slope in ((0, 1, 1), (1, -1, -1), (2, 1, 1)):  # (z, y, x)
        position = [0.0, 0.0, 0.0]
        position[2 - axis] = 20.0
        image = rasterise([ball(tuple(position), 5.0)], Grid((40, 50, 60), 2.0))
        middle = (np.arange(image.shape[axis]) - (image.shape[axis] - 1) / 2) * 2.0 * flip
        others = tuple(k for k in range(3) if k != axis)
        mean = (image.sum(axis=others) * middle).sum() / image.sum()
        assert mean == pytest.approx(20.0, abs=1e-4)
        half = image.shape[axis] // 2
        later = np.moveaxis(image, axis, 0)[half:].sum()
        assert later == pytest.approx(image.sum() if slope > 0 else 0, abs=1e-3)


def test_raster_carries_the_volume():
    mass = sum(e.value * e.volume() for e in ASYMMETRIC_3D)
    image = rasterise(ASYMMETRIC_3D, Grid((80, 90, 100), 1.0), supersampling=8)
    assert image.dtype == np.float32 and image.shape == (80, 90, 100)
    assert image.sum(dtype=np.float64) == pytest.approx(mass, rel=1e-4)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_skipping_voxels_without_a_surface_changes_nothing(n):
    # With an ellipsoid thinner than a voxel, one smaller than it, and one cut by the border.
    phantom = [
        *ASYMMETRIC_3D,
        Ellipsoid((3.0, -9.0, 4.0), (17.0, 12.0, 0.7), (1.0, 0.5, 0.3), 0.03),
        ball((-20.1, -20.3, 14.9), 1.4, 0.06),
        ball((33.0, 24.0, 30.0), 12.0, -0.01),
    ]
    for grid in (Grid((20, 22, 24), 3.0), Grid((7, 5, 6), 11.0)):
        image, expected = rasterise(phantom, grid, n), brute_force(phantom, grid, n)
        # Samples on a surface may fall on either side of it: none does with these numbers.
        np.testing.assert_allclose(image, expected, atol=1e-8)
        assert len(np.unique(expected)) >= 4


def test_ellipsoids_outside_the_grid_leave_it_empty():
    for far in itertools.product((0.0, 90.0), repeat=3):
        assert rasterise([ball(far)], Grid((8, 8, 8), 3.0)).any() == (far == (0.0, 0.0, 0.0))


def test_values_of_overlapping_ellipsoids_add():
    balls = [ball(radius=20.0, value=0.03), ball(radius=10.0, value=-0.01)]
    image = rasterise(balls, Grid((3, 3, 3), 12.0), supersampling=1)
    np.testing.assert_allclose(image[1, 1], [0.03, 0.02, 0.03], rtol=1e-6)
    middle = line_integrals(balls, cone(angles=[0.0], detector_shape=(1, 1))).item()
    assert middle == pytest.approx(40 * 0.03 - 20 * 0.01)


def test_results_do_not_depend_on_the_block_size(monkeypatch):
    grid = Grid((20, 22, 24), 3.6)
    whole = rasterise(ASYMMETRIC_3D, grid), line_integrals(ASYMMETRIC_3D, cone())
    monkeypatch.setattr("inrbench.phantoms.ellipsoids._BLOCK", 40)
    np.testing.assert_array_equal(rasterise(ASYMMETRIC_3D, grid), whole[0])
    np.testing.assert_array_equal(line_integrals(ASYMMETRIC_3D, cone()), whole[1])


def test_no_symmetry_of_the_cube_hides_a_mistake_from_the_contract():
    image = rasterise(ASYMMETRIC_3D, Grid((40, 40, 40), 2.0))
    changed = [
        np.linalg.norm(np.flip(image.transpose(order), flips) - image) / np.linalg.norm(image)
        for order in itertools.permutations(range(3))
        for count in range(4)
        for flips in itertools.combinations(range(3), count)
    ]
    assert len(changed) == 48 and changed[0] == 0 and min(changed[1:]) > 0.3
    reach = max(np.linalg.norm(e.centre) + max(e.semi_axes) for e in ASYMMETRIC_3D)
    assert reach < 40


def test_impossible_input_is_named():
    for semi_axes in ((1.0, 0.0, 2.0), (1.0, 2.0), (1.0, 2.0, float("nan"))):
        with pytest.raises(ValueError, match=r"semi_axes=\(1.0.*expected three lengths above 0"):
            Ellipsoid((0.0, 0.0, 0.0), semi_axes, NO_TILT, 1.0)
    with pytest.raises(ValueError, match=r"shape \(4, 4\): ellipsoids need three dimensions"):
        rasterise([TILTED], Grid((4, 4), 1.0))
    with pytest.raises(ValueError, match="supersampling=0: needs at least one sample"):
        rasterise([TILTED], Grid((4, 4, 4), 1.0), supersampling=0)
    with pytest.raises(ValueError, match="a FanBeam: ellipsoids need rays in three dimensions"):
        line_integrals([TILTED], FanBeam([0.0], 5, 1.0, 100.0, 150.0))
