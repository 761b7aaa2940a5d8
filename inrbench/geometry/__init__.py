"""Scan geometries: where each ray runs. Lengths in mm, angles in radians.

`ParallelBeam` and `FanBeam` scan in two dimensions, `ConeBeam` and `ConeVectors` in three. All
have

    sinogram_shape      (views, columns) or (views, rows, columns)
    detector_spacing    distance of two columns
    rays()              a point on each ray and its unit direction
    subset(views)       the same geometry with only these views
"""

from __future__ import annotations

import dataclasses

import numpy as np

from inrbench.geometry.cone import ConeBeam, ConeVectors
from inrbench.geometry.flat import FanBeam, ParallelBeam

__all__ = [
    "ConeBeam", "ConeVectors", "FanBeam", "Geometry", "ParallelBeam", "from_dict", "to_dict",
]  # fmt: skip

Geometry = ParallelBeam | FanBeam | ConeBeam | ConeVectors
_BEAMS = {beam.__name__: beam for beam in (ParallelBeam, FanBeam, ConeBeam, ConeVectors)}


def to_dict(geometry: Geometry) -> dict:
    """Plain numbers and lists, with the class name under `beam`; inverse of `from_dict`."""
    fields = dataclasses.asdict(geometry)
    plain = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in fields.items()}
    return {"beam": type(geometry).__name__, **plain}


def from_dict(fields: dict) -> Geometry:
    """The geometry that `to_dict` wrote.

    Raises:
        ValueError: anything else, with what is wrong.
    """
    beam = fields.get("beam") if isinstance(fields, dict) else fields
    if not isinstance(beam, str) or beam not in _BEAMS:
        raise ValueError(f"beam={beam!r:.80}: expected one of {', '.join(_BEAMS)}")
    given = {key: value for key, value in fields.items() if key != "beam"}
    known = {field.name: field.default for field in dataclasses.fields(_BEAMS[beam])}
    if unknown := [key for key in given if key not in known]:
        raise ValueError(f"unknown key {unknown[0]!r:.80} of {beam}: it has {', '.join(known)}")
    for key, default in known.items():
        if default is dataclasses.MISSING and key not in given:
            raise ValueError(f"{beam} lacks {key}: add it")
    return _BEAMS[beam](**given)
