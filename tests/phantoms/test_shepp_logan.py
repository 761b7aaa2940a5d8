import numpy as np
import pytest

from inrbench.geometry import ConeBeam
from inrbench.grid import Grid
from inrbench.phantoms.ellipsoids import line_integrals, rasterise
from inrbench.phantoms.forbild import WATER
from inrbench.phantoms.shepp_logan import HALF_FIELD, shepp_logan

# What sums of the book's values can be found in the head: air, ventricles and the hole high in the
# brain, brain, the two small tumours, the large one and the high one, their overlap, skull.
DENSITIES = np.array([0, 1, 1.02, 1.03, 1.04, 1.06, 2])


def density(x, y, z):
    """Relative to water at a point in units of half the field."""
    inside = (
        e.value * e.contains(x * HALF_FIELD, y * HALF_FIELD, z * HALF_FIELD) for e in shepp_logan()
    )
    return sum(inside) / WATER


def test_raster_takes_exactly_the_densities_of_the_table():
    image = rasterise(shepp_logan(), Grid((128, 128, 128), 2.0), supersampling=1) / WATER
    nearest = np.abs(image[..., None] - DENSITIES).argmin(-1)
    np.testing.assert_allclose(image, DENSITIES[nearest], atol=5e-7)
    assert set(nearest.ravel()) == set(range(7))


@pytest.mark.parametrize(
    ("x", "y", "z", "expected"),
    [
        (0, 0.9, 0, 2), (0.68, 0, 0, 2), (0, 0, -0.89, 2), (0, 0.93, 0, 0), (0.7, 0, 0, 0),
        (0, -0.5, 0, 1.02), (0, 0, 0.87, 1.02),
        (-0.22, 0, -0.25, 1), (0.22, 0, -0.25, 1),
        (0, 0.45, -0.25, 1.04), (0, 0.35, 0.2, 1.04),
        (0, 0.08, -0.25, 1.04), (0, 0.12, -0.25, 1.06),  # below and in the large tumour
        (-0.08, -0.65, -0.25, 1.03), (0.06, -0.65, -0.25, 1.03),
        (0.06, -0.105, 0.625, 1.04), (0, 0.1, 0.625, 1),
    ],
)  # fmt: skip
def test_parts_lie_where_the_book_puts_them(x, y, z, expected):
    assert density(x, y, z) == pytest.approx(expected, abs=1e-12)


def test_ventricles_open_upwards_like_a_v():
    # Their long axes stand at 108 and 72 degrees; the left one is the larger.
    for sign, phi, long, short in ((-1, 108, 0.41, 0.16), (1, 72, 0.31, 0.11)):
        along = np.array([np.cos(np.radians(phi)), np.sin(np.radians(phi))])
        centre = np.array([sign * 0.22, 0.0])
        for direction, half in ((along, long), (along[::-1] * [-1, 1], short)):
            # The lower end: the upper one of the left ventricle lies beside the large tumour.
            assert density(*(centre - 0.98 * half * direction), -0.25) == pytest.approx(1)
            assert density(*(centre - 1.02 * half * direction), -0.25) == pytest.approx(1.02)


def test_mass_is_that_of_the_ellipsoids():
    # 4/3 pi (2 * 0.57132 - 0.98 * 0.509465 - ...) = 4/3 pi * 0.643464 in the table's units.
    mass = sum(e.value * e.volume() for e in shepp_logan())
    assert mass / HALF_FIELD**3 / WATER == pytest.approx(2.69534, abs=1e-5)
    grid = Grid((128, 128, 128), 2.0)
    image = rasterise(shepp_logan(), grid)
    assert image.sum(dtype=np.float64) * grid.spacing**3 == pytest.approx(mass, rel=1e-4)


def test_ray_through_the_middle_is_known_in_closed_form():
    # Along y through the origin: skull 2 * (0.92 - 0.874) * 2, brain 2 * 0.874 * 1.02. At z = 0
    # the large tumour is 0.25 sqrt(1 - 1/4) long on either side; ventricles lie beside the ray.
    along_y = ConeBeam([0.0], (1, 1), 1.0, 1100.0, 1400.0)
    expected = 4 * 0.046 + 2 * 0.874 * 1.02 + 2 * 0.25 * np.sqrt(0.75) * 0.02
    computed = line_integrals(shepp_logan(), along_y).item() / WATER / HALF_FIELD
    assert computed == pytest.approx(expected, abs=1e-9)


def test_head_has_the_size_that_it_says():
    grid = Grid((128, 128, 128), 2.0)
    inside = rasterise(shepp_logan(), grid) != 0
    for axis, extent in ((2, 176.64), (1, 235.52), (0, 230.4)):
        others = tuple(k for k in range(3) if k != axis)
        assert abs(2 * np.count_nonzero(inside.any(axis=others)) - extent) <= 4
