"""Data sets: simulated phantoms and measured scans, each loaded by name as a `Case`."""

from __future__ import annotations

from typing import Any

from inrbench import registry
from inrbench.datasets.case import Case


def load(name: str, **parameters: Any) -> Case:
    """The case of a registered data set.

    Args:
        name: a registered data set, such as "forbild", "htc2022" or "tooth".
        parameters: what its function takes (views, size, photons, ...).

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
        FileNotFoundError: measured data that has not been fetched, with the command that does it.
    """
    return registry.make("dataset", name, **parameters)
