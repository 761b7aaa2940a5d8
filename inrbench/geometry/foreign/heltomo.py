"""HelTomo's `parameters`, of CT projects of the University of Helsinki (HTC 2022, FIPS).

Angles in degrees, lengths in mm, as the toolbox hands them to ASTRA: our own view angles. Keys
are those of the MATLAB struct; a .txt of FIPS has the same with a capital.

    distanceSourceOrigin, distanceSourceDetector
    pixelSizePost       size of a pixel after binning; or else pixelSize
    numDetectorsPost    columns; of a cone numDetectorRows and numDetectorColumns
    angles              degrees; or angleFirst, angleInterval and numberImages

Source: A. Meaney, HelTomo 2.0.0, https://github.com/Diagonalizable/HelTomo,
`create_ct_operator_2d_fan_astra` and `create_ct_operator_3d_cone_astra_cuda`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inrbench.geometry import ConeBeam, FanBeam
from inrbench.geometry.foreign import Foreign, number, view_angles, whole


def read(
    fields: Mapping[str, Any],
    angles: np.ndarray | None = None,
    detector: tuple[int, int] | None = None,
) -> Foreign:
    """The geometry of HelTomo's parameters: a fan, or a cone where there are rows.

    Args:
        fields, angles: see `inrbench.geometry.foreign`; angles in radians.
        detector: (rows, columns) where the parameters do not tell, as those of a .txt.

    Raises:
        ValueError: parameters that are missing or wrong.
    """
    given = {key[:1].lower() + key[1:]: value for key, value in fields.items()}
    pixel = number(given, "pixelSizePost" if "pixelSizePost" in given else "pixelSize")
    distances = number(given, "distanceSourceOrigin"), number(given, "distanceSourceDetector")
    if angles is None and given.get("angles") is None and "angleFirst" in given:
        (count,) = whole(given, "numberImages")
        degrees = number(given, "angleFirst") + np.arange(count) * number(given, "angleInterval")
        given["angles"] = degrees
    views = view_angles(given, "angles", angles)
    if angles is None:
        views = np.deg2rad(views)
    if "numDetectorsPost" in given:
        return Foreign(FanBeam(views, *whole(given, "numDetectorsPost"), pixel, *distances))
    if detector is None:
        detector = whole(given, "numDetectorRows", "numDetectorColumns")
    return Foreign(ConeBeam(views, detector, pixel, *distances))
