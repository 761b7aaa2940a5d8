"""Objectives l: how an image is judged by the data, and their gradient in the image."""

from __future__ import annotations

from typing import Any

from inrbench import registry
from inrbench.objectives.quadratic import Objective
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


def make(name: str, scan: Scan, projector: Projector, **parameters: Any) -> Objective:
    """A registered objective, such as "least_squares" or "filtered_least_squares".

    `ordered_subsets.parts` makes one in parts.

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
    """
    return registry.make("objective", name, scan, projector, **parameters)
