"""Geometries as other programs describe them: a module a program, each with

    read(fields, angles=None) -> Foreign

where `fields` are the plain values of the description and `angles`, in radians as that program
counts them, stand in for those that it does not hold. Lengths stay in the unit of the description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inrbench.geometry import Geometry, checked


@dataclass(frozen=True, eq=False)
class Foreign:
    """A geometry, and how the other program's arrays lie in it.

    Args:
        geometry: as ours, see `inrbench.geometry`.
        flip: axes of its sinograms, "rows" or "columns", that run against ours.
    """

    geometry: Geometry
    flip: tuple[str, ...] = ()


def number(fields: Mapping[str, Any], key: str, default: float | None = None) -> float:
    """A finite number of a description; raises `ValueError` for anything else."""
    values = numbers(fields, key, 1, None if default is None else [default])
    return float(values[0])


def numbers(
    fields: Mapping[str, Any], key: str, count: int, default: list[float] | None = None
) -> np.ndarray:
    """So many finite numbers, float64; one for each view is refused where they differ.

    Raises:
        ValueError: a key that is missing, or values of another kind or number.
    """
    if key not in fields or fields[key] is None:
        if default is None:
            raise ValueError(f"{key} is missing: add it to the description")
        return np.array(default, dtype=np.float64)
    found = checked.array(key, fields[key])
    if found.ndim == 2 and (found == found[0]).all():  # repeated for each view
        found = found[0]
    found = np.atleast_1d(found).ravel()
    if count == 1 and found.size > 1 and (found == found[0]).all():
        found = found[:1]
    if found.size != count or not np.isfinite(found).all():
        raise ValueError(
            f"{key}={fields[key]!r:.80}: expected {count} finite number{'s' * (count > 1)}, the "
            "same in all views"
        )
    return found


def view_angles(
    fields: Mapping[str, Any], key: str, given: np.ndarray | None, unit: float = 1.0
) -> np.ndarray:
    """Angles in radians: those given, or else those of the description times `unit`.

    Raises:
        ValueError: neither has them.
    """
    if given is not None:
        return checked.angles(given)
    if fields.get(key) is None:
        raise ValueError(f"{key} is missing: add it, or `angles` beside the geometry's file")
    return checked.angles(fields[key]) * unit


def whole(fields: Mapping[str, Any], *keys: str) -> tuple[int, ...]:
    """Whole numbers above 0 of these keys; raises `ValueError`."""
    return tuple(checked.count(key, number(fields, key)) for key in keys)
