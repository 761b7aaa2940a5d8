"""Random phantoms: a body with ellipsoids in it, without symmetry and without negative values."""

from __future__ import annotations

import numpy as np

from inrbench.phantoms.ellipsoids import Ellipsoid
from inrbench.phantoms.forbild import WATER

# What overlapping ellipsoids may together add to the body or take from it, relative to water.
_CONTRAST = 0.9


def random_ellipsoids(seed: int, count: int, radius: float) -> list[Ellipsoid]:
    """A body of water with `count` ellipsoids inside it, each turned at random.

    Ellipsoid k has the value 0.9 WATER u_k / max(1, sum_j |u_j|), u uniform in [-1, 1], where j
    runs over k and all of its sign whose bounding balls meet that of k. However many overlap, the
    attenuation in the body thus lies between 0.1 and 1.9 times water.

    Args:
        seed: of numpy's default generator: the same seed gives the same phantom.
        count: ellipsoids inside the body, which is one more.
        radius: of the ball about the origin that holds the phantom, in mm.

    Returns:
        count + 1 ellipsoids, the body first.

    Raises:
        ValueError: a count below 0, or a radius not above 0.
    """
    if count < 0:
        raise ValueError(f"count={count}: expected the number of ellipsoids, at least 0")
    if not radius > 0:
        raise ValueError(f"radius={radius}: must be above 0 mm")
    rng = np.random.default_rng(seed)
    body = Ellipsoid(
        centre=_triple(0.1 * radius * _in_unit_ball(rng, 1)[0]),
        semi_axes=_triple(radius * rng.uniform(0.7, 0.9, 3)),
        tilt=_triple(_any_tilt(rng, 1)[0]),
        value=WATER,
    )
    semi_axes = radius * rng.uniform(0.05, 0.25, (count, 3))
    reach = semi_axes.max(axis=1)
    # Mapping the body to the unit ball divides lengths by its shortest semi-axis at most: in that
    # ball, this leaves each ellipsoid's bounding ball room inside.
    room = 1 - reach / min(body.semi_axes)
    mapped = room[:, None] * _in_unit_ball(rng, count)
    centres = body.centre + (body.rotation() * body.semi_axes * mapped[:, None, :]).sum(axis=2)

    u = rng.uniform(-1, 1, count)
    distances = np.linalg.norm(centres[:, None] - centres, axis=2)
    together = (distances < reach[:, None] + reach) & (u[:, None] * u > 0)
    values = _CONTRAST * WATER * u / np.maximum(1, np.where(together, np.abs(u), 0).sum(axis=1))
    inner = zip(centres, semi_axes, _any_tilt(rng, count), values, strict=True)
    return [body] + [
        Ellipsoid(_triple(centre), _triple(axes), _triple(tilt), float(value))
        for centre, axes, tilt, value in inner
    ]


def _in_unit_ball(rng: np.random.Generator, count: int) -> np.ndarray:
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions * np.cbrt(rng.uniform(size=(count, 1)))


def _any_tilt(rng: np.random.Generator, count: int) -> np.ndarray:
    """Angles of rotations drawn uniformly from all, shape (count, 3)."""
    phi, psi = rng.uniform(0, 2 * np.pi, (2, count))
    return np.stack([phi, np.arccos(rng.uniform(-1, 1, count)), psi], axis=1)


def _triple(numbers: np.ndarray) -> tuple[float, float, float]:
    return tuple(map(float, numbers))
