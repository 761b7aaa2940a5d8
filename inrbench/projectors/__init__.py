"""Projectors A: linear maps from an image to its line integrals, with their exact adjoint."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeVar

import numpy as np
import torch

from inrbench.geometry import ConeBeam, ConeVectors, Geometry, ParallelBeam
from inrbench.grid import Grid
from inrbench.projectors.base import Projector
from inrbench.unsupported import Unsupported

T = TypeVar("T")

# Each is a module here, the only one to import the package; in the order of preference.
BACKENDS = {
    (2, "cpu"): ("astra",),
    (2, "cuda"): ("astra", "diffct"),
    (3, "cpu"): ("rtk",),
    (3, "cuda"): ("astra", "diffct"),
}
PACKAGES = {"astra": "astra-toolbox", "rtk": "itk-rtk", "diffct": "diffct"}


def make(
    geometry: Geometry, grid: Grid, device: torch.device | str = "cpu", backend: str = "auto"
) -> Projector:
    """The projector of a geometry on a grid.

    Args:
        geometry: scan geometry.
        grid: reconstruction grid.
        device: where images and sinograms lie.
        backend: "astra", "rtk", "diffct", or "auto" for the first of `BACKENDS` that can do it.

    Raises:
        ValueError: an unknown back end, a grid of another dimension than the scan's, or a source
            inside the grid.
        Unsupported: a back end that cannot be imported, or cannot project this; with "auto", no
            back end can, with what each of them says.
    """
    device = torch.device(device)
    if backend != "auto" and backend not in PACKAGES:
        known = ", ".join(["auto", *PACKAGES])
        raise ValueError(f"unknown backend {backend!r}: known are {known}")
    _check(geometry, grid)
    names = BACKENDS.get((grid.dimension, device.type), ()) if backend == "auto" else (backend,)
    return _first(names, f"projector for {device}", lambda m: m.make(geometry, grid, device))


def fdk(sinogram: torch.Tensor, geometry: ConeBeam | ConeVectors, grid: Grid) -> torch.Tensor:
    """Feldkamp's reconstruction by the library for the sinogram's device: see `methods.fdk`.

    Args:
        sinogram: line integrals, shape (views, rows, columns).
        geometry: a circular orbit, or one near a circle.
        grid: three-dimensional.

    Returns:
        Attenuation in mm^-1, shape grid.shape, on the sinogram's device.

    Raises:
        ValueError, Unsupported: as `make`.
    """
    _check(geometry, grid)
    device = sinogram.device

    def on_the_cpu(module: ModuleType) -> torch.Tensor:
        return module.fdk(sinogram.cpu(), geometry, grid).to(device)

    if device.type == "cuda":
        with contextlib.suppress(ImportError, Unsupported):
            return _module("diffct").fdk(sinogram, geometry, grid)
    return _first(("rtk",), "FDK", on_the_cpu)


def _first(names: Sequence[str], wanted: str, use: Callable[[ModuleType], T]) -> T:
    """What `use` makes of the first back end that can; `Unsupported`, with what each one said."""
    faults = []
    for name in names:
        try:
            return use(_module(name))
        except ImportError as error:
            faults.append(f"{name} cannot be imported ({error}): install {PACKAGES[name]}")
        except Unsupported as error:
            faults.append(str(error))
    raise Unsupported("; ".join(faults) or f"there is no {wanted}")


def load_backends(dimension: int = 2, device: str = "cpu") -> None:
    """Import what back ends there are, so that no run pays for it in time or memory."""
    for name in BACKENDS.get((dimension, device), ()):
        with contextlib.suppress(ImportError):
            _module(name)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"inrbench.projectors.{name}")


def _check(geometry: Geometry, grid: Grid) -> None:
    scanned = len(geometry.sinogram_shape)
    if scanned != grid.dimension:
        raise ValueError(
            f"grid of shape {grid.shape}: a {type(geometry).__name__} scans in {scanned} "
            f"dimensions, choose a grid of {'(nz, ny, nx)' if scanned == 3 else '(ny, nx)'}"
        )
    if isinstance(geometry, ParallelBeam):
        return
    half = np.array(grid.shape[::-1]) * grid.spacing / 2  # x, y, (z)
    inside = (np.abs(geometry.sources()) < half).all(axis=1)
    if inside.any():
        view = int(inside.argmax())
        source = ", ".join(f"{x:g}" for x in geometry.sources()[view])
        raise ValueError(
            f"view {view}: the source at ({source}) mm lies inside the grid, which reaches "
            f"{', '.join(f'{x:g}' for x in half)} mm from its centre; move it out or shrink the "
            "grid"
        )
