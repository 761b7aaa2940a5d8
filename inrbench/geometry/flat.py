"""Parallel and fan beams: scans in two dimensions.

Column j lies at u_j = (j - (n - 1)/2) * spacing + offset along the detector axis, which at view
angle t points along (cos t, sin t). x runs to the right, y up. A centre of rotation that projects
onto column c means offset = ((n - 1)/2 - c) * spacing. Lengths in mm, angles in radians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inrbench.geometry import checked


class _FlatDetector:
    """What both beams share: views, columns, and the checks on them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "angles", checked.angles(self.angles))
        columns = checked.count("detector_count", self.detector_count)
        object.__setattr__(self, "detector_count", columns)
        checked.lengths(self.detector_spacing, self.detector_offset)

    @property
    def sinogram_shape(self) -> tuple[int, int]:
        """(views, columns)."""
        return len(self.angles), self.detector_count

    def columns(self) -> np.ndarray:
        """Positions u_j of the column centres along the detector axis in mm, shape (columns,)."""
        index = np.arange(self.detector_count) - (self.detector_count - 1) / 2
        return index * self.detector_spacing + self.detector_offset

    def subset(self, views: Sequence[int] | np.ndarray):
        """The same geometry with only these views, given by index."""
        return replace(self, angles=self.angles[np.asarray(views)])

    def _axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Detector axis (cos t, sin t) and normal (-sin t, cos t), each of shape (views, 2)."""
        cos, sin = np.cos(self.angles), np.sin(self.angles)
        return np.stack([cos, sin], -1), np.stack([-sin, cos], -1)


@dataclass(frozen=True, eq=False)
class ParallelBeam(_FlatDetector):
    """Parallel rays along (-sin t, cos t), at u_j along (cos t, sin t).

    Args:
        angles: view angles t in radians, shape (views,).
        detector_count: number of columns.
        detector_spacing: distance of two columns in mm.
        detector_offset: shift of the detector along its axis in mm.

    Raises:
        ValueError: no views, an angle that is not finite, no columns, or a spacing not above 0.
    """

    angles: np.ndarray
    detector_count: int
    detector_spacing: float
    detector_offset: float = 0.0

    def rays(self) -> tuple[np.ndarray, np.ndarray]:
        """A point on each ray and its unit direction, each of shape (views, columns, 2)."""
        along, normal = self._axes()
        points = self.columns()[None, :, None] * along[:, None, :]
        return points, np.broadcast_to(normal[:, None, :], points.shape)


@dataclass(frozen=True, eq=False)
class FanBeam(_FlatDetector):
    """Rays from a source at source_to_axis * (sin t, -cos t) to a flat detector opposite.

    Args:
        angles: view angles t in radians, shape (views,).
        detector_count: number of columns.
        detector_spacing: distance of two columns on the detector in mm.
        source_to_axis: distance from the source to the rotation axis in mm.
        source_to_detector: distance from the source to the detector in mm.
        detector_offset: shift of the detector along its axis in mm.

    Raises:
        ValueError: as for `ParallelBeam`, or distances that are not
            0 < source_to_axis <= source_to_detector.
    """

    angles: np.ndarray
    detector_count: int
    detector_spacing: float
    source_to_axis: float
    source_to_detector: float
    detector_offset: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked.distances(self.source_to_axis, self.source_to_detector)

    @property
    def magnification(self) -> float:
        """source_to_detector / source_to_axis."""
        return self.source_to_detector / self.source_to_axis

    def sources(self) -> np.ndarray:
        """Position of the source in each view in mm, shape (views, 2)."""
        return -self.source_to_axis * self._axes()[1]

    def rays(self) -> tuple[np.ndarray, np.ndarray]:
        """A point on each ray (the source) and its unit direction, (views, columns, 2) each."""
        along, normal = self._axes()
        directions = (
            self.source_to_detector * normal[:, None, :]
            + self.columns()[None, :, None] * along[:, None, :]
        )
        directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
        return np.broadcast_to(self.sources()[:, None, :], directions.shape), directions
