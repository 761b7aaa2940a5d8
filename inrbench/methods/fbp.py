"""Filtered back-projection for parallel and flat-detector fan beams, in torch on any device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from inrbench import ramp
from inrbench.errors import Unsupported
from inrbench.geometry import FanBeam, Geometry
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.scan import Scan


@dataclass(frozen=True)
class FBP:
    """x(r) = sum_k dt_k w(r, t_k) (H q_k)(u(r, t_k)), voxel driven, linear between columns.

    Parallel beam: q = p, u = (cos t, sin t).r, w = 1 over half a turn. Fan beam, with the detector
    scaled to the rotation axis (s = u R / D; R source to axis, D source to detector): weights
    q = c p R / sqrt(R^2 + s^2) with c of `redundancy`, and with the depth
    L = R + (-sin t, cos t).r of the point as seen from the source, s = R (cos t, sin t).r / L and
    w = R^2 / (2 L^2) over a full turn. dt_k is half the gap between the neighbours of view k, on
    the half turn (parallel) or full turn (fan) that the views are folded into; a gap without views
    is not filled in.

    Reference: A. C. Kak and M. Slaney, Principles of Computerized Tomographic Imaging, IEEE Press
    1988, sections 3.3 and 3.4.2.
    """

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in mm^-1, shape grid.shape; draws nothing from the generator.

        Raises:
            Unsupported: a cone beam, for which there is `fdk`; a scan with statistical weights.
        """
        scan.refuse_weights("fbp")
        if grid.dimension != 2:
            raise Unsupported("fbp is for two dimensions: for cone beams use fdk")
        monitor.start(1, None)
        image = filtered_back_projection(scan.sinogram, scan.geometry, grid)
        monitor.step(1, None, lambda: image)
        return image


def filtered_back_projection(
    sinogram: torch.Tensor, geometry: Geometry, grid: Grid
) -> torch.Tensor:
    """The formula above.

    Args:
        sinogram: line integrals, shape (views, columns).
        geometry: parallel or fan beam, offset included.
        grid: two-dimensional.

    Returns:
        float32 image in mm^-1, shape grid.shape, on the sinogram's device.
    """
    device = sinogram.device
    fan = isinstance(geometry, FanBeam)
    # On the virtual detector through the axis, a fan's columns are nearer to each other.
    shrink = 1 / geometry.magnification if fan else 1.0
    columns = torch.as_tensor(geometry.columns() * shrink, dtype=torch.float32, device=device)
    spacing = geometry.detector_spacing * shrink
    if fan:
        radius = geometry.source_to_axis
        shared = torch.as_tensor(redundancy(geometry), dtype=torch.float32, device=device)
        sinogram = sinogram * shared * (radius / torch.sqrt(radius**2 + columns**2))
    filtered = ramp.apply(sinogram, spacing)
    steps = angular_steps(geometry.angles, 2 * math.pi if fan else math.pi)

    x, y = (torch.as_tensor(axis, dtype=torch.float32, device=device) for axis in grid.axes())
    y = y[:, None]
    image = torch.zeros(grid.shape, device=device)
    for view, angle, step in zip(filtered, geometry.angles, steps, strict=True):
        cos, sin = math.cos(angle), math.sin(angle)
        position = x * cos + y * sin
        weight = float(step)
        if fan:
            depth = radius + y * cos - x * sin
            position = radius * position / depth
            weight = 0.5 * weight * (radius / depth) ** 2
        image += weight * _interpolate(view, (position - columns[0]) / spacing)
    return image


def angular_steps(angles: np.ndarray, period: float) -> np.ndarray:
    """The share dt_k of each view of a turn, shape (views,), in radians.

    Half the distance between the neighbours on the circle of the given period. Gaps without views
    (see `_arcs`) count as one median gap, so that the views beside them do not stand in for those
    that are missing. Views on the same folded angle share it.
    """
    _, where, count, gaps, missing = _arcs(angles, period)
    gaps = np.where(missing, np.median(gaps), gaps)
    return ((gaps + np.roll(gaps, 1)) / 2 / count)[where]


def redundancy(geometry: FanBeam, feather: float = math.radians(10)) -> np.ndarray:
    """c = 2 m(t) / (m(t) + m(t')): how much of each line's weight this measurement of it carries.

    A fan that turns once measures each line twice, from t and from t' = t + pi - 2 atan(u / D).
    Where views are missing, the other measurement has to count for both. m(t) rises from 0 at the
    edge of a gap to 1 over `feather` radians, since the ramp filter would turn a jump into a
    streak. Without gaps c = 1.

    Returns:
        Array of shape (views, columns).

    Reference: D. L. Parker, "Optimal short scan convolution reconstruction for fan beam CT",
    Med. Phys. 9(2), 254-257, 1982, for one gap; here for any.
    """
    turn = 2 * math.pi
    unique, _, _, gaps, missing = _arcs(geometry.angles, turn)

    def measured(angles: np.ndarray) -> np.ndarray:
        m = np.ones_like(angles)
        for start, length in zip(unique[missing], gaps[missing], strict=True):
            after = np.mod(angles - start, turn)  # 0 at the last view before the gap
            outside = np.minimum(after - length, turn - after)
            m = np.minimum(m, np.clip(outside / feather, 0, 1))
        return m

    fan = np.arctan(geometry.columns() / geometry.source_to_detector)
    # The views at the very edge were measured, however little they count.
    here = np.maximum(measured(geometry.angles), 1e-3)[:, None]
    there = measured(geometry.angles[:, None] + math.pi - 2 * fan)
    return 2 * here / (here + there)


def _arcs(angles: np.ndarray, period: float) -> tuple[np.ndarray, ...]:
    """Views folded into a period: (angles, where each view is among them, how many views share
    each, gap to the next, whether that gap misses views: it is wider than twice the median)."""
    unique, where, count = np.unique(
        np.round(np.mod(angles, period), 9), return_inverse=True, return_counts=True
    )
    if len(unique) > 1 and period - unique[-1] < 1e-8:  # rounding has parted 0 from the period
        where = np.where(where == len(unique) - 1, 0, where)
        count[0] += count[-1]
        unique, count = unique[:-1], count[:-1]
    gaps = np.diff(np.append(unique, unique[0] + period))
    return unique, where, count, gaps, gaps > 2 * np.median(gaps)


def _interpolate(row: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    """Linear interpolation of `row` at fractional indices; 0 outside the detector."""
    left = position.floor()
    fraction = position - left
    index = left.to(torch.int64)
    inside = (index >= 0) & (index < len(row) - 1)
    index = index.clamp(0, max(len(row) - 2, 0))
    return torch.where(inside, row[index] * (1 - fraction) + row[index + 1] * fraction, 0.0)
