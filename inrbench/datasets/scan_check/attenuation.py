"""The attenuation of the main material, as a first reconstruction has it, and whether it can be.

    scale = median of x over {x > o},     o = Otsu's threshold between air and object

Views over too short a range give an image that is too faint. Then it is the mass of a view,
m = integral of p du, over that of a disc as wide as the shadow w: 4 m / (pi w^2), which is too low
for an object with holes.

Reference: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Syst.
Man Cybern. 9(1), 62-66, 1979.
"""

from __future__ import annotations

import numpy as np
import torch

from inrbench.datasets.scan_check.plane import at_axis
from inrbench.datasets.scan_check.remark import Remark, note, ok, wrong
from inrbench.scan import Scan

LEAST, MOST = 1e-3, 10.0
"""In 1/mm: foam has some 0.002, water 0.02 to 0.05, bone and aluminium 0.05 to 0.3, iron 1."""


def suggested(image: torch.Tensor) -> float | None:
    """Typical attenuation of the object, two digits, or None where there is none."""
    values = image.flatten().numpy().astype(np.float64)
    count, edges = np.histogram(values, bins=256)
    middles, total = (edges[:-1] + edges[1:]) / 2, np.cumsum(count)
    below = np.cumsum(count * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (below[-1] * total / total[-1] - below) ** 2 / (total * (total[-1] - total))
    threshold = edges[1 + int(np.nanargmax(between[:-1]))]
    inside = values[values > max(threshold, 0)]
    found = float(np.median(inside)) if inside.size else 0.0
    return float(f"{found:.2g}") if found > 0 else None


def from_shadows(scan: Scan) -> float | None:
    """The same from the widths of the shadows, of a scan in two dimensions."""
    p, pixel = scan.sinogram.double(), at_axis(scan)
    width = pixel * (p > 0.1 * p.max()).sum(dim=1)
    found = float((4 * pixel * p.sum(dim=1) / (torch.pi * width.clamp(min=pixel) ** 2)).median())
    return float(f"{found:.2g}") if found > 0 else None


def remarks(per_mm: float | None, stated: float | None, unit: str, factor: float) -> list[Remark]:
    """Whether lengths are in the unit that is stated, and the scale near what is stated.

    Args:
        per_mm: what `suggested` found, in 1/mm, or per pixel.
        stated: the YAML's scale in 1/unit, or None.
        unit: of length, "pixel" where the size of a pixel is not known.
        factor: mm in a unit.
    """
    if per_mm is None:
        return [wrong("scale", "the reconstruction has no object above 0")]
    found = float(f"{per_mm * factor:.2g}")
    remarks = []
    if unit != "pixel" and not LEAST <= per_mm <= MOST:
        remarks.append(
            wrong(
                "unit",
                f"the object has {per_mm:.2g} per mm, and materials have {LEAST:g} to {MOST:g}: "
                "are lengths in another unit, or values not line integrals?",
                f"geometry: unit, in place of {unit}",
            )
        )
    if stated is None:
        remarks.append(
            note("scale", f"the object has some {found:g} per {unit}", f"scale: {found:g}")
        )
    elif not 0.2 < stated / found < 5:
        remarks.append(
            wrong(
                "scale",
                f"{stated:g} is stated, and the object has some {found:g} per {unit}",
                f"scale: {found:g}",
            )
        )
    else:
        remarks.append(ok("scale", f"{stated:g} is stated, some {found:g} is found"))
    return remarks
