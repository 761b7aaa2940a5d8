"""TIGRE's geometry, the attributes of `tigre.geometry` as a mapping.

At angle a the source lies at DSO (cos a, sin a, 0) and the detector opposite, its columns along
(-sin a, cos a, 0) and its rows along z: our view angle is t = a + pi/2. In Python, sizes of the
detector are (V, U) = (rows, columns) and positions of the volume (z, y, x):

    DSD, DSO      source to detector, source to origin
    nDetector     pixels (V, U)          dDetector   or sDetector / nDetector: size of one
    offDetector   shift (V, U) of the detector
    offOrigin     the volume's centre (z, y, x); ours is the origin, so that all else moves by -it
    COR           shift of source and detector along the columns, in mm
    rotDetector   roll, pitch and yaw of the detector in radians
    angles        a in radians; or the third of three Euler angles with the others 0
    mode          "cone" or "parallel"

Source: https://github.com/CERN/TIGRE, `computeDeltas_Siddon` of Common/CUDA/Siddon_projection.cu.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, ParallelBeam, checked
from inrbench.geometry.foreign import Foreign, number, numbers, view_angles


def read(fields: Mapping[str, Any], angles: np.ndarray | None = None) -> Foreign:
    """The geometry of TIGRE's attributes; a cone of one row is a fan.

    Raises:
        ValueError: attributes that are missing or wrong; a parallel beam with rows that differ.
    """
    rows, columns = (checked.count("nDetector", n) for n in numbers(fields, "nDetector", 2))
    size = numbers(fields, "sDetector", 2, [0.0, 0.0])
    up, across = numbers(fields, "dDetector", 2, (size / [rows, columns]).tolist())
    views = _angles(fields, angles) + np.pi / 2
    off = np.pad(np.atleast_1d(numbers_of(fields, "offDetector")), (0, 2))
    offset = off[:2]
    rotation = numbers(fields, "rotDetector", 3, [0.0] * 3)
    origin = numbers(fields, "offOrigin", 3, [0.0] * 3)[::-1]
    centre_shift = number(fields, "COR", 0.0)
    mode = fields.get("mode") or "cone"
    if mode == "parallel":
        if rotation.any() or origin.any():
            raise ValueError("a parallel beam with rotDetector or offOrigin is not read")
        shift = float(offset[1] + centre_shift)
        return Foreign(ParallelBeam(views, columns, across, shift))
    if mode != "cone":
        raise ValueError(f"mode={mode!r:.80}: expected cone or parallel")
    distances = number(fields, "DSO"), number(fields, "DSD")
    plain = not (rotation.any() or origin.any() or centre_shift)
    if rows == 1 and plain and not offset[0]:
        return Foreign(FanBeam(views, columns, across, *distances, float(offset[1])))
    circle = ConeBeam(views, (rows, columns), across, *distances, tuple(offset))
    if plain and across == up:
        return Foreign(circle)
    return Foreign(_vectors(circle, up, rotation, origin, centre_shift))


def numbers_of(fields: Mapping[str, Any], key: str) -> np.ndarray:
    """Two numbers, or three of which the last is 0; (0, 0) by default."""
    found = fields.get(key)
    if found is not None and np.shape(found)[-1:] == (3,):
        return numbers(fields, key, 3)
    return numbers(fields, key, 2, [0.0, 0.0])


def _angles(fields: Mapping[str, Any], given: np.ndarray | None) -> np.ndarray:
    found = fields.get("angles")
    if given is None and found is not None and np.ndim(found) == 2:
        euler = checked.array("angles", found)
        if euler.shape[1] != 3 or euler[:, 1:].any():
            raise ValueError("angles: of three Euler angles the second and third must be 0")
        return euler[:, 0]
    return view_angles(fields, "angles", given)


def _vectors(
    circle: ConeBeam, up: float, rotation: np.ndarray, origin: np.ndarray, shift: float
) -> ConeVectors:
    """The circle with TIGRE's further freedoms: the detector is turned about its centre, then
    shifted; then all moves."""
    vectors = circle.vectors
    vectors[:, 9:] *= up / circle.detector_spacing
    # At a = 0 axes are (x, y, z); in view t they are (-normal, along, z).
    cos, sin = np.cos(circle.angles), np.sin(circle.angles)
    zero = np.zeros_like(cos)
    along, out = np.stack([cos, sin, zero], -1), np.stack([sin, -cos, zero], -1)
    turn = _roll_pitch_yaw(*rotation)
    for at, column, length in ((6, 1, circle.detector_spacing), (9, 2, up)):
        x, y, z = length * turn[:, column]
        vectors[:, at : at + 3] = x * out + y * along + z * np.array([0.0, 0.0, 1.0])
    vectors[:, :3] += shift * along - origin
    vectors[:, 3:6] += shift * along - origin
    return ConeVectors(vectors, circle.detector_shape)


def _roll_pitch_yaw(roll: float, pitch: float, yaw: float) -> np.ndarray:
    """R_z(roll) R_y(pitch) R_x(yaw), shape (3, 3)."""
    (cr, cp, cy), (sr, sp, sy) = np.cos([roll, pitch, yaw]), np.sin([roll, pitch, yaw])
    return np.array(
        [
            [cr * cp, cr * sp * sy - sr * cy, cr * sp * cy + sr * sy],
            [sr * cp, sr * sp * sy + cr * cy, sr * sp * cy - cr * sy],
            [-sp, cp * sy, cp * cy],
        ]
    )
