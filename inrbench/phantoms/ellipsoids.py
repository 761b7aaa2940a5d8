"""Phantoms made of ellipsoids: inside test, voxel averages, line integrals.

mu(r) = sum of the values of all ellipsoids that contain r: where ellipsoids overlap, values add.
Lengths in mm, angles in radians, values in mm^-1. x runs to the right, y up, z along the rotation
axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.phantoms.supersampling import midpoints

# Voxels, samples or rays worked on at a time: beside the result and one view's rays, some tens of
# MB whatever the size of the grid or scan, and intermediates that stay in cache.
_BLOCK = 2**18


@dataclass(frozen=True)
class Ellipsoid:
    """|M (r - r0)| <= 1 with M = diag(1/a, 1/b, 1/c) R' and R = R_z(phi) R_x(theta) R_z(psi).

    M maps the ellipsoid onto the unit ball; the columns of R are its axes. phi alone turns it
    anticlockwise about z, as the tilt of a `ClippedEllipse` does.

    Args:
        centre: r0 = (x0, y0, z0) in mm.
        semi_axes: (a, b, c) in mm.
        tilt: (phi, theta, psi) in radians: psi turns about z first, then theta about x, then phi
            about z again.
        value: what the ellipsoid adds to the attenuation inside it, in mm^-1; may be negative.

    Raises:
        ValueError: semi-axes that are not three numbers above 0.
    """

    centre: tuple[float, float, float]
    semi_axes: tuple[float, float, float]
    tilt: tuple[float, float, float]
    value: float

    def __post_init__(self) -> None:
        if len(self.semi_axes) != 3 or not all(axis > 0 for axis in self.semi_axes):
            raise ValueError(f"semi_axes={self.semi_axes}: expected three lengths above 0 mm")

    def rotation(self) -> np.ndarray:
        """R, shape (3, 3): column k is the direction of semi-axis k."""
        (c1, c2, c3), (s1, s2, s3) = np.cos(self.tilt), np.sin(self.tilt)
        return np.array(
            [
                [c1 * c3 - s1 * c2 * s3, -c1 * s3 - s1 * c2 * c3, s1 * s2],
                [s1 * c3 + c1 * c2 * s3, -s1 * s3 + c1 * c2 * c3, -c1 * s2],
                [s2 * s3, s2 * c3, c2],
            ]
        )

    def half_widths(self) -> np.ndarray:
        """Half the extent along x, y and z in mm."""
        return np.linalg.norm(self.rotation() * self.semi_axes, axis=1)

    def volume(self) -> float:
        """4/3 pi a b c in mm^3."""
        return float(4 / 3 * np.pi * np.prod(self.semi_axes))

    def map_to_ball(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> list[np.ndarray]:
        """The three components of M (x, y, z), each of the broadcast shape of x, y and z."""
        # Written out: a matrix product may sum in another order on another machine, or with
        # another block, and simulated data should be the same everywhere.
        matrix = self.rotation().T / np.array(self.semi_axes)[:, None]
        return [row[0] * x + row[1] * y + row[2] * z for row in matrix]

    def contains(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Whether the points (x, y, z) in mm lie inside; bool, of their broadcast shape."""
        x0, y0, z0 = self.centre
        return _squared(self.map_to_ball(x - x0, y - y0, z - z0)) <= 1

    def chords(self, points: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Length inside the ellipsoid, 2 sqrt(1 - |q|^2) / |d|, or 0 where |q| > 1.

        d = M u, p = M (r - r0) and q = p - (p.d / d.d) d: the point of the mapped ray nearest to
        the centre of the unit ball. (|q| is computed from its components: the discriminant
        (p.d)^2 - d.d (p.p - 1) loses eight digits when a far source looks at a ball of 0.1 mm.)

        Args:
            points: a point r on each ray in mm, shape (..., 3).
            directions: unit directions u, shape (..., 3).

        Returns:
            float64 chord lengths in mm, shape (...).
        """
        p = self.map_to_ball(*(points[..., k] - self.centre[k] for k in range(3)))
        d = self.map_to_ball(*(directions[..., k] for k in range(3)))
        length2 = _squared(d)
        along = (p[0] * d[0] + p[1] * d[1] + p[2] * d[2]) / length2
        q = [p[k] - along * d[k] for k in range(3)]
        return 2 * np.sqrt(np.maximum(1 - _squared(q), 0) / length2)


def rasterise(ellipsoids: Sequence[Ellipsoid], grid: Grid, supersampling: int = 4) -> np.ndarray:
    """Voxel averages: the mean of mu over supersampling^3 points in each voxel.

    Only voxels that a surface may cross are sampled: all others lie inside or outside whole.

    Args:
        ellipsoids: the phantom.
        grid: a grid in three dimensions.
        supersampling: samples along each edge of a voxel; 1 takes the value at the voxel's centre.

    Returns:
        float32 attenuation in mm^-1, shape grid.shape, row 0 at the largest y, z growing with the
        slice.

    Raises:
        ValueError: a grid that is not three-dimensional, or supersampling below 1.
    """
    if grid.dimension != 3:
        raise ValueError(
            f"a grid of shape {grid.shape}: ellipsoids need three dimensions, (nz, ny, nx)"
        )
    offsets = midpoints(grid, supersampling)
    x, y, z = grid.axes()
    image = np.zeros(grid.shape, dtype=np.float32)
    for ellipsoid in ellipsoids:
        columns, rows, slices = (
            np.flatnonzero(np.abs(centres - middle) <= half_width + grid.spacing / 2)
            for centres, middle, half_width in zip(
                (x, y, z), ellipsoid.centre, ellipsoid.half_widths(), strict=True
            )
        )
        if columns.size == 0 or rows.size == 0:
            continue
        step = max(1, _BLOCK // columns.size)
        for k in slices:
            for start in range(0, rows.size, step):
                block = rows[start : start + step]
                image[k, block[0] : block[-1] + 1, columns[0] : columns[-1] + 1] += (
                    ellipsoid.value
                    * _shares(ellipsoid, x[columns], y[block, None], z[k], grid.spacing, offsets)
                )
    return image


def _shares(
    ellipsoid: Ellipsoid,
    x: np.ndarray,
    y: np.ndarray,
    z: float,
    spacing: float,
    offsets: np.ndarray,
) -> np.ndarray:
    """Share of the n^3 samples inside, n = len(offsets), for voxels with these centres in mm."""
    x0, y0, z0 = ellipsoid.centre
    centres = ellipsoid.map_to_ball(x - x0, y - y0, z - z0)
    radius = np.sqrt(_squared(centres))
    shares = (radius <= 1).astype(np.float64)

    # No point of a voxel is farther from its centre than the corner is that M moves farthest.
    signs = np.meshgrid(*[[-0.5, 0.5]] * 3)
    corners = ellipsoid.map_to_ball(*(spacing * sign for sign in signs))
    edge = np.nonzero(np.abs(radius - 1) <= np.sqrt(_squared(corners).max()) * (1 + 1e-9))

    samples = [o.ravel() for o in ellipsoid.map_to_ball(*np.meshgrid(*[offsets] * 3))]
    step = max(1, _BLOCK // len(offsets) ** 3)
    for start in range(0, edge[0].size, step):
        some = tuple(index[start : start + step] for index in edge)
        inside = _squared([c[some][:, None] + o for c, o in zip(centres, samples, strict=True)])
        shares[some] = (inside <= 1).mean(axis=1)
    return shares


def line_integrals(
    ellipsoids: Sequence[Ellipsoid], geometry: ConeBeam | ConeVectors
) -> np.ndarray:
    """p(ray) = sum over the ellipsoids of value * chord length, in closed form.

    Each pixel is one ray through its centre: nothing is averaged over the pixel's area.

    Args:
        ellipsoids: the phantom.
        geometry: where each ray runs; source and detector must lie outside the phantom, because
            chords are taken along the whole line.

    Returns:
        float64 line integrals without unit, shape (views, rows, columns).

    Raises:
        ValueError: a geometry in two dimensions.
    """
    if len(geometry.sinogram_shape) != 3:
        raise ValueError(
            f"a {type(geometry).__name__}: ellipsoids need rays in three dimensions, those of a "
            "ConeBeam or ConeVectors"
        )
    views, rows, columns = geometry.sinogram_shape
    sinogram = np.zeros((views, rows, columns))
    step = max(1, _BLOCK // columns)
    for view in range(views):
        points, directions = geometry.subset([view]).rays()
        for start in range(0, rows, step):
            block = slice(start, start + step)
            for ellipsoid in ellipsoids:
                sinogram[view, block] += ellipsoid.value * ellipsoid.chords(
                    points[0, block], directions[0, block]
                )
    return sinogram


def _squared(vector: Sequence[np.ndarray]) -> np.ndarray:
    """|v|^2 of a vector given by its components."""
    return vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2
