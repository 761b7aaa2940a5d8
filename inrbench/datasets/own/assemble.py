"""From a description to a case: readings and geometry brought together, views chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.measured import divided, measured_case
from inrbench.datasets.own import arrays, beam, layouts, readings, schema
from inrbench.datasets.own.schema import LENGTHS, FieldOfView, OwnScan, StoredArray, Views
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.geometry.detector import cut, seen_from
from inrbench.grid import Grid
from inrbench.scan import Scan


def load(file: str) -> Case:
    """The case of a scan that a YAML describes.

    Args:
        file: the YAML; what it names is relative to it.

    Raises:
        FileNotFoundError: a file that is not there.
        ValueError: what is wrong, in a sentence, with the YAML's key or the file that it is in.
    """
    path = Path(file)
    return case(schema.read(path), path)


def case(own: OwnScan, path: Path) -> Case:
    """The case that a YAML describes; raises `ValueError` or `FileNotFoundError`."""
    if own.scale is None:
        raise ValueError(
            f"{path}: `scale` is missing, the typical attenuation of the main material: "
            f'"inrbench scan check {path.name}" suggests one'
        )
    if own.layout is not None:
        return layouts.case(own, path.parent)
    factor = LENGTHS[own.geometry.unit]
    unit = "pixel" if own.geometry.unit == "pixel" else "mm"
    full = full_scan(own, path.parent)
    grid, full = placed(own.grid, full, factor)
    scan, held_out = divided(full, own.views.use, own.views.hold_out)
    reference = own.reference
    if isinstance(reference, StoredArray):
        image = arrays.read(reference.file, path.parent, reference.key, reference.skip) / factor
        return Case(scan, grid, image, "reference", own.scale / factor, held_out, unit)
    return measured_case(full, grid, (scan, held_out), own.scale / factor, unit, reference)


def full_scan(own: OwnScan, folder: Path) -> Scan:
    """All views that are not left out; raises as `case`."""
    found = readings.frames(own.data, folder)
    rows, columns = readings.kept(own.data, found.views.shape[1:])
    shape = found.views.shape
    # One row stands for all where it is chosen: a parallel beam and a fan have no others.
    stated = (shape[0], 1, shape[2]) if own.data.row is not None else shape
    foreign = beam.recorded(own.geometry, folder, stated, found.used)
    if own.data.row is not None and len(foreign.geometry.sinogram_shape) == 3:
        raise ValueError("row: a cone keeps its rows; one in the source's plane is a `beam: fan`")
    if foreign.flip:
        axes = [("views", "rows", "columns").index(axis) for axis in foreign.flip]
        found = readings.flipped(found, axes)
    line_integrals = readings.line_integrals(found, own.data)
    flat = len(foreign.geometry.sinogram_shape) == 2
    geometry = cut(foreign.geometry, columns, (0, 1) if flat else rows, own.data.binning)
    if line_integrals.ndim == 3 and flat:
        line_integrals = line_integrals[:, 0]
    elif line_integrals.ndim == 2 and not flat:
        line_integrals = line_integrals[:, None]
    return Scan(line_integrals, geometry).subset(remaining(own.views, geometry, line_integrals))


def remaining(views: Views, geometry, line_integrals: np.ndarray) -> np.ndarray:
    """Indices of the views that are not left out, nor repeated.

    Raises:
        ValueError: a view that is not there, or two at one angle that are not to be dropped.
    """
    count = len(line_integrals)
    for view in views.leave_out:
        if view >= count:
            raise ValueError(f"leave_out: view {view}: the scan has {count}, counted from 0")
    left = np.setdiff1d(np.arange(count), views.leave_out)
    if views.repeated == "refuse":
        return left
    if isinstance(geometry, ConeVectors):
        raise ValueError("repeated: drop: views that vectors describe have no angle to compare")
    first: dict[float, int] = {}
    for view in left.tolist():
        angle = float(geometry.angles[view])
        before = first.setdefault(angle, view)
        if not np.array_equal(line_integrals[before], line_integrals[view]):
            raise ValueError(
                f"views {before} and {view} are both at {np.rad2deg(angle):g} degrees and differ: "
                "they are not of one scan, or one of them belongs to `leave_out`"
            )
    return np.array([first[angle] for angle in sorted(first)])


def placed(field: FieldOfView, full: Scan, factor: float) -> tuple[Grid, Scan]:
    """The grid in mm, and the scan as seen from its centre.

    Raises:
        ValueError: a grid of another dimension than the scan, or a centre off the axis in 2D.
    """
    dimension = len(full.geometry.sinogram_shape)
    shape = field.shape if isinstance(field.shape, list) else [field.shape] * dimension
    if len(shape) != dimension:
        raise ValueError(
            f"grid: shape {shape}: a {type(full.geometry).__name__} needs "
            f"{'[nz, ny, nx]' if dimension == 3 else '[ny, nx]'}"
        )
    grid = Grid(tuple(shape), field.spacing * factor)
    if field.centre is None:
        return grid, full
    if not isinstance(full.geometry, ConeBeam | ConeVectors) or len(field.centre) != 3:
        raise ValueError("grid: centre: [x, y, z] is for cones alone: enlarge the grid instead")
    centre = factor * np.array(field.centre)
    return grid, Scan(full.sinogram, seen_from(full.geometry, centre))
