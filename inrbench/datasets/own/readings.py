"""What the detector read, as line integrals in our order: views, rows, columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inrbench.datasets.detector_images import binned
from inrbench.datasets.own import arrays
from inrbench.datasets.own.schema import Axis, Readings, StoredArray
from inrbench.scan import line_integrals_from_counts

_FRAMES = {0: "views", 1: "flats", 2: "darks"}


@dataclass(frozen=True, eq=False)
class Frames:
    """Readings of the whole detector, (frames, rows, columns) each; one row in two dimensions.

    Args:
        views: of the object.
        dark, flat: without the beam, and of the open beam; None where the readings are no counts.
        used: which frames of the array are views, where flats and darks stand between them.
        air: the open beam of each view, where it was seen beside the object.
    """

    views: np.ndarray
    dark: np.ndarray | None = None
    flat: np.ndarray | None = None
    used: np.ndarray | None = None
    air: np.ndarray | None = None


def frames(stated: Readings, folder: Path) -> Frames:
    """All that a YAML's `data` names, in our order of axes.

    Raises:
        ValueError, FileNotFoundError: files that are not as stated, with what they are.
    """
    views = oriented(stated, stated, folder)
    if stated.are != "counts":
        return Frames(views)
    if stated.image_key is not None:
        key = stated.image_key
        kinds = arrays.read(key.file, folder, key.key, key.skip, axis=None).astype(int)
        if len(kinds) != len(views):
            raise ValueError(f"image_key has {len(kinds)} numbers, the data {len(views)} frames")
        parts = [views[kinds == kind] for kind in _FRAMES]
        for part, name in zip(parts, _FRAMES.values(), strict=True):
            if not len(part):
                raise ValueError(f"image_key marks no {name}: give `flat` and `dark` instead")
        return Frames(parts[0], parts[2], parts[1], np.flatnonzero(kinds == 0))
    dark, flat = (
        one
        if one is None
        else np.full((1, *views.shape[1:]), float(one)) if isinstance(one, int | float)
        else oriented(one, stated, folder)
        for one in (stated.dark, stated.flat)
    )  # fmt: skip
    for name, one in (("dark", dark), ("flat", flat)):
        if one is not None and one.shape[1:] != views.shape[1:]:
            raise ValueError(
                f"the {name} has {one.shape[1]} x {one.shape[2]} pixels (rows x columns), the "
                f"views {views.shape[1]} x {views.shape[2]}: they are not of one detector, or "
                "one of them is cropped"
            )
    return Frames(views, dark, flat, air=_open_beam(views, stated))


def _open_beam(views: np.ndarray, stated: Readings) -> np.ndarray | None:
    """The mean reading of each view where there is only air, float64 (views,)."""
    if stated.air is None:
        return None
    (top, bottom), (left, right) = stated.air.rows, stated.air.columns
    if not (top < bottom <= views.shape[1] and left < right <= views.shape[2]):
        raise ValueError(
            f"air: rows {top} to {bottom}, columns {left} to {right}: the detector has "
            f"{views.shape[1]} and {views.shape[2]}"
        )
    found = np.array([one[top:bottom, left:right].mean(dtype=np.float64) for one in views])
    if not (found > 0).all():
        view = int(np.argmin(found))
        raise ValueError(
            f"air: view {view} has a mean count of {found[view]:g} where air was said"
        )
    return found


def flipped(found: Frames, axes: list[int]) -> Frames:
    """The same with these axes of (frames, rows, columns) the other way round."""
    parts = [None if one is None else np.flip(one, axes) for one in
             (found.views, found.dark, found.flat)]  # fmt: skip
    return replace(found, views=parts[0], dark=parts[1], flat=parts[2])


def oriented(stored: StoredArray, stated: Readings, folder: Path) -> np.ndarray:
    """An array as (frames, rows, columns), with `axes` and `flip` of the data.

    Darks and flats may lack the axis of their frames.
    """
    axes = _axes(stated)
    given = [axis for axis in axes if axis != "views"] if arrays.is_pattern(stored.file) else axes
    joined = given.index("views") if "views" in given else 0
    values = arrays.read(stored.file, folder, stored.key, stored.skip, axis=joined)
    if "views" not in given:  # one image a file
        axes = ["views", *given]
    elif stored is not stated and values.ndim == len(axes) - 1:
        values = np.expand_dims(values, joined)
    if values.ndim != len(axes):
        raise ValueError(
            f"{stored.file[0]} has the shape {values.shape} where `axes` are "
            f"[{', '.join(axes)}]: name each axis, in the file's order"
        )
    for axis in stated.flip:
        if axis not in axes:
            raise ValueError(f"flip: {axis} is no axis of the data, [{', '.join(axes)}]")
        if axis != "views" or stored is stated:
            values = np.flip(values, axes.index(axis))
    order = [axes.index(axis) for axis in ("views", "rows", "columns") if axis in axes]
    values = values.transpose(order)
    return values if values.ndim == 3 else values[:, None]


def _axes(stated: Readings) -> list[Axis]:
    axes = list(stated.axes)
    if arrays.is_pattern(stated.file) and "views" not in axes:
        axes = ["views", *axes]
    if len(set(axes)) != len(axes) or not {"views", "columns"} <= set(axes):
        raise ValueError(f"axes: [{', '.join(axes)}]: expected views, rows and columns, each once")
    return axes


def line_integrals(found: Frames, stated: Readings) -> np.ndarray:
    """-log of the readings in the part of the detector that is kept, binned: (views, rows,
    columns), or (views, columns) where there is one row.

    Raises:
        ValueError: a part that is not there, or as `line_integrals_from_counts`.
    """
    rows, columns = kept(stated, found.views.shape[1:])
    part = np.s_[:, slice(*rows), slice(*columns)]
    views, dark, flat = (
        None if one is None else _binned(_mended(one[part], stated, columns[0]), stated.binning)
        for one in (found.views, found.dark, found.flat)
    )
    if views.shape[1] == 1 and stated.binning == 1:
        views, dark, flat = (None if one is None else one[:, 0] for one in (views, dark, flat))
    if stated.are == "counts":
        if (views < 0).any() and np.issubdtype(found.views.dtype, np.signedinteger):
            raise ValueError(
                f"counts down to {found.views.min()} of type {found.views.dtype}: counts of 16 "
                "bits that were written as signed wrap round at 32,768; write them as uint16"
            )
        if found.air is None:
            return line_integrals_from_counts(views, dark, flat)
        each = (
            line_integrals_from_counts(one[None], dark, np.full_like(dark, air, dtype=np.float64))
            for one, air in zip(views, found.air, strict=True)
        )
        return np.concatenate(list(each))
    if stated.are == "transmission":
        one = np.ones_like(views[:1], dtype=np.float64)
        return line_integrals_from_counts(views, 0 * one, one)
    return np.ascontiguousarray(views)


def kept(stated: Readings, detector: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """(first, end) of the rows and of the columns that are kept; raises `ValueError`."""
    m, n = detector
    rows = (0, m) if stated.rows is None else stated.rows
    if stated.row is not None:
        if stated.rows is not None:
            raise ValueError("give `row` for one of them, or `rows`, but not both")
        rows = (stated.row, stated.row + 1)
    columns = (0, n) if stated.columns is None else stated.columns
    for name, (first, end), length in (("rows", rows, m), ("columns", columns, n)):
        if not 0 <= first < end <= length:
            raise ValueError(f"{name}: {first} to {end}: the detector has {length}")
    return rows, columns


def _mended(values: np.ndarray, stated: Readings, first: int) -> np.ndarray:
    """Dead columns by linear interpolation between the nearest that live."""
    if not stated.dead:
        return values
    count = values.shape[2]
    dead = np.array([column - first for column in stated.dead if 0 <= column - first < count], int)
    alive = np.setdiff1d(np.arange(count), dead)
    if not alive.size:
        raise ValueError("dead: no column is left")
    right = np.clip(np.searchsorted(alive, dead), 1, max(len(alive) - 1, 1))
    left = alive[right - 1]
    right = alive[np.minimum(right, len(alive) - 1)]
    share = np.clip((dead - left) / np.maximum(right - left, 1), 0, 1)
    mended = values.astype(np.float64)
    mended[:, :, dead] = (1 - share) * mended[:, :, left] + share * mended[:, :, right]
    return mended


def _binned(values: np.ndarray, binning: int) -> np.ndarray:
    """The mean over squares of pixels, or over binning columns where there is one row."""
    if binning == 1:
        return values
    if values.shape[1] > 1:
        return np.stack([binned(one, binning) for one in values])
    frames, _, columns = values.shape
    if columns % binning:
        raise ValueError(f"binning={binning}: must divide the {columns} columns that are kept")
    return values.reshape(frames, 1, -1, binning).mean(axis=3, dtype=np.float64)
