"""A case: a scan, the grid to reconstruct it on, and the image to compare with."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from inrbench import geometry
from inrbench.datasets.formats import npy
from inrbench.datasets.formats.judged import judged
from inrbench.grid import Grid
from inrbench.scan import Scan

KINDS = ("truth", "reference")
UNITS = ("mm", "pixel")


@dataclass(frozen=True, eq=False)
class Case:
    """What a data set hands to the suite. A method gets `scan`, `grid` and `scale`, nothing else.

    Args:
        scan: the line integrals that methods get.
        grid: the reconstruction grid.
        reference: image to compare with, attenuation in mm^-1 (per pixel where the pixel size is
            unknown), float32 tensor of shape grid.shape.
        kind: "truth" (simulated: the pixel average) or "reference" (measured: a reconstruction
            from more views, which shares their noise).
        scale: typical attenuation of the main material in the unit of `reference`; networks
            predict numbers near 1 and are multiplied by it. A property of the data set, never
            taken from the reference.
        held_out: views that the methods do not get, or None.
        unit: of length, "mm", or "pixel" where the scan does not know its pixel size.
        reference_from: what made a "reference", for tables: "CGLS, 25 steps, from all 181 views".

    Raises:
        ValueError: a reference that does not have the grid's shape, is constant or not finite, an
            unknown kind or unit, or a scale that is not above 0 and finite.
    """

    scan: Scan
    grid: Grid
    reference: torch.Tensor
    kind: str
    scale: float
    held_out: Scan | None = None
    unit: str = "mm"
    reference_from: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", torch.as_tensor(self.reference, dtype=torch.float32))
        if tuple(self.reference.shape) != self.grid.shape:
            raise ValueError(
                f"reference of shape {tuple(self.reference.shape)}: the grid has {self.grid.shape}"
            )
        if not torch.isfinite(self.reference).all():
            raise ValueError("the reference has values that are not finite: nothing can be scored")
        if self.reference.max() == self.reference.min():
            raise ValueError("the reference is constant: PSNR and SSIM need its range")
        for name, word, known in (("kind", self.kind, KINDS), ("unit", self.unit, UNITS)):
            if word not in known:
                raise ValueError(f"{name}={word!r:.80}: expected one of {', '.join(known)}")
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale={self.scale}: must be above 0, in the unit of the reference")

    def save(self, path: Path) -> None:
        """Write the case as one `.npz`: arrays as they are, geometry and grid as JSON."""
        arrays = {"reference": self.reference.numpy()}
        about = {"kind": self.kind, "scale": self.scale, "shape": self.grid.shape,
                 "spacing": self.grid.spacing, "unit": self.unit,
                 "reference_from": self.reference_from, "geometry": {}}  # fmt: skip
        for name, scan in (("scan", self.scan), ("held_out", self.held_out)):
            if scan is None:
                continue
            arrays[f"{name}.sinogram"] = scan.sinogram.numpy()
            if scan.weights is not None:
                arrays[f"{name}.weights"] = scan.weights.numpy()
            about["geometry"][name] = geometry.to_dict(scan.geometry)
        np.savez(path, about=json.dumps(about), **arrays)

    @classmethod
    def open(cls, path: Path) -> Case:
        """Read what `save` wrote; anything else is a `ValueError` with one sentence."""
        with judged(path, "a prepared case", "delete it, and it is made again"):
            stored = npy.archive(path)
            about = json.loads(str(stored["about"]))
            scans = {
                name: Scan(
                    stored[f"{name}.sinogram"],
                    geometry.from_dict(fields),
                    stored.get(f"{name}.weights"),
                )
                for name, fields in about["geometry"].items()
            }
            grid = Grid(about["shape"], about["spacing"])
            return cls(scans["scan"], grid, stored["reference"], about["kind"], about["scale"],
                       scans.get("held_out"), about["unit"],
                       about.get("reference_from"))  # fmt: skip
