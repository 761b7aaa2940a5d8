"""Objectives l: how an image is judged by the data, and their gradient in the image."""

from __future__ import annotations

from typing import Any

from inrbench import registry
from inrbench.cells.subsets import WHOLE
from inrbench.objectives.quadratic import Objective
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


def make(
    name: str, scan: Scan, projector: Projector, subsets: int = WHOLE, **parameters: Any
) -> Objective:
    """A registered objective, such as "least_squares" or "filtered_least_squares".

    Args:
        name: registered name.
        scan, projector: y and A.
        subsets: 1, for all views at once; `ordered_subsets.parts` makes one in parts.
        parameters: the objective's own.

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one; or more subsets.
    """
    if subsets != WHOLE:
        raise ValueError(
            f"subsets={subsets}: this takes all views at once; leave out the objective's subsets"
        )
    return registry.make("objective", name, scan, projector, **parameters)
