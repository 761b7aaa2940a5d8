import numpy as np
import pytest

from inrbench.grid import Grid
from inrbench.phantoms.ellipsoids import rasterise
from inrbench.phantoms.forbild import WATER
from inrbench.phantoms.random_ellipsoids import random_ellipsoids

GRID = Grid((64, 64, 64), 4.0)


def surface(ellipsoid, count=500):
    """Points in mm on the surface, shape (count, 3)."""
    points = np.random.default_rng(0).normal(size=(count, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points @ (ellipsoid.rotation() * ellipsoid.semi_axes).T + ellipsoid.centre


@pytest.mark.parametrize("count", [0, 20, 150])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_body_is_nowhere_negative_and_nothing_leaves_it(seed, count):
    body, *inner = random_ellipsoids(seed, count, 128.0)
    assert len(inner) == count and body.value == WATER
    assert (np.linalg.norm(surface(body), axis=1) < 128).all()
    for ellipsoid in inner:
        assert body.contains(*surface(ellipsoid).T).all()
    image = rasterise([body, *inner], GRID, supersampling=1)
    inside = image[rasterise([body], GRID, supersampling=1) > 0] / WATER
    assert inside.min() >= 0.1 - 1e-6 and inside.max() <= 1.9 + 1e-6
    assert np.count_nonzero(image) == inside.size


def test_seed_decides_the_phantom():
    assert random_ellipsoids(3, 20, 128.0) == random_ellipsoids(3, 20, 128.0)
    assert random_ellipsoids(3, 20, 128.0) != random_ellipsoids(4, 20, 128.0)


def test_ellipsoids_can_be_seen_and_have_both_signs():
    values = np.array([e.value for e in random_ellipsoids(0, 20, 128.0)[1:]]) / WATER
    assert (values > 0.1).sum() >= 3 and (values < -0.1).sum() >= 3


def test_phantom_scales_with_the_radius():
    for one, other in zip(random_ellipsoids(5, 4, 1.0), random_ellipsoids(5, 4, 50.0),
                          strict=True):  # fmt: skip
        np.testing.assert_allclose(other.centre, 50 * np.array(one.centre))
        np.testing.assert_allclose(other.semi_axes, 50 * np.array(one.semi_axes))
        assert (other.tilt, other.value) == (one.tilt, one.value)


def test_impossible_input_is_named():
    with pytest.raises(ValueError, match="count=-1: expected the number of ellipsoids"):
        random_ellipsoids(0, -1, 128.0)
    with pytest.raises(ValueError, match="radius=0: must be above 0 mm"):
        random_ellipsoids(0, 3, 0)
