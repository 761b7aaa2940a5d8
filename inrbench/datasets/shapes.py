"""Shapes of a data set's grid and scan, known before its arrays are made or read. No torch."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from inrbench import geometry
from inrbench.cells import spec
from inrbench.datasets import prepared_path
from inrbench.io.byte_size import human
from inrbench.meters import host

Shapes = tuple[tuple[int, ...], tuple[int, ...]]
# Bytes a number while a case is made: float64, and the float32 copy that the case keeps.
MAKING = 8 + 4


def shapes(part: dict[str, Any]) -> Shapes | None:
    """((ny, nx), (views, columns)) or ((nz, ny, nx), (views, rows, columns)).

    From the head of the prepared case, without its arrays, or else from the parameters.

    Args:
        part: {name: data set, **parameters}.

    Returns:
        None for measured data that is yet to be prepared.
    """
    try:
        return of_case(prepared_path(part))
    except Exception:  # there is none, or it is damaged, see `datasets.read`
        return from_parameters(part)


def of_case(path: Path) -> Shapes:
    """The shapes of a prepared case, from its head, without its arrays."""
    with np.load(path) as stored:
        about = json.loads(str(stored["about"]))
    scan = geometry.from_dict(about["geometry"]["scan"])
    return tuple(about["shape"]), tuple(scan.sinogram_shape)


def from_parameters(part: dict[str, Any]) -> Shapes | None:
    """The shapes that a data set's parameters give; None for one that is not in `KNOWN`.

    Raises:
        ValueError: sides that are no whole numbers above 0.
    """
    if part["name"] not in KNOWN:
        return None
    try:
        found = KNOWN[part["name"]](**_parameters(part))
        whole = all(type(side) is int and side > 0 for shape in found for side in shape)
    except TypeError:
        whole = False
    if not whole:
        raise ValueError(f"{part}: its grid and scan need whole numbers above 0 along each side")
    return found


def _parameters(part: dict[str, Any]) -> dict[str, Any]:
    """All parameters of a data set, those that the part does not name by their defaults."""
    return {key: value for key, value in spec.part("dataset", part).items() if key != "name"}


def require_room(part: dict[str, Any]) -> None:
    """Refuse to make a case of n grid points and M rays in 12 (n + M) bytes that are not there.

    A finer raster that the scan is simulated from (`RASTERS`) counts as an image of its size.

    Raises:
        OutOfMemory: with the figures.
    """
    known = from_parameters(part)
    if known is None:
        return
    name = part["name"]
    made = {"the image": known[0], "the scan": known[1]}
    if name in RASTERS:
        made["the finer raster"] = RASTERS[name](**_parameters(part))
    needed = {what: MAKING * math.prod(shape) for what, shape in made.items()}
    *some, last = [f"{human(size)} for {what}" for what, size in needed.items()]
    host.require(
        sum(needed.values()),
        f"preparing {name} on {' x '.join(map(str, known[0]))} points needs "
        f"{', '.join(some)} and {last}",
    )


def forbild(size: int, views: int, columns: int, **others: Any) -> Shapes:
    """Shapes of `simulate.forbild`, whose other parameters do not change them."""
    return (size, size), (views, columns)


def walnut(size: int, views: int, binning: int, **others: Any) -> Shapes:
    """Shapes of `walnut.load` on the publishers' detector of 972 x 768 pixels."""
    if binning < 1:
        raise ValueError(f"binning={binning}: must divide the 972 rows and 768 columns")
    return (size, size, size), (views, 972 // binning, 768 // binning)


def fips(size: int, views: int, binning: int, **others: Any) -> Shapes:
    """Shapes of the data sets of `fips` on their publishers' detector of 2368 x 2240 pixels."""
    if binning < 1:
        raise ValueError(f"binning={binning}: must divide the 2368 rows and 2240 columns")
    return (size, size, size), (views, 2368 // binning, 2240 // binning)


def cone_beam(size: int, views: int, detector: int, **others: Any) -> Shapes:
    """Shapes of the data sets of `simulate_cone`, whose other parameters do not change them."""
    return (size, size, size), (views, detector, detector)


def breast(size: int, views: int, columns: int, **others: Any) -> Shapes:
    """Shapes of `simulate_breast.breast`, whose other parameters do not change them."""
    return (size, size), (views, columns)


def breast_raster(size: int, finer: int, **others: Any) -> tuple[int, int]:
    """Shape of the raster that the breast is projected from."""
    return size * finer, size * finer


KNOWN: dict[str, Callable[..., Shapes]] = {
    "forbild": forbild, "shepp_logan": cone_beam, "ellipsoids": cone_beam, "walnut": walnut,
    "breast": breast,
    "fips_walnut": fips, "fips_pine_cone": fips, "fips_seashell": fips,
}  # fmt: skip

# Rasters, beside the image, that a simulation holds while it is made.
RASTERS: dict[str, Callable[..., tuple[int, ...]]] = {"breast": breast_raster}
