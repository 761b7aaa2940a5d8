"""Phantoms made of clipped ellipses: inside test, pixel averages, line integrals.

mu(r) = sum of the values of all ellipses that contain r: where ellipses overlap, values add.
Lengths in mm, angles in radians, values in mm^-1. x runs to the right, y up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.phantoms.supersampling import midpoints

# Samples (raster) or rays (integrals) worked on at a time: bounds the memory to some tens of MB
# whatever the size of the grid or scan, and keeps the intermediates in cache.
_BLOCK = 2**18


@dataclass(frozen=True)
class ClippedEllipse:
    """|D Q (r - r0)|^2 <= 1 and, for each clip (d, psi), (cos psi, sin psi).(r - r0) < d.

    Q = [[cos phi, sin phi], [-sin phi, cos phi]] and D = diag(1/a, 1/b): phi turns the first
    semi-axis anticlockwise from x. Clip lines are placed relative to r0 but do not turn with phi.

    Args:
        centre: r0 = (x0, y0) in mm.
        semi_axes: (a, b) in mm.
        tilt: phi in radians.
        value: what the ellipse adds to the attenuation inside it, in mm^-1; may be negative.
        clips: half-planes (d, psi) that the ellipse is cut down to, d in mm, psi in radians.

    Raises:
        ValueError: a semi-axis not above 0.
    """

    centre: tuple[float, float]
    semi_axes: tuple[float, float]
    tilt: float
    value: float
    clips: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not min(self.semi_axes) > 0:
            raise ValueError(f"semi_axes={self.semi_axes}: both must be above 0 mm")

    def half_widths(self) -> tuple[float, float]:
        """Half the extent of the unclipped ellipse along x and along y in mm."""
        (a, b), cos, sin = self.semi_axes, np.cos(self.tilt), np.sin(self.tilt)
        return np.hypot(a * cos, b * sin), np.hypot(a * sin, b * cos)

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Whether the points (x, y) in mm lie inside; bool, of the broadcast shape of x and y."""
        x, y = x - self.centre[0], y - self.centre[1]
        (a, b), cos, sin = self.semi_axes, np.cos(self.tilt), np.sin(self.tilt)
        inside = (x * (cos / a) + y * (sin / a)) ** 2 + (y * (cos / b) - x * (sin / b)) ** 2 <= 1
        for d, psi in self.clips:
            inside &= x * np.cos(psi) + y * np.sin(psi) < d
        return inside

    def chords(self, points: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Length inside the clipped ellipse, 2 a b sqrt(w^2 - h^2) / w^2 where nothing is clipped.

        h is the distance of the ray from r0, w half the width of the ellipse seen along the ray:
        w^2 = (b u.e1)^2 + (a u.e2)^2 with the direction u and the axes e1, e2 of the ellipse.
        (h comes from a cross product: the discriminant of the quadratic in the ray parameter
        loses eight digits when a far source looks at a disc of 0.1 mm.)

        Args:
            points: a point on each ray in mm, shape (..., 2).
            directions: unit directions, shape (..., 2).

        Returns:
            float64 chord lengths in mm, shape (...).
        """
        x, y = points[..., 0] - self.centre[0], points[..., 1] - self.centre[1]
        ux, uy = directions[..., 0], directions[..., 1]
        (a, b), cos, sin = self.semi_axes, np.cos(self.tilt), np.sin(self.tilt)
        u1, u2 = ux * cos + uy * sin, uy * cos - ux * sin
        w2 = (b * u1) ** 2 + (a * u2) ** 2
        h = x * uy - y * ux
        half = a * b * np.sqrt(np.maximum(w2 - h**2, 0)) / w2
        if not self.clips:
            return 2 * half

        # The ray parameter at the middle of the chord; each clip then bounds the parameter once.
        middle = -((x * cos + y * sin) * u1 * b**2 + (y * cos - x * sin) * u2 * a**2) / w2
        entry, leave = middle - half, middle + half
        for d, psi in self.clips:
            slope = ux * np.cos(psi) + uy * np.sin(psi)
            room = d - (x * np.cos(psi) + y * np.sin(psi))
            with np.errstate(divide="ignore", invalid="ignore"):
                bound = room / slope
            leave = np.where(slope > 0, np.minimum(leave, bound), leave)
            entry = np.where(slope < 0, np.maximum(entry, bound), entry)
            leave = np.where((slope == 0) & (room <= 0), entry, leave)
        return np.maximum(leave - entry, 0)


def rasterise(
    ellipses: Sequence[ClippedEllipse], grid: Grid, supersampling: int = 8
) -> np.ndarray:
    """Pixel averages: the mean of mu over supersampling x supersampling points in each pixel.

    Args:
        ellipses: the phantom.
        grid: a grid in two dimensions.
        supersampling: samples along each edge of a pixel; 1 takes the value at the pixel's centre.

    Returns:
        float32 attenuation in mm^-1, shape grid.shape, row 0 at the largest y.

    Raises:
        ValueError: a grid that is not two-dimensional, or supersampling below 1.
    """
    if grid.dimension != 2:
        raise ValueError(f"a grid of shape {grid.shape}: ellipses need two dimensions, (ny, nx)")
    x, y = grid.axes()
    n, offsets = supersampling, midpoints(grid, supersampling)
    image = np.zeros(grid.shape)
    for ellipse in ellipses:
        columns, rows = (
            np.flatnonzero(np.abs(centres - middle) <= half_width + grid.spacing / 2)
            for centres, middle, half_width in zip(
                (x, y), ellipse.centre, ellipse.half_widths(), strict=True
            )
        )
        if columns.size == 0 or rows.size == 0:
            continue
        sample_x = (x[columns, None] + offsets).reshape(1, -1)
        step = max(1, _BLOCK // (n * sample_x.size))
        for start in range(0, rows.size, step):
            block = rows[start : start + step]
            sample_y = (y[block, None] + offsets).reshape(-1, 1)
            inside = ellipse.contains(sample_x, sample_y)
            hits = inside.reshape(block.size, n, columns.size, n).sum(axis=(1, 3))
            image[block[0] : block[-1] + 1, columns[0] : columns[-1] + 1] += (
                ellipse.value / n**2
            ) * hits
    return image.astype(np.float32)


def line_integrals(ellipses: Sequence[ClippedEllipse], geometry: Geometry) -> np.ndarray:
    """p(ray) = sum over the ellipses of value * chord length, in closed form.

    Each column is one ray through its centre: nothing is averaged over the column's width.

    Args:
        ellipses: the phantom.
        geometry: where each ray runs; a fan's source and detector must lie outside the phantom,
            because chords are taken along the whole line.

    Returns:
        float64 line integrals without unit, shape (views, columns).
    """
    views, columns = geometry.sinogram_shape
    sinogram = np.zeros((views, columns))
    step = max(1, _BLOCK // columns)
    for start in range(0, views, step):
        block = slice(start, min(start + step, views))
        points, directions = geometry.subset(np.arange(block.start, block.stop)).rays()
        for ellipse in ellipses:
            sinogram[block] += ellipse.value * ellipse.chords(points, directions)
    return sinogram
