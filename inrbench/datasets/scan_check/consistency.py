"""What any sinogram obeys, whatever the object: moments, and rays measured from both sides.

Parallel beams, with m_k(t) = integral of u^k p(t, u) du (Helgason, Ludwig):

    m_0(t) = const                       m_1(t) / m_0 = c + x cos t + y sin t

Fans over a whole turn measure each line twice, p(t, u) = p(t + pi - 2 atan(u / D), -u).

Reference: F. Natterer, The Mathematics of Computerized Tomography, Wiley 1986, section II.4.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from inrbench.datasets.scan_check.remark import Remark, note, ok, wrong
from inrbench.geometry import FanBeam, ParallelBeam
from inrbench.scan import Scan

_MASS = 0.03  # relative scatter of m_0
_SWAY = 1.0  # columns by which m_1 / m_0 leaves the sinusoid
_OPPOSITE = 0.1  # relative difference of opposite rays


def look(scan: Scan) -> list[Remark]:
    """Of a scan in two dimensions."""
    if isinstance(scan.geometry, ParallelBeam):
        return _moments(scan)
    difference = opposite_rays(scan)
    if difference is None:
        return []
    says = f"rays measured from both sides differ by {difference:.1%}"
    if difference <= _OPPOSITE:
        return [ok("opposite rays", says)]
    return [
        wrong(
            "opposite rays",
            f"{says}: the centre, the sign of the angles or the "
            "distances are not those of the scan",
        )
    ]


def moments(scan: Scan) -> tuple[float, float, float]:
    """(relative scatter of m_0, the axis' offset o from m_1 in mm, scatter of m_1 / m_0 in mm)."""
    p, u = scan.sinogram.double().numpy(), scan.geometry.columns()
    t, mass = scan.geometry.angles, p.sum(axis=1)
    sway = (p * u).sum(axis=1) / mass
    waves = np.stack([np.ones_like(t), np.cos(t), np.sin(t)], axis=1)
    fit, *_ = np.linalg.lstsq(waves, sway, rcond=None)
    return float(mass.std() / abs(mass.mean())), float(-fit[0]), float((sway - waves @ fit).std())


def _moments(scan: Scan) -> list[Remark]:
    if not float(scan.sinogram.sum()) > 0:
        return [wrong("moments", "the line integrals add up to no mass")]
    scatter, _, off = moments(scan)
    columns = off / scan.geometry.detector_spacing
    remarks = []
    if scatter > _MASS:
        remarks.append(
            note(
                "moments",
                f"the mass that views see scatters by {scatter:.1%}: "
                "the object is cut off, or the beam drifts",
            )
        )
    if columns > _SWAY:
        remarks.append(
            wrong(
                "moments",
                f"the centre of mass leaves its sinusoid by "
                f"{columns:.2g} columns: angles are not those of the views, or the "
                "object moved or is cut off",
            )
        )
    return remarks or [
        ok(
            "moments",
            f"mass within {scatter:.1%}, centre of mass within "
            f"{columns:.2g} columns of its sinusoid",
        )
    ]


def opposite_rays(scan: Scan) -> float | None:
    """Relative difference of rays measured from both sides, or None where too few are."""
    geometry = scan.geometry
    assert isinstance(geometry, FanBeam)
    turn = 2 * np.pi
    folded = np.mod(geometry.angles, turn)
    order = np.argsort(folded)
    t, p, u = folded[order], scan.sinogram.double().numpy()[order], geometry.columns()
    keep = np.append(True, np.diff(t) > 1e-9)
    t, p = t[keep], p[keep]
    step = np.median(np.diff(t)) if len(t) > 2 else turn
    around = np.concatenate([[t[-1] - turn], t, [t[0] + turn]])
    there = np.mod(t[:, None] + np.pi - 2 * np.arctan(u / geometry.source_to_detector), turn)
    # Only rays that other views bracket: in a gap nothing was measured.
    at = np.clip(np.searchsorted(around, there), 1, len(around) - 1)
    inside = (around[at] - around[at - 1] < 2.5 * step) & (-u >= u.min()) & (-u <= u.max())
    if inside.mean() < 0.1:
        return None
    twice = RegularGridInterpolator(
        (around, u), np.concatenate([p[-1:], p, p[:1]]), bounds_error=False, fill_value=None
    )
    other = twice(np.stack([there, np.broadcast_to(-u, there.shape)], -1))
    difference = np.linalg.norm((p - other)[inside]) / max(np.linalg.norm(p[inside]), 1e-30)
    return float(difference)
