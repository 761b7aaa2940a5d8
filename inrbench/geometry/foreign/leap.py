"""LEAP's parameter files, lines `key = value`, lengths in mm and angles in degrees.

With phi' = phi - 90 degrees, as LEAP turns them, and theta = (cos phi', sin phi', 0), the source
lies at sod theta - tau theta_perp + z_s and a pixel at sdd (-theta) + s theta_perp + t z from it,
s = pixelWidth (i - centerCol), t = pixelHeight (j - centerRow): our view angle is t = phi.

    geometry     cone, fan or parallel      numAngles, numRows, numCols
    phis         angles; or angularRange, of which view k has the share k / numAngles
    helicalPitch mm a radian: z_s = pitch (phi - the mean of first and last)

Source: https://github.com/LLNL/LEAP, `set_conebeam` of src/leapctype.py, `set_angles` and
`z_source` of src/parameters.cpp.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, ParallelBeam
from inrbench.geometry.foreign import Foreign, number, view_angles, whole


def read(fields: Mapping[str, Any], angles: np.ndarray | None = None) -> Foreign:
    """The geometry of LEAP's parameters.

    Raises:
        ValueError: parameters that are missing or wrong; modular beams, curved detectors, tilted
            ones and a fan whose axis is off the central ray, which are not read.
    """
    kind = str(fields.get("geometry", "")).lower().replace("beam", "").strip("-_ ")
    if kind not in ("cone", "fan", "parallel"):
        raise ValueError(
            f"geometry={fields.get('geometry')!r:.80}: expected cone, fan or parallel; of a "
            "modular beam give `vectors`: source, centre, colVector * pixelWidth, rowVector * "
            "pixelHeight of each view"
        )
    if str(fields.get("detectorType", "flat")).lower() != "flat":
        raise ValueError(f"detectorType={fields['detectorType']!r:.80}: expected a flat one")
    if number(fields, "tiltAngle", 0.0):
        raise ValueError("tiltAngle is not read: give `beam: cone` with its `tilt`")
    count, rows, columns = whole(fields, "numAngles", "numRows", "numCols")
    across, up = number(fields, "pixelWidth"), number(fields, "pixelHeight", 0.0)
    views = _angles(fields, angles, count)
    offset = ((columns - 1) / 2 - number(fields, "centerCol", (columns - 1) / 2)) * across
    if kind == "parallel":
        return Foreign(ParallelBeam(views, columns, across, offset))
    tau, distances = number(fields, "tau", 0.0), (number(fields, "sod"), number(fields, "sdd"))
    if kind == "fan":
        if tau:
            raise ValueError(f"tau={tau:g}: a fan whose axis is off the central ray is not read")
        return Foreign(FanBeam(views, columns, across, *distances, offset))
    height = ((rows - 1) / 2 - number(fields, "centerRow", (rows - 1) / 2)) * (up or across)
    circle = ConeBeam(views, (rows, columns), across, *distances, (height, offset))
    pitch = number(fields, "helicalPitch", 0.0)
    if up in (0.0, across) and not tau and not pitch:
        return Foreign(circle)
    vectors = circle.vectors
    vectors[:, 9:] *= (up or across) / across
    along = np.stack([np.cos(views), np.sin(views), np.zeros_like(views)], -1)
    climb = pitch * (views - (views[0] + views[-1]) / 2)
    shift = -tau * along + climb[:, None] * np.array([0.0, 0.0, 1.0])
    vectors[:, :3] += shift
    vectors[:, 3:6] += shift
    return Foreign(ConeVectors(vectors, (rows, columns)))


def _angles(fields: Mapping[str, Any], given: np.ndarray | None, count: int) -> np.ndarray:
    if given is None and fields.get("phis") is None and "angularRange" in fields:
        degrees = np.arange(count) * number(fields, "angularRange") / count
        return np.deg2rad(degrees)
    found = view_angles(fields, "phis", given, np.pi / 180)
    if len(found) != count:
        raise ValueError(f"numAngles={count}, and {len(found)} angles: they contradict each other")
    return found
