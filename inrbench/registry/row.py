"""A row of the table of names: where a part is implemented, and how tables and figures show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = (
    "dataset", "figure", "gradient", "method", "network", "objective", "paper", "regulariser",
    "sampler",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A part.

    Args:
        kind: one of `KINDS`.
        name: in experiments.
        target: `module:attribute`, or `file.py:attribute` of a plug-in.
        label: in tables and figures.
        colour: in figures; None takes the next of the style.
        tiny: parameters with which a test makes it in seconds, beside its defaults.
        paper: where it was published.
    """

    kind: str
    name: str
    target: str
    label: str
    colour: str | None = None
    tiny: Mapping[str, Any] = field(default_factory=dict)
    paper: str = ""
