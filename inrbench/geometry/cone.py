"""Cone beams: scans in three dimensions with a point source and a flat detector.

A view is twelve numbers in mm, as ASTRA's `cone_vec` has them: source, centre of the detector,
step u from a column to the next, step v from a row to the next. The centre of pixel (row i,
column j) lies at centre + (i - (rows - 1)/2) v + (j - (columns - 1)/2) u. x runs to the right, y
up, z along the rotation axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inrbench.geometry import checked


class _Cone:
    """What both cone beams derive from their vectors."""

    @property
    def sinogram_shape(self) -> tuple[int, int, int]:
        """(views, rows, columns)."""
        return len(self.vectors), *self.detector_shape

    def sources(self) -> np.ndarray:
        """Position of the source in each view in mm, shape (views, 3)."""
        return self.vectors[:, :3]

    def rays(self) -> tuple[np.ndarray, np.ndarray]:
        """A point on each ray (the source) and its unit direction, (views, rows, columns, 3)."""
        source, centre, u, v = np.split(self.vectors[:, None, None, :], 4, axis=-1)
        rows, columns = (np.arange(n) - (n - 1) / 2 for n in self.detector_shape)
        pixels = centre + rows[:, None, None] * v + columns[:, None] * u
        directions = pixels - source
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        return np.broadcast_to(source, directions.shape), directions


@dataclass(frozen=True, eq=False)
class ConeBeam(_Cone):
    """A circular orbit: source at source_to_axis * (sin t, -cos t, 0), flat detector opposite.

    Columns lie along (cos t, sin t, 0) as in a fan beam, rows along z: pixel (i, j) is at
    z = (i - (rows - 1)/2) * spacing + offset[0] and (j - (columns - 1)/2) * spacing + offset[1].

    Args:
        angles: view angles t in radians, shape (views,).
        detector_shape: (rows, columns).
        detector_spacing: edge of the square detector pixels in mm.
        source_to_axis: distance from the source to the rotation axis in mm.
        source_to_detector: distance from the source to the detector in mm.
        detector_offset: shift of the detector in mm, (along z, along its columns' axis).

    Raises:
        ValueError: no views, an angle that is not finite, an empty detector, a spacing not above
            0, or distances that are not 0 < source_to_axis <= source_to_detector.
    """

    angles: np.ndarray
    detector_shape: tuple[int, int]
    detector_spacing: float
    source_to_axis: float
    source_to_detector: float
    detector_offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "angles", checked.angles(self.angles))
        object.__setattr__(self, "detector_shape", checked.shape(self.detector_shape))
        offset = checked.array("detector_offset", self.detector_offset)
        if offset.shape != (2,):
            raise ValueError(f"detector_offset={self.detector_offset}: expected (along z, across)")
        object.__setattr__(self, "detector_offset", tuple(offset.tolist()))
        checked.lengths(self.detector_spacing, *self.detector_offset)
        checked.distances(self.source_to_axis, self.source_to_detector)

    @property
    def magnification(self) -> float:
        """source_to_detector / source_to_axis."""
        return self.source_to_detector / self.source_to_axis

    @property
    def vectors(self) -> np.ndarray:
        """Source, detector centre, u, v of each view in mm, shape (views, 12)."""
        zero = np.zeros_like(self.angles)
        cos, sin = np.cos(self.angles), np.sin(self.angles)
        along, normal = np.stack([cos, sin, zero], -1), np.stack([-sin, cos, zero], -1)
        up = np.array([0.0, 0.0, 1.0])
        behind = self.source_to_detector - self.source_to_axis
        source = -self.source_to_axis * normal
        centre = behind * normal + self.detector_offset[1] * along + self.detector_offset[0] * up
        v = np.broadcast_to(self.detector_spacing * up, source.shape)
        return np.concatenate([source, centre, self.detector_spacing * along, v], axis=-1)

    def subset(self, views: Sequence[int] | np.ndarray) -> ConeBeam:
        """The same geometry with only these views, given by index."""
        return replace(self, angles=self.angles[np.asarray(views)])


@dataclass(frozen=True, eq=False)
class ConeVectors(_Cone):
    """Any orbit, view by view, as a scanner's calibration gives it.

    Args:
        vectors: source, detector centre, u, v of each view in mm, shape (views, 12).
        detector_shape: (rows, columns).

    Raises:
        ValueError: vectors of another shape or not finite, an empty detector, a u or v of length
            0, u and v along the same line, or a source in the detector's plane.
    """

    vectors: np.ndarray
    detector_shape: tuple[int, int]

    def __post_init__(self) -> None:
        vectors = np.atleast_2d(checked.array("vectors", self.vectors))
        if vectors.ndim != 2 or vectors.shape[1] != 12 or not np.isfinite(vectors).all():
            raise ValueError(
                f"vectors of shape {vectors.shape}: expected twelve finite numbers in mm a view "
                "(source, detector centre, u, v)"
            )
        if not vectors.size:
            raise ValueError("vectors of no view: expected at least one")
        source, centre, u, v = np.split(vectors, 4, axis=1)
        with np.errstate(over="ignore", invalid="ignore"):  # NaN is not above 0
            normal = np.cross(u, v)
            flat = ~(np.linalg.norm(normal, axis=-1) > 0)
            inside = ~(np.abs(((centre - source) * normal).sum(axis=1)) > 0)
        if flat.any():
            raise ValueError(
                f"view {int(flat.argmax())}: u and v span no detector; each is the step in mm "
                "to the next column and row"
            )
        if inside.any():
            raise ValueError(
                f"view {int(inside.argmax())}: the source lies in the plane of the detector"
            )
        object.__setattr__(self, "vectors", vectors)
        object.__setattr__(self, "detector_shape", checked.shape(self.detector_shape))

    @property
    def detector_spacing(self) -> float:
        """Distance of two columns in mm, |u|, the mean over the views."""
        return float(np.linalg.norm(self.vectors[:, 6:9], axis=-1).mean())

    def subset(self, views: Sequence[int] | np.ndarray) -> ConeVectors:
        """The same geometry with only these views, given by index."""
        return replace(self, vectors=self.vectors[np.asarray(views)])
