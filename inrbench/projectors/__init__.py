"""Projectors A: linear maps from an image to its line integrals, with their exact adjoint."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeVar

import numpy as np
import torch

from inrbench.errors import Absent, Unsupported
from inrbench.geometry import ConeBeam, ConeVectors, Geometry, ParallelBeam
from inrbench.grid import Grid
from inrbench.projectors.base import Inversion, Projector

T = TypeVar("T")

# Each is a module here, the only one to import the package; in the order of preference.
BACKENDS = {
    (2, "cpu"): ("astra",),
    (2, "cuda"): ("astra", "diffct"),
    (3, "cpu"): ("rtk",),
    (3, "cuda"): ("astra", "diffct"),
    (2, "meta"): ("meta",),
    (3, "meta"): ("meta",),
}
# Likewise, for Feldkamp's reconstruction of a cone beam.
FDK = {"cpu": ("rtk",), "cuda": ("diffct", "rtk"), "meta": ("meta",)}
PACKAGES = {"astra": "astra-toolbox", "rtk": "itk-rtk", "diffct": "diffct"}


def make(
    geometry: Geometry,
    grid: Grid,
    device: torch.device | str = "cpu",
    backend: str = "auto",
    whole: Geometry | None = None,
) -> Projector:
    """The projector of a geometry on a grid.

    Args:
        geometry: scan geometry.
        grid: reconstruction grid.
        device: where images and sinograms lie.
        backend: "astra", "rtk", "diffct", or "auto" for the first of `BACKENDS` that can do it.
        whole: the scan that the geometry is a part of, where all parts are made: whether matrices
            are kept is decided by their size together, so that parts and whole are alike.

    Raises:
        ValueError: an unknown back end, a grid of another dimension than the scan's, or a source
            or a cone beam's detector inside the grid.
        Absent: the back end cannot be imported or has no CUDA; with "auto", none of them.
        Unsupported: the back end cannot project this; with "auto", none of them can, with what
            each one says.
    """
    device = torch.device(device)
    if backend != "auto" and backend not in PACKAGES:
        known = ", ".join(["auto", *PACKAGES])
        raise ValueError(f"unknown backend {backend!r}: known are {known}")
    _check(geometry, grid)
    names = BACKENDS.get((grid.dimension, device.type), ()) if backend == "auto" else (backend,)
    return _first(
        names, f"projector for {device}", lambda m: m.make(geometry, grid, device, whole)
    )


def fdk(
    geometry: ConeBeam | ConeVectors, grid: Grid, device: torch.device | str = "cpu"
) -> Inversion:
    """Feldkamp's reconstruction by the first library of `FDK` that can; see `methods.fdk`.

    Raises:
        ValueError: as `make`.
        Unsupported: no library can, with what each of them says; or an orbit that is no full turn
            about z, which the formula is for.
    """
    device = torch.device(device)
    _check(geometry, grid)
    _check_turn(geometry)
    try:
        return _first(
            FDK.get(device.type, ()), "FDK", lambda module: module.fdk(geometry, grid, device)
        )
    except Absent as error:  # of one method, while others can project
        raise Unsupported(str(error)) from None


def require(dimension: int, device: str) -> None:
    """Raise `Absent`, as `make` does, unless something here projects in 2 or 3 dimensions."""
    angles = np.array([0.0, 1.0])
    geometry = {
        2: ParallelBeam(angles, 4, 1.0),
        3: ConeBeam(angles, (4, 4), 1.0, source_to_axis=20.0, source_to_detector=40.0),
    }[dimension]
    try:
        make(geometry, Grid((4,) * dimension, 1.0), device)
    except Absent:
        raise
    except Unsupported:
        pass  # something is here, and this scan is not its own


def _check_turn(geometry: ConeBeam | ConeVectors) -> None:
    """`Unsupported` unless the sources lie about evenly on a circle, roughly, about the z axis."""
    x, y, z = geometry.sources().T
    radius = np.hypot(x, y)
    height = np.abs(z).max()
    if height > 0.2 * radius.min() or np.ptp(radius) > 0.2 * radius.min():
        raise Unsupported(
            f"fdk is for a circle about z; here the source is {radius.min():g} to "
            f"{radius.max():g} mm from that axis and up to {height:g} mm off its plane: use cgls"
        )
    turned = np.sort(np.unique(np.round(np.mod(np.arctan2(x, -y), 2 * np.pi), 6)))
    gaps = np.diff(np.append(turned, turned[0] + 2 * np.pi))
    if len(turned) < 3 or gaps.max() > 4 * np.median(gaps):
        raise Unsupported(
            f"fdk is for a full turn; {len(turned)} views leave a gap of "
            f"{np.rad2deg(gaps.max()):.0f} degrees: use cgls"
        )


def _first(names: Sequence[str], wanted: str, use: Callable[[ModuleType], T]) -> T:
    """What `use` makes of the first back end that can.

    Raises:
        Absent: none of them is here.
        Unsupported: none of them can, with what each one said.
    """
    faults, kind = [], Absent if names else Unsupported
    for name in names:
        try:
            return use(_module(name))
        except (ImportError, OSError) as error:  # a package's C libraries raise the latter
            faults.append(f"{name} cannot be imported ({error}): install {PACKAGES[name]}")
        except Unsupported as error:
            faults.append(str(error))
            kind = kind if isinstance(error, Absent) else Unsupported
    raise kind("; ".join(faults) or f"there is no {wanted}")


def load_backends(dimension: int = 2, device: str = "cpu") -> None:
    """Import what back ends there are, so that no run pays for it in time or memory."""
    for name in BACKENDS.get((dimension, device), ()):
        with contextlib.suppress(ImportError, OSError):
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
    if grid.dimension == 3:
        centres = geometry.vectors[:, 3:6]
        inside = (np.abs(centres) < half).all(axis=1)
        if inside.any():
            raise ValueError(
                f"view {int(inside.argmax())}: the detector's centre lies inside the grid, and "
                "rays end at the detector; move it away from the source (its distance and its "
                "spacing by the same factor leave every ray as it is)"
            )
