"""Measured scans as cases: few views to reconstruct from, the rest to judge by."""

from __future__ import annotations

import numpy as np

from inrbench import projectors
from inrbench.datasets.case import Case
from inrbench.grid import Grid
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls

# Steps of CGLS for the reference; see `sparse_case`.
ITERATIONS = 25


def sparse_case(full: Scan, grid: Grid, views: int, scale: float, unit: str = "mm") -> Case:
    """Some of the n views as `scan`, the others as `held_out`, see `split`.

    The reference is what 25 steps of CGLS from all n views give: a reconstruction, not
    ground truth. It shares the noise of every subset of the views and favours its own algorithm;
    the residual on the held-out views needs no reference and does not. The number of steps is our
    choice, near where the residual on views left out is least for both data sets here.

    Args:
        full: the scan with all n views, in order of angle.
        grid: grid of scan and reference.
        views: m, from 1 to n. They are spread evenly in index: where the full scan has a gap in
            angle, so has the subset.
        scale: typical attenuation in the unit of the reference.
        unit: of length, "mm" or "pixel".

    Raises:
        ValueError: views outside 1 .. n.
    """
    scan, held_out = split(full, views)
    projector = projectors.make(full.geometry, grid, device=full.device)
    reference = cgls(projector, full.sinogram, ITERATIONS)
    made = f"CGLS, {ITERATIONS} steps, from all {len(full.sinogram)} views"
    return Case(scan, grid, reference, "reference", scale, held_out, unit, made)


def split(full: Scan, views: int) -> tuple[Scan, Scan | None]:
    """The views that `spread` chooses; and the others, or None. Raises as `spread` does."""
    count = full.geometry.sinogram_shape[0]
    chosen = spread(count, views)
    others = np.setdiff1d(np.arange(count), chosen)
    return full.subset(chosen), full.subset(others) if others.size else None


def spread(count: int, views: int) -> np.ndarray:
    """View floor(k n / m), k = 0 .. m - 1, of n views.

    Raises:
        ValueError: views m outside 1 .. n.
    """
    if not 1 <= views <= count:
        raise ValueError(f"views={views}: this scan has {count}; choose from 1 to {count}")
    return np.arange(views) * count // views
