"""Whole data sets as NAF, SAX-NeRF and R2-Gaussian keep them: views, angles, geometry, volume.

    naf            one pickle: DSD, DSO, nDetector, ... (see `geometry.foreign.naf`), "train" and
                   "val" with "angles" and "projections", "image" (x, y, z)
    r2_gaussian    meta_data.json: "scanner", "proj_train" and "proj_test" with "file_path" and
                   "angle" of each view, "vol" (simulated) or "ct" (measured)

Training views are the scan, the others are held out. NAF's scanner is in mm and its attenuation
in 1/m; R2-Gaussian's numbers are taken as mm and 1/mm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.formats import npy, pickled
from inrbench.datasets.formats.judged import judged
from inrbench.datasets.own import documents
from inrbench.datasets.own.schema import OwnScan
from inrbench.geometry.foreign import naf
from inrbench.grid import Grid
from inrbench.scan import Scan


@dataclass(frozen=True, eq=False)
class Layout:
    """What such a data set holds, in our order.

    Args:
        scan, held_out: of its training views and the others.
        grid: of its volume.
        reference: float array of grid.shape, in 1/mm.
        kind: "truth" or "reference", see `Case`.
    """

    scan: Scan
    held_out: Scan | None
    grid: Grid
    reference: np.ndarray
    kind: str


def case(own: OwnScan, folder: Path) -> Case:
    """The case of a YAML's `layout`; raises `ValueError` or `FileNotFoundError`."""
    found = read(own, folder)
    return Case(found.scan, found.grid, found.reference, found.kind, own.scale, found.held_out)


def read(own: OwnScan, folder: Path) -> Layout:
    """The same without a scale."""
    ((program, name),) = own.layout.items()
    path = folder / Path(name).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; correct the path in the YAML")
    with judged(path, f"a data set of {program}", "compare it with the program's own examples"):
        return READERS[program](path)


def _naf(path: Path) -> Layout:
    data = pickled.mapping(path)
    scan, held_out = (
        _scan(data, part["projections"], part["angles"]) if part else None
        for part in (data["train"], data.get("val") or data.get("test"))
    )
    return Layout(scan, held_out, *_volume(data, data["image"], 1e-3), "truth")


def _r2_gaussian(path: Path) -> Layout:
    data = documents.mapping(path)
    scanner = data["scanner"]
    scan, held_out = (
        _scan(scanner, _views(path.parent, data.get(part)), [one["angle"] for one in data[part]])
        if data.get(part)
        else None
        for part in ("proj_train", "proj_test")
    )
    simulated = "vol" in data
    volume = npy.array(path.parent / data["vol" if simulated else "ct"], ("x", "y", "z"))
    kind = "truth" if simulated else "reference"
    return Layout(scan, held_out, *_volume(scanner, volume, 1.0), kind)


READERS: dict[str, Callable[[Path], Layout]] = {"naf": _naf, "r2_gaussian": _r2_gaussian}


def _views(folder: Path, stated: list[dict[str, Any]]) -> np.ndarray:
    return np.stack([npy.array(folder / one["file_path"], ("rows", "columns")) for one in stated])


def _scan(scanner: dict[str, Any], projections: np.ndarray, angles: Any) -> Scan:
    foreign = naf.read(scanner, np.ravel(angles))
    sinogram = np.flip(projections, [("views", "rows", "columns").index(a) for a in foreign.flip])
    if len(foreign.geometry.sinogram_shape) == 2 and sinogram.shape[1] == 1:
        sinogram = sinogram[:, 0]
    return Scan(np.ascontiguousarray(sinogram), foreign.geometry)


def _volume(scanner: dict[str, Any], image: np.ndarray, per_mm: float) -> tuple[Grid, np.ndarray]:
    """Axes (x, y, z) with growing y become (z, y, x) with row 0 at the largest y."""
    grid = Grid(*naf.volume(scanner))
    return grid, np.ascontiguousarray(image.transpose(2, 1, 0)[:, ::-1]) * per_mm
