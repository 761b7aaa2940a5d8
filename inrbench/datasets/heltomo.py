"""The txt that states how a scan was made, as HelTomo, the toolbox of its publishers, reads it.

Lines "Key=Value", lengths in mm and angles in degrees. View k = 1, 2, ... is at
AngleFirst + (k - 1) AngleInterval.

Source: A. Meaney, HelTomo 2.0.0, https://github.com/Diagonalizable/HelTomo,
`read_ct_scan_parameters`.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

# What the txt must state, and its units where it names them.
NUMBERS = (
    "DistanceSourceDetector", "DistanceSourceOrigin", "NumberImages", "AngleFirst",
    "AngleInterval", "AngleLast", "PixelSize",
)  # fmt: skip
KINDS = {"GeometryType": "Cone", "DetectorType": "EID"}
UNITS = {"DistanceUnit": "mm", "PixelSizeUnit": "mm"}


def read_parameters(path: Path) -> dict[str, float]:
    """The numbers of `NUMBERS` that the txt states, in mm and degrees.

    Raises:
        ValueError: a key that is missing or no number, another detector or geometry than an
            energy-integrating one in a cone beam, or another unit than mm.
    """
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    stated = {key.strip(): value.strip() for key, _, value in pairs}
    for key in (*KINDS, *NUMBERS):
        if key not in stated:
            raise ValueError(
                f"{path} does not state {key}: take that of the record's version 1.1.0"
            )
    for key, expected in {**KINDS, **UNITS}.items():
        if stated.get(key, expected).lower() != expected.lower():
            raise ValueError(f"{path} states {key}={stated[key]}: this reader is for {expected}")
    try:
        return {key: float(stated[key]) for key in NUMBERS}
    except ValueError as error:
        raise ValueError(f"{path}: {error} where a number was expected; fetch it again") from None


def view_angles(stated: dict[str, float]) -> np.ndarray:
    """Angle of each view in degrees, shape (views,), less the last one where it closes the turn.

    Raises:
        ValueError: a number of images that is not that of the angles.
    """
    count, first, step, last = (
        stated[key] for key in ("NumberImages", "AngleFirst", "AngleInterval", "AngleLast")
    )
    if count < 2 or not math.isclose(first + (count - 1) * step, last, abs_tol=1e-6):
        raise ValueError(
            f"{count:g} images are stated, and angles from {first:g} to {last:g} degrees in steps "
            f"of {step:g}: they do not agree; fetch the txt again"
        )
    turned = math.isclose(abs(last - first), 360)
    return first + step * np.arange(int(count) - turned)
