"""Readings as they are in the files: darks, flats, wrapped counts, dead columns, -log or not."""

from __future__ import annotations

import numpy as np

from inrbench.datasets.own.readings import Frames
from inrbench.datasets.own.schema import Readings
from inrbench.datasets.scan_check.remark import Remark, note, ok, wrong

_BORDER = 0.05  # share of the columns at each end
_AIR = 0.05  # line integral that air may have
_MOST = 12.0  # line integral that a detector of 16 bits can tell from darkness
_JUMP = 0.9  # of the range of 16 bits, between neighbours: a count that wrapped round
_STANDS_OUT = 12.0  # robust deviations of a column from its neighbours
_LISTED = 12


def raw(found: Frames, stated: Readings) -> list[Remark]:
    """Of the readings before the logarithm."""
    remarks = []
    views = found.views
    if np.issubdtype(views.dtype, np.integer) and views.dtype.itemsize == 2:
        jumps = np.abs(np.diff(views.astype(np.int32), axis=2)) > _JUMP * 2**16
        if jumps.any():
            remarks.append(
                wrong(
                    "counts",
                    f"{int(jumps.sum())} neighbours differ by more than {_JUMP:.0%} of 16 bits: "
                    "counts wrapped round, as after a subtraction without sign",
                    "write the counts as they were recorded, or as float32",
                )
            )
        top = int((views == np.iinfo(views.dtype).max).sum())
        if top > 1e-4 * views.size:
            share = top / views.size
            remarks.append(note("counts", f"{share:.2%} of the counts are saturated"))
    if found.flat is not None:
        remarks += _frames(found)
    dead = _dead(found)
    listed = [column for column in dead if column not in stated.dead]
    if listed:
        shown = ", ".join(map(str, listed[:_LISTED])) + (" ..." if len(listed) > _LISTED else "")
        remarks.append(
            wrong(
                "columns",
                f"{len(listed)} of {views.shape[2]} columns are dead or stand out in all views",
                f"data: dead: [{shown}]",
            )
        )
    return remarks


def _frames(found: Frames) -> list[Remark]:
    dark, flat = found.dark.mean(), found.flat.mean()
    if flat <= dark:
        return [
            wrong(
                "flats",
                f"the flats' mean, {flat:g}, is not above that of the "
                f"darks, {dark:g}: are they swapped?",
            )
        ]
    above = found.views.mean()
    if above > flat:
        return [
            wrong(
                "flats",
                f"the views' mean, {above:g}, is above that of the flats, "
                f"{flat:g}: are they of another exposure?",
            )
        ]
    return [ok("flats", f"mean of darks {dark:.4g}, views {above:.4g}, flats {flat:.4g}")]


def _dead(found: Frames) -> list[int]:
    """Columns without gain, that never change between ones that do, or that stand out from both
    neighbours in all views; of the middle row."""
    row = found.views.shape[1] // 2
    views = found.views[:, row].astype(np.float64)
    dead = np.zeros(views.shape[1], bool)
    if found.flat is not None:
        gain = (found.flat.mean(axis=0) - found.dark.mean(axis=0))[row]
        dead = gain <= 0.05 * np.median(gain)
        views = (views - found.dark.mean(axis=0)[row]) / np.where(dead, np.inf, gain)
    if views.shape[1] < 5:
        return np.flatnonzero(dead).tolist()
    still = views.std(axis=0) == 0
    dead[1:-1] |= still[1:-1] & ~still[:-2] & ~still[2:]
    bump = np.median(views[:, 1:-1] - (views[:, :-2] + views[:, 2:]) / 2, axis=0)
    usual = max(np.median(np.abs(bump)), 1e-3 * np.ptp(views))
    middle, beside = bump[1:-1], np.stack([bump[:-2], bump[2:]])
    # A bad column bends both neighbours by half as much the other way, the edge of an object not.
    alone = (beside * middle < -0.09 * middle**2).all(axis=0)
    dead[2:-2] |= alone & (np.abs(middle) > _STANDS_OUT * usual)
    return np.flatnonzero(dead).tolist()


def logarithm(line_integrals: np.ndarray, stated: Readings) -> list[Remark]:
    """Whether the values are line integrals: air near 0 at the ends, positive where rays are
    stopped."""
    columns = line_integrals.shape[-1]
    edge = max(1, int(_BORDER * columns))
    flat = line_integrals.reshape(-1, columns)
    ends = np.concatenate([flat[:, :edge], flat[:, -edge:]], axis=1)
    air, inner = float(np.median(ends)), float(np.median(flat[:, edge:-edge]))
    low, high = float(np.percentile(flat, 0.1)), float(np.percentile(flat, 99.9))
    shown = f"values from {low:.3g} to {high:.3g}, {air:.3g} at the ends"
    if stated.are == "line_integrals":
        if high > 100:
            return [
                wrong(
                    "-log",
                    f"{shown}: these are counts",
                    "data: are: counts, with its flat and dark",
                )
            ]
        if 0.5 < air < 1.5 and 0.9 * high < air and low >= -0.1:
            return [wrong("-log", f"{shown}: these are transmissions", "data: are: transmission")]
    elif inner < -_AIR or (air > 1 and air > 0.9 * high):  # air is darkest
        return [
            wrong(
                "-log",
                f"{shown} after -log: the data were line integrals, or "
                "flats and darks are of another exposure",
                "data: are: line_integrals",
            )
        ]
    remarks = [ok("-log", shown)]
    if high > _MOST:
        remarks.append(
            note(
                "-log",
                f"line integrals up to {high:.3g}: exp(-{high:.3g}) "
                "of the beam is less than a detector of 16 bits can tell",
            )
        )
    if air > _AIR * max(high, 1e-9) and air > 0.02:
        remarks.append(
            note(
                "ends",
                f"{air:.3g} at the ends of the detector, where air "
                "has 0: the object is cut off, or the flats are too bright",
            )
        )
    return remarks
