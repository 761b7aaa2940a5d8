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

from inrbench.datasets.formats import text
from inrbench.datasets.formats.judged import judged, refused

# What the txt must state, and its units where it names them.
NUMBERS = (
    "DistanceSourceDetector", "DistanceSourceOrigin", "NumberImages", "AngleFirst",
    "AngleInterval", "AngleLast", "PixelSize",
)  # fmt: skip
KINDS = {"GeometryType": "Cone", "DetectorType": "EID"}
MOST = 100_000  # images
UNITS = {"DistanceUnit": "mm", "PixelSizeUnit": "mm"}


def read_parameters(path: Path) -> dict[str, float]:
    """The numbers of `NUMBERS` that the txt states, in mm and degrees.

    Raises:
        ValueError: a key that is missing or no number, another detector or geometry than an
            energy-integrating one in a cone beam, or another unit than mm.
    """
    pairs = (line.partition("=") for line in text.lines(path) if "=" in line)
    stated = {key.strip(): value.strip() for key, _, value in pairs}
    for key in (*KINDS, *NUMBERS):
        if key not in stated:
            raise refused(path, f"does not state {key}", "take that of the record's version 1.1.0")
    for key, expected in {**KINDS, **UNITS}.items():
        if stated.get(key, expected).lower() != expected.lower():
            advice = f"this reader is for {expected}"
            raise refused(path, f"states {key}={stated[key]:.80}", advice)
    with judged(path, "a list of key=number"):
        numbers = {key: float(stated[key]) for key in NUMBERS}
    for key, number in numbers.items():
        if not math.isfinite(number):
            raise refused(path, f"states {key}={number} where a finite number was expected")
    return numbers


def view_angles(stated: dict[str, float]) -> np.ndarray:
    """Angle of each view in degrees, shape (views,), less the last one where it closes the turn.

    Raises:
        ValueError: a number of images that is not that of the angles.
    """
    count, first, step, last = (
        stated[key] for key in ("NumberImages", "AngleFirst", "AngleInterval", "AngleLast")
    )
    agree = math.isclose(first + (count - 1) * step, last, abs_tol=1e-6)
    if not 2 <= count <= MOST or count % 1 or not agree:
        raise ValueError(
            f"{count:g} images are stated, and angles from {first:g} to {last:g} degrees in steps "
            f"of {step:g}: they do not agree; fetch the txt again"
        )
    turned = math.isclose(abs(last - first), 360)
    return first + step * np.arange(int(count) - turned)
