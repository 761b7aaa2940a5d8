"""The plane of the source: a scan in two dimensions, and coarser ones, for quick trials."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from inrbench.geometry import ConeBeam, FanBeam, ParallelBeam
from inrbench.geometry.detector import cut
from inrbench.grid import Grid
from inrbench.scan import Scan


def central_plane(scan: Scan) -> Scan | None:
    """The scan itself in two dimensions; of a circular cone the row in the source's plane.

    None where no row lies there, and for orbits that are given as vectors.
    """
    geometry = scan.geometry
    if isinstance(geometry, ParallelBeam | FanBeam):
        return scan
    if not isinstance(geometry, ConeBeam):
        return None
    rows, columns = geometry.detector_shape
    row = (rows - 1) / 2 - geometry.detector_offset[0] / geometry.detector_spacing
    if not -0.5 <= row <= rows - 0.5:
        return None
    fan = FanBeam(
        geometry.angles, columns, geometry.detector_spacing, geometry.source_to_axis,
        geometry.source_to_detector, geometry.detector_offset[1],
    )  # fmt: skip
    return Scan(scan.sinogram[:, min(max(round(row), 0), rows - 1)], fan)


def coarser(scan: Scan, columns: int, views: int) -> Scan:
    """About so many columns, averaged, and at most so many of the views, evenly spread."""
    count, width = scan.geometry.sinogram_shape
    binning = max(1, math.ceil(width / columns))
    kept = width // binning * binning
    first = (width - kept) // 2
    part = scan.sinogram[:, first : first + kept]
    binned = part.reshape(count, kept // binning, binning).mean(dim=2)
    coarse = Scan(binned, cut(scan.geometry, (first, first + kept), binning=binning))
    views = min(views, count)
    return coarse.subset(np.arange(views) * count // views)


def shifted(scan: Scan, offset: float) -> Scan:
    """The same readings with the detector shifted by `offset` in mm."""
    return replace(scan, geometry=replace(scan.geometry, detector_offset=offset))


def at_axis(scan: Scan) -> float:
    """Width of a column as it is at the rotation axis, in mm."""
    return scan.geometry.detector_spacing / getattr(scan.geometry, "magnification", 1.0)


def around(scan: Scan, margin: float = 1.0) -> Grid:
    """A grid with the scan's columns as pixels, over the detector's width times `margin`, but
    within the circle of the source."""
    pixel, columns = at_axis(scan), scan.geometry.sinogram_shape[1]
    side = margin * columns
    if isinstance(scan.geometry, FanBeam):
        side = min(side, 1.3 * scan.geometry.source_to_axis / pixel)
    side = max(8, round(side))
    return Grid((side, side), pixel)
