"""Measured scans as cases: few views to reconstruct from, the rest to judge by.

What every reader of a measured scan shares, a plug-in's too:

    full = Scan(line_integrals, geometry)                        # all views, in order of angle
    return sparse_case(full, Grid((320, 320), 1.0), 31, scale=0.008)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from inrbench import projectors
from inrbench.datasets.case import Case
from inrbench.errors import Unsupported
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
    return measured_case(full, grid, split(full, views), scale, unit)


def measured_case(
    full: Scan,
    grid: Grid,
    parts: tuple[Scan, Scan | None],
    scale: float,
    unit: str = "mm",
    reference: str = "cgls",
) -> Case:
    """A case of these two parts of a scan, (scan, held out), with a reference from all its views.

    Args:
        full, grid, scale, unit: as for `sparse_case`.
        parts: as `split` or `divided` give them.
        reference: "cgls", see `sparse_case`; or "fdk", for cones, which is quicker.

    Raises:
        Unsupported: no library for FDK.
    """
    if reference == "fdk":
        image, made = feldkamp(full, grid), "FDK"
    else:
        projector = projectors.make(full.geometry, grid, device=full.device)
        image, made = cgls(projector, full.sinogram, ITERATIONS), f"CGLS, {ITERATIONS} steps,"
    made = f"{made} from all {len(full.sinogram)} views"
    scan, held_out = parts
    return Case(scan, grid, image, "reference", scale, held_out, unit, made)


def feldkamp(full: Scan, grid: Grid) -> torch.Tensor:
    """FDK of all views on the grid: RTK's, or else diffct's on CUDA. Raises `Unsupported`."""
    try:
        invert = projectors.fdk(full.geometry, grid)
    except Unsupported:
        if not torch.cuda.is_available():
            raise
        invert = projectors.fdk(full.geometry, grid, "cuda")
    return invert(full.sinogram.to(invert.device)).cpu()


def split(full: Scan, views: int) -> tuple[Scan, Scan | None]:
    """The views that `spread` chooses; and the others, or None. Raises as `spread` does."""
    return divided(full, views)


def divided(
    full: Scan, use: int | Sequence[int], hold_out: Sequence[int] | None = None
) -> tuple[Scan, Scan | None]:
    """The views that methods get; and those that judge them, or None.

    Args:
        full: the scan with all n views.
        use: how many, see `spread`; or their indices.
        hold_out: indices of the others to hold out; None: all.

    Raises:
        ValueError: views that the scan has not, none at all, or one that is in both parts.
    """
    count = full.geometry.sinogram_shape[0]
    chosen = spread(count, use) if isinstance(use, int) else _indices(count, use)
    if hold_out is None:
        others = np.setdiff1d(np.arange(count), chosen)
    else:
        others = _indices(count, hold_out) if len(hold_out) else np.array([], int)
        if both := np.intersect1d(chosen, others).tolist():
            raise ValueError(f"view {both[0]} is both used and held out: take it from one of them")
    return full.subset(chosen), full.subset(others) if others.size else None


def _indices(count: int, views: Sequence[int]) -> np.ndarray:
    found = np.array(views, int)
    if not found.size or len(set(views)) != found.size:
        raise ValueError(f"views {list(views)}: expected at least one, each once")
    if found.min() < 0 or found.max() >= count:
        raise ValueError(f"view {found.max()}: this scan has {count}, counted from 0")
    return found


def spread(count: int, views: int) -> np.ndarray:
    """View floor(k n / m), k = 0 .. m - 1, of n views.

    Raises:
        ValueError: views m outside 1 .. n.
    """
    if not 1 <= views <= count:
        raise ValueError(f"views={views}: this scan has {count}; choose from 1 to {count}")
    return np.arange(views) * count // views
