"""Projectors A: linear maps from an image to its line integrals, with their exact adjoint."""

from __future__ import annotations

import contextlib
import importlib

import torch

from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.projectors.base import Projector
from inrbench.unsupported import Unsupported

BACKENDS = ("auto", "astra")


def make(
    geometry: Geometry, grid: Grid, device: torch.device | str = "cpu", backend: str = "auto"
) -> Projector:
    """The projector of a geometry on a grid.

    Args:
        geometry: scan geometry.
        grid: reconstruction grid.
        device: where images and sinograms lie.
        backend: "astra", or "auto" for the best one that can be imported.

    Raises:
        ValueError: an unknown back end, or a grid of the wrong dimension for the geometry.
        Unsupported: a back end that cannot be imported.
    """
    if backend not in BACKENDS:
        raise ValueError(f"unknown backend {backend!r}: known are {', '.join(BACKENDS)}")
    try:
        from inrbench.projectors import astra  # the only module that imports the astra package
    except ImportError as error:
        raise Unsupported(
            f"no projector: the astra back end cannot be imported ({error}); install astra-toolbox"
        ) from error
    return astra.make(geometry, grid, torch.device(device))


def load_backends() -> None:
    """Import what back ends there are, so that no run pays for it in time or memory."""
    with contextlib.suppress(ImportError):
        importlib.import_module("inrbench.projectors.astra")
