"""ASTRA's projection geometries, the dictionaries of `astra_create_proj_geom`.

Angles, orientation and vectors are ours: u along (cos t, sin t), the source of a fan at
DistanceOriginSource (sin t, -cos t), rows of a cone along z. Sinograms of its 3D geometries have
the axes (rows, views, columns): name them so under `axes`.

    parallel, parallel3d   DetectorWidth or DetectorSpacingX, DetectorCount or DetectorColCount
    fanflat, cone          and DistanceOriginSource, DistanceOriginDetector
    parallel_vec           (ray, detector centre, step to the next column), 6 numbers a view
    fanflat_vec            (source, detector centre, step to the next column), 6 numbers a view
    cone_vec               12 numbers a view, as `ConeVectors` has them

Of the 2D vectors those are taken that are a circle about the origin with the detector across.

Source: https://astra-toolbox.com/docs/geom2d.html and geom3d.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, ParallelBeam, checked
from inrbench.geometry.foreign import Foreign, number, view_angles, whole

_TOLERANCE = 1e-6  # of lengths, relative, and of directions


def read(fields: Mapping[str, Any], angles: np.ndarray | None = None) -> Foreign:
    """The geometry of a dictionary as ASTRA has it, its arrays as lists.

    Raises:
        ValueError: a type that is not known, keys that are missing or wrong; 2D vectors that are
            no circle.
    """
    kind = fields.get("type")
    if kind not in _READERS:
        raise ValueError(f"type={kind!r:.80}: expected one of {', '.join(_READERS)}")
    return _READERS[kind](fields, angles)


def _parallel(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    flat = fields["type"] == "parallel"
    count = "DetectorCount" if flat else "DetectorColCount"
    width = "DetectorWidth" if flat else "DetectorSpacingX"
    views = view_angles(fields, "ProjectionAngles", angles)
    return Foreign(ParallelBeam(views, *whole(fields, count), number(fields, width)))


def _fan(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    views = view_angles(fields, "ProjectionAngles", angles)
    count, width = whole(fields, "DetectorCount"), number(fields, "DetectorWidth")
    return Foreign(FanBeam(views, *count, width, *_distances(fields)))


def _cone(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    views = view_angles(fields, "ProjectionAngles", angles)
    shape = whole(fields, "DetectorRowCount", "DetectorColCount")
    across, up = number(fields, "DetectorSpacingX"), number(fields, "DetectorSpacingY")
    circle = ConeBeam(views, shape, across, *_distances(fields))
    if across == up:
        return Foreign(circle)
    vectors = circle.vectors
    vectors[:, 9:] *= up / across
    return Foreign(ConeVectors(vectors, shape))


def _distances(fields: Mapping[str, Any]) -> tuple[float, float]:
    """Source to axis, source to detector."""
    source = number(fields, "DistanceOriginSource")
    return source, source + number(fields, "DistanceOriginDetector")


def _cone_vectors(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    shape = whole(fields, "DetectorRowCount", "DetectorColCount")
    return Foreign(ConeVectors(checked.array("Vectors", fields.get("Vectors")), shape))


def _vectors(fields: Mapping[str, Any]) -> tuple[np.ndarray, ...]:
    """First point or direction, detector centre and column's unit direction, and its length."""
    found = np.atleast_2d(checked.array("Vectors", fields.get("Vectors")))
    if found.ndim != 2 or found.shape[1] != 6 or not np.isfinite(found).all():
        raise ValueError(f"Vectors of shape {found.shape}: expected six finite numbers a view")
    first, centre, u = np.split(found, 3, axis=1)
    length = np.linalg.norm(u, axis=1)
    _same("the distance of two columns", length)
    return first, centre, u / length[:, None], float(length[0])


def _parallel_vectors(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    ray, centre, u, spacing = _vectors(fields)
    offset = (centre * u).sum(axis=1)
    _same("the shift of the detector", offset, spacing)
    _across(ray, u)
    views = np.arctan2(u[:, 1], u[:, 0])  # the sense of a ray does not matter
    count = whole(fields, "DetectorCount")
    return Foreign(ParallelBeam(views, *count, spacing, float(offset[0])))


def _fan_vectors(fields: Mapping[str, Any], angles: np.ndarray | None) -> Foreign:
    source, centre, u, spacing = _vectors(fields)
    normal = np.stack([-u[:, 1], u[:, 0]], axis=1)
    # Seen from the source, columns run to the right where it lies against the normal.
    mirrored = (source * normal).sum(axis=1) > 0
    if mirrored.any() != mirrored.all():
        raise ValueError("Vectors: columns run to the right in some views and to the left in some")
    if mirrored.all():
        u, normal = -u, -normal
    _across(source, u)
    radius, offset = -(source * normal).sum(axis=1), (centre * u).sum(axis=1)
    behind = (centre * normal).sum(axis=1)
    for name, values in (("the distance of the source", radius), ("of the detector", behind)):
        _same(name, values)
    _same("the shift of the detector", offset, spacing)
    beam = FanBeam(np.arctan2(u[:, 1], u[:, 0]), *whole(fields, "DetectorCount"), spacing,
                   float(radius[0]), float(radius[0] + behind[0]), float(offset[0]))  # fmt: skip
    return Foreign(beam, ("columns",) if mirrored.all() else ())


def _same(name: str, values: np.ndarray, scale: float | None = None) -> None:
    scale = abs(values[0]) if scale is None else scale
    if np.ptp(values) > _TOLERANCE * scale:
        raise ValueError(
            f"Vectors: {name} varies from {values.min():g} to {values.max():g}: in two dimensions "
            "only a circle about the origin is taken; give one row of a cone_vec instead"
        )


def _across(direction: np.ndarray, u: np.ndarray) -> None:
    cosine = (direction * u).sum(axis=1) / np.linalg.norm(direction, axis=1)
    if (most := np.abs(cosine).max()) > _TOLERANCE:
        raise ValueError(
            f"Vectors: the detector stands {np.rad2deg(np.arcsin(most)):g} degrees off the "
            "perpendicular: in two dimensions only one across the central ray is taken"
        )


_READERS = {
    "parallel": _parallel, "parallel3d": _parallel, "fanflat": _fan, "cone": _cone,
    "parallel_vec": _parallel_vectors, "fanflat_vec": _fan_vectors, "cone_vec": _cone_vectors,
}  # fmt: skip
