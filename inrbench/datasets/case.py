"""A case: a scan, the grid to reconstruct it on, and the image to compare with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from inrbench import geometry
from inrbench.grid import Grid
from inrbench.scan import Scan

KINDS = ("truth", "reference")


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

    Raises:
        ValueError: a reference that does not have the grid's shape, is constant or not finite, an
            unknown kind, or a scale not above 0.
    """

    scan: Scan
    grid: Grid
    reference: torch.Tensor
    kind: str
    scale: float
    held_out: Scan | None = None
    unit: str = "mm"

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
        if self.kind not in KINDS:
            raise ValueError(f"kind={self.kind!r}: expected one of {', '.join(KINDS)}")
        if not self.scale > 0:
            raise ValueError(f"scale={self.scale}: must be above 0, in the unit of the reference")

    def save(self, path: Path) -> None:
        """Write the case as one `.npz`: arrays as they are, geometry and grid as JSON."""
        arrays = {"reference": self.reference.numpy()}
        about = {"kind": self.kind, "scale": self.scale, "shape": self.grid.shape,
                 "spacing": self.grid.spacing, "unit": self.unit, "geometry": {}}  # fmt: skip
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
        """Read what `save` wrote."""
        with np.load(path) as stored:
            about = json.loads(str(stored["about"]))
            scans = {
                name: Scan(
                    stored[f"{name}.sinogram"],
                    geometry.from_dict(fields),
                    stored.get(f"{name}.weights", None),
                )
                for name, fields in about["geometry"].items()
            }
            grid = Grid(about["shape"], about["spacing"])
            return cls(scans["scan"], grid, stored["reference"], about["kind"], about["scale"],
                       scans.get("held_out"), about["unit"])  # fmt: skip
