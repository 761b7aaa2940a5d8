"""Numbers of a geometry as they must be: a sentence says which are not, and what was expected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from numbers import Real
from typing import Any

import numpy as np


def array(name: str, values: Any) -> np.ndarray:
    """Numbers as float64; `ValueError` for anything else, rows of different lengths too."""
    with suppress(ValueError, TypeError, OverflowError):
        found = np.asarray(values)
        if found.dtype.kind in "iuf":
            return found.astype(np.float64, copy=False)
    raise ValueError(f"{name}={values!r:.80}: expected numbers, all rows of one length")


def angles(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """View angles in radians as float64, shape (views,); `ValueError` if they cannot be."""
    found = np.atleast_1d(array("angles", values))
    if found.ndim != 1 or found.size == 0 or not np.isfinite(found).all():
        raise ValueError(
            f"angles of shape {found.shape}: expected a non-empty list of finite view "
            "angles in radians"
        )
    return found


def count(name: str, value: Any) -> int:
    """A whole number above 0; `ValueError` if it is none."""
    if not isinstance(value, Real) or isinstance(value, bool) or not 1 <= value < 2**53:
        raise ValueError(f"{name}={value!r:.80}: needs at least one, as a whole number")
    if value != int(value):
        raise ValueError(f"{name}={value!r}: expected a whole number")
    return int(value)


def shape(values: Sequence[int]) -> tuple[int, int]:
    """(rows, columns) of a detector; `ValueError` if they cannot be."""
    with suppress(ValueError, TypeError):
        rows, columns = values
        return count("rows", rows), count("columns", columns)
    raise ValueError(
        f"detector_shape={values!r:.80}: expected (rows, columns), two whole numbers above 0"
    )


def lengths(detector_spacing: float, *detector_offset: float) -> None:
    """`ValueError` unless the spacing is above 0 and all are finite, in mm."""
    if not _finite(detector_spacing) or detector_spacing <= 0:
        raise ValueError(
            f"detector_spacing={detector_spacing!r:.80}: must be above 0 mm and finite"
        )
    if not all(map(_finite, detector_offset)):
        raise ValueError(f"detector_offset={detector_offset!r:.80}: must be finite, in mm")


def distances(source_to_axis: float, source_to_detector: float) -> None:
    """`ValueError` unless 0 < source_to_axis <= source_to_detector < infinity, in mm."""
    both = source_to_axis, source_to_detector
    if not all(map(_finite, both)) or not 0 < source_to_axis <= source_to_detector:
        raise ValueError(
            f"source_to_axis={source_to_axis!r:.80}, source_to_detector="
            f"{source_to_detector!r:.80}: expected 0 < source_to_axis <= source_to_detector, "
            "finite, in mm"
        )


def _finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    with suppress(OverflowError):  # an integer beyond the largest float
        return math.isfinite(value)
    return False
