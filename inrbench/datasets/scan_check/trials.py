"""A scan reconstructed as it is stated, and with each suspected mistake undone.

A mistake of geometry makes views contradict each other, so that no image explains them: undoing
it lowers the misfit of `centre`. Beside it stands the residual on views that an image did not get,
with ' for every fourth view,

    held out = || y' - A' x || / || y' ||,     x = a few steps of CGLS for the other views

which few views make large, however right the geometry is. A mirrored image contradicts nothing: of
a parallel beam the sign of all angles, and of a fan the sign together with flipped columns, cannot
be told from the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from inrbench import projectors
from inrbench.datasets.scan_check import centre
from inrbench.datasets.scan_check.plane import around, coarser, shifted
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.methods.fbp import filtered_back_projection
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls

STEPS = 12
SIZE = (192, 120)
"""Columns and views, at most."""
BETTER = 0.9
"""A mistake is suspected where undoing it leaves less than this share of the misfit."""
_WORSE = 1.3
_NEAR = 0.5  # columns by which a centre may be off


@dataclass(frozen=True, eq=False)
class Attempt:
    """A reconstruction under one reading of the description.

    Args:
        title: what was changed, "as it is" for nothing.
        misfit: see `centre`.
        held_out: the residual of the formula above.
        image: FBP from all views, 1/mm.
        scan: in two dimensions, as this reading has it.
        mend: what to write into the YAML besides the centre, or None.
        centred: whether the axis was moved to where it is seen.
    """

    title: str
    misfit: float
    held_out: float
    image: torch.Tensor
    scan: Scan
    mend: str | None = None
    centred: bool = False


def attempts(scan: Scan) -> list[Attempt]:
    """As it is; then what lowers the misfit, the best first.

    Args:
        scan: in two dimensions.
    """
    stated = _attempt("as it is", scan)
    found = list(_suspects(scan, stated.misfit))
    better = [one for one in found if one.misfit < BETTER * stated.misfit]
    return [stated, *sorted(better, key=lambda one: one.misfit)]


def _suspects(scan: Scan, misfit: float) -> Iterator[Attempt]:
    """Each reading that is tried, `misfit` being that of the one which is stated."""
    geometry = scan.geometry
    yield from _centred("", scan)
    if not isinstance(geometry, FanBeam):
        return
    backwards = replace(scan, geometry=replace(geometry, angles=-geometry.angles))
    sign = "geometry: angles: sign: -1, or 1 where it is -1 (data: flip: [columns] mirrors it)"
    found = _attempt("angles the other way round", backwards, sign)
    yield found
    if found.misfit < _WORSE * misfit:  # else a centre does not mend it
        yield from _centred("angles the other way round, ", backwards, sign)
    farther = geometry.source_to_detector + geometry.source_to_axis
    yield _attempt(
        "detector farther away",
        replace(scan, geometry=replace(geometry, source_to_detector=farther)),
        f"geometry: source_to_detector: {farther:g} mm, if what is stated is axis to detector",
    )


def _centred(before: str, scan: Scan, mend: str | None = None) -> Iterator[Attempt]:
    offset, _ = centre.estimate(scan)
    moved = (offset - scan.geometry.detector_offset) / scan.geometry.detector_spacing
    if abs(moved) > _NEAR:
        seen = centre.column(scan, offset)
        title = f"{before}axis on column {seen:.1f}"
        yield replace(_attempt(title, shifted(scan, offset), mend), centred=True)


def _attempt(title: str, scan: Scan, mend: str | None = None) -> Attempt:
    coarse = coarser(scan, *SIZE)
    grid = around(coarse, 1.2)
    image = filtered_back_projection(coarse.sinogram, coarse.geometry, grid)
    misfit = centre.misfit(coarse, grid, STEPS)
    return Attempt(title, misfit, held_out(coarse, grid), image, scan, mend)


def held_out(scan: Scan, grid: Grid) -> float:
    """The residual of the formula above."""
    views = np.arange(len(scan.sinogram))
    judged = views % 4 == 2
    if not judged.any():
        judged = views == views[-1]
    seen, others = scan.subset(views[~judged]), scan.subset(views[judged])
    image = cgls(projectors.make(seen.geometry, grid), seen.sinogram, STEPS)
    left = others.sinogram - projectors.make(others.geometry, grid).forward(image)
    return float(left.norm() / others.sinogram.norm().clamp(min=1e-30))
