"""Where the rotation axis is seen: the detector's offset under which a scan contradicts itself
least.

    o* = argmin_o || y - A_o x_o || / || y ||,     x_o = a few steps of CGLS for A_o and y

A_o is the projector with the detector shifted by o. A wrong offset makes views of one point miss
each other, which no image explains; so it holds for parallel beams and fans, over any range of
angles, with noise and with cut-off ends, where moments and opposite views fail. First on some 48
columns over a quarter of the detector to both sides, then by Brent's method on some 160. A
parallel beam over half a turn tells offsets of less than a column apart but poorly that way, and
is finished by its `double_wedge`.

Reference: R. P. Brent, Algorithms for Minimization without Derivatives, 1973, chapter 5.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from inrbench import projectors
from inrbench.datasets.scan_check import double_wedge
from inrbench.datasets.scan_check.plane import around, coarser, shifted
from inrbench.grid import Grid
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls

STEPS = 10
"""Of CGLS: enough to tell offsets apart, and too few to fit their contradictions."""
COARSE, FINE = (48, 36), (160, 48)
"""Columns and views, at most, of the search and of its end."""
RANGE = 0.25
"""Share of the detector's width that is searched to each side."""


def misfit(scan: Scan, grid: Grid, steps: int = STEPS) -> float:
    """||y - A x|| / ||y|| after so many steps of CGLS."""
    projector = projectors.make(scan.geometry, grid)
    image = cgls(projector, scan.sinogram, steps)
    left = scan.sinogram - projector.forward(image)
    return float(left.norm() / scan.sinogram.norm().clamp(min=1e-30))


def estimate(scan: Scan) -> tuple[float, float]:
    """The offset of the detector in mm, and the misfit there.

    Args:
        scan: in two dimensions, its own offset the middle of what is searched.
    """
    start, width = scan.geometry.detector_offset, scan.geometry.sinogram_shape[1]
    span = RANGE * width * scan.geometry.detector_spacing
    coarse = coarser(scan, *COARSE)
    grid, step = around(coarse, 1.4), coarse.geometry.detector_spacing
    # A crop shifts the part's centre: offsets are searched as differences from the one stated.
    shifts = np.arange(-np.floor(span / step), np.floor(span / step) + 1) * step
    values = [misfit(_moved(coarse, shift), grid) for shift in shifts]
    best = shifts[int(np.argmin(values))]
    if double_wedge.applies(scan.geometry):
        pixel = scan.geometry.detector_spacing
        c = double_wedge.axis(scan.sinogram.numpy(), -(start + best) / pixel, 1.5 * step / pixel)
        fine = coarser(scan, *FINE)
        return -c * pixel, misfit(_moved(fine, -c * pixel - start), around(fine, 1.4))
    fine = coarser(scan, *FINE)
    grid = around(fine, 1.0 + 2 * abs(best) / (width * scan.geometry.detector_spacing))
    found = minimize_scalar(
        lambda shift: misfit(_moved(fine, shift), grid),
        bounds=(best - 1.5 * step, best + 1.5 * step),
        method="bounded",
        options={"xatol": 0.02 * scan.geometry.detector_spacing},
    )
    return float(start + found.x), float(found.fun)


def _moved(scan: Scan, shift: float) -> Scan:
    return shifted(scan, scan.geometry.detector_offset + float(shift))


def column(scan: Scan, offset: float) -> float:
    """The column, counted from 0, that the axis is seen on under an offset in mm."""
    return (scan.geometry.sinogram_shape[1] - 1) / 2 - offset / scan.geometry.detector_spacing
