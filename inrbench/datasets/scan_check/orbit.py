"""View angles: repeated ones, gaps, too short a range, and whether they belong to the views."""

from __future__ import annotations

import numpy as np

from inrbench.datasets.scan_check.remark import Remark, note, ok, wrong
from inrbench.geometry import ConeVectors, ParallelBeam
from inrbench.scan import Scan

_GAP = 3.0  # median steps
_ROUGHER = 1.5  # views in the order of their angles against that of the file


def look(scan: Scan) -> list[Remark]:
    """All that angles and views tell without a reconstruction."""
    if isinstance(scan.geometry, ConeVectors):
        return [ok("angles", f"{len(scan.geometry.vectors)} views, by vectors")]
    angles = scan.geometry.angles
    turn = 2 * np.pi
    degrees = np.rad2deg(angles)
    remarks = []
    folded = np.mod(angles, turn)
    unique, first, count = np.unique(np.round(folded, 6), return_index=True, return_counts=True)
    if len(unique) > 1 and turn - unique[-1] + unique[0] < 1e-5:
        count[0] += count[-1]
    if (count > 1).any():
        at = first[np.argmax(count > 1)]
        twins = np.flatnonzero(np.abs(np.mod(folded - folded[at] + 0.1, turn) - 0.1) < 1e-5)
        remarks.append(
            note(
                "angles",
                f"{int((count - 1).sum())} views repeat an angle, such as views "
                f"{', '.join(map(str, twins[:4]))} at {degrees[at]:g} degrees",
                f"views: leave_out: [{twins[-1]}]",
            )
        )
    gaps, step = _gaps(unique)
    for at in np.flatnonzero(gaps[:-1] > _GAP * step)[:3]:
        here, there = np.rad2deg(unique[at]), np.rad2deg(unique[at + 1])
        remarks.append(
            note(
                "angles",
                f"no view between {here:.4g} and {there:.4g} "
                f"degrees, where others are {np.rad2deg(step):.3g} apart",
            )
        )
    if short(scan):
        covered, needed = turn - gaps.max(), _needed(scan)
        remarks.append(
            note(
                "angles",
                f"views cover {np.rad2deg(covered):.4g} degrees, "
                f"and {np.rad2deg(needed):.4g} see all of the object",
            )
        )
    remarks += _order(scan, folded)
    if not any(one.level != "ok" for one in remarks):
        remarks.append(
            ok(
                "angles",
                f"{len(angles)} views from {degrees.min():g} to {degrees.max():g} degrees",
            )
        )
    return remarks


def short(scan: Scan) -> bool:
    """Whether views lie within an arc that does not see all of the object."""
    gaps, step = _gaps(np.unique(np.round(np.mod(scan.geometry.angles, 2 * np.pi), 6)))
    return bool(2 * np.pi - gaps.max() + step < 0.98 * _needed(scan))


def _gaps(unique: np.ndarray) -> tuple[np.ndarray, float]:
    """From each angle to the next on the circle, and the median of them."""
    gaps = np.diff(np.append(unique, unique[0] + 2 * np.pi))
    return gaps, float(np.median(gaps))


def _needed(scan: Scan) -> float:
    """Half a turn; of a fan or cone, and the angle of the fan."""
    if isinstance(scan.geometry, ParallelBeam):
        return np.pi
    width = scan.geometry.sinogram_shape[-1] * scan.geometry.detector_spacing
    return np.pi + 2 * float(np.arctan(width / 2 / scan.geometry.source_to_detector))


def _order(scan: Scan, folded: np.ndarray) -> list[Remark]:
    """Neighbours in angle look alike: more so than neighbours in the file, or the angles are not
    of these views."""
    order = np.argsort(folded, kind="stable")
    if len(order) < 5 or (np.diff(folded) >= 0).all() or (np.diff(folded) <= 0).all():
        return []
    views = scan.sinogram.reshape(len(folded), -1).numpy()
    by_file = np.median(np.linalg.norm(np.diff(views, axis=0), axis=1))
    by_angle = np.median(np.linalg.norm(np.diff(views[order], axis=0), axis=1))
    if by_angle <= _ROUGHER * by_file:
        return []
    return [
        wrong(
            "angles",
            f"views next to each other in angle differ {by_angle / by_file:.1f} "
            "times as much as those next to each other in the file: the angles are in "
            "another order than the views",
        )
    ]
