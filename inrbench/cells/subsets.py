"""The number of ordered subsets of an objective's views, as specifications have it. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WHOLE = 1
"""Subsets of an objective that is not in parts."""


def subsets(objective: Mapping[str, Any], views: int | None = None) -> int:
    """n of {name, subsets: n, **parameters}: `WHOLE` where there is none.

    Args:
        objective: with its registered name, or only its parameters.
        views: of the scan, where they are known.

    Raises:
        ValueError: no whole number, or one that is not from 1 to the number of views.
    """
    n = objective.get("subsets", WHOLE)
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"subsets={n!r}: expected a whole number, 1 for no subsets")
    if views is not None and n > views:
        raise ValueError(f"subsets={n}: the scan has {views} views, so at most as many")
    return n
