"""The FORBILD head phantom in two dimensions, as a list of clipped ellipses.

Yu, Noo, Dennerlein, Wunderlich, Lauritsch, Hornegger, "Simulation tools for two-dimensional
experiments in x-ray computed tomography using the FORBILD head phantom", Phys. Med. Biol. 57(13)
N237, 2012. Their table is `forbild_yu2012.json`, in cm and densities relative to water.

Densities add where ellipses overlap (in some 3D variants the last one overwrites the others), and
the whole head fits in 25.6 cm x 25.6 cm. Its soft tissues lie between 1.045 and 1.06, bone is 1.8.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from inrbench.phantoms.ellipses import ClippedEllipse

WATER = 0.02
"""Attenuation of water in mm^-1 at about 60 keV, the scale that LEAP gives its FORBILD phantom."""

_MM = 10.0  # the table is in cm


def forbild(right_ear: bool = True, left_ear: bool = True) -> list[ClippedEllipse]:
    """The phantom in mm and mm^-1: density relative to water times `WATER`.

    Args:
        right_ear: include the right ear at x > 0: bone with 53 air cells of 3 mm. Without it the
            inside of the skull is whole.
        left_ear: include the resolution pattern at x < 0: 80 discs of bone with diameters from
            0.25 to 0.357 mm, far below the pixels of most grids.

    Returns:
        151 ellipses with both ears, 17 with none.
    """
    table = json.loads(Path(__file__).with_name("forbild_yu2012.json").read_text())
    rows = [row for row in table["core"] if right_ear or row["id"] != "R_ear"]
    ellipses = [_ellipse(row, right_ear) for row in rows]
    if right_ear:
        cavities = table["right_ear_cavities"]
        ellipses += [
            _disc(x, y, cavities["radius"], cavities["f"]) for x, y in cavities["centres"]
        ]
    if left_ear:
        pattern = table["left_ear"]
        ellipses += [_disc(*row, pattern["f"]) for row in pattern["rows_x0_y0_radius"]]
    return ellipses


def _ellipse(row: dict, right_ear: bool) -> ClippedEllipse:
    clips = row["clips_d_psi_deg"]
    if row.get("right_ear_only_clip") and not right_ear:
        clips = []
    return ClippedEllipse(
        centre=(row["x0"] * _MM, row["y0"] * _MM),
        semi_axes=(row["a"] * _MM, row["b"] * _MM),
        tilt=math.radians(row["phi_deg"]),
        value=row["f"] * WATER,
        clips=tuple((d * _MM, math.radians(psi)) for d, psi in clips),
    )


def _disc(x: float, y: float, radius: float, density: float) -> ClippedEllipse:
    return ClippedEllipse(
        (x * _MM, y * _MM), (radius * _MM, radius * _MM), tilt=0.0, value=density * WATER
    )
