"""All checks of a scan, in the order in which a mistake in one makes the next ones moot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from inrbench.datasets.measured import feldkamp
from inrbench.datasets.own import assemble, layouts, readings, schema
from inrbench.datasets.own.schema import LENGTHS, OwnScan
from inrbench.datasets.scan_check import attenuation, centre, consistency, orbit, trials, values
from inrbench.datasets.scan_check.plane import central_plane
from inrbench.datasets.scan_check.remark import Remark, note, ok, wrong
from inrbench.datasets.scan_check.trials import Attempt
from inrbench.errors import Unsupported
from inrbench.geometry import ConeBeam, Geometry
from inrbench.geometry.detector import cut
from inrbench.grid import Grid
from inrbench.scan import Scan

_CUBE = 96  # columns, at most, of the scan that a volume is made from


@dataclass(frozen=True, eq=False)
class Checked:
    """What a check found.

    Args:
        remarks: in the order of the checks.
        pictures: (title, image) of each reconstruction.
        unit: of length, as tables write it.
    """

    remarks: list[Remark]
    pictures: list[tuple[str, torch.Tensor]]
    unit: str


def check(path: Path) -> Checked:
    """Look at the scan that a YAML describes.

    Raises:
        FileNotFoundError, ValueError: no such YAML, or one that is not as `schema` has it.
    """
    own = schema.read(path)
    remarks: list[Remark] = []
    try:
        scan = _read(own, path.parent, remarks)
    except (ValueError, OSError) as error:
        return Checked([*remarks, wrong("files", str(error))], [], "mm")
    remarks += orbit.look(scan)
    unit = "pixel" if own.geometry is not None and own.geometry.unit == "pixel" else "mm"
    stated = "mm" if own.geometry is None else own.geometry.unit
    plane = central_plane(scan)
    if plane is None:
        says = "not tried: no row lies in the source's plane, or the orbit is vectors"
        remarks.append(note("centre", says))
        pictures = _volumes(scan, [("as it is", scan.geometry)], remarks)
        if pictures:
            per_mm = attenuation.suggested(pictures[0][1])
            remarks += attenuation.remarks(per_mm, own.scale, stated, LENGTHS[stated])
        return Checked(remarks, pictures, unit)
    remarks += consistency.look(plane)
    found = trials.attempts(plane)
    remarks += _geometry(found, own)
    best = found[1] if len(found) > 1 else found[0]
    factor = LENGTHS[stated]
    seen = attenuation.from_shadows if orbit.short(plane) else lambda _: None
    per_mm = seen(plane) or attenuation.suggested(best.image)
    remarks += attenuation.remarks(per_mm, own.scale, stated, factor)
    pictures = [(_title(one, "FBP"), one.image) for one in found[:3]]
    if isinstance(scan.geometry, ConeBeam):
        pictures += _volumes(scan, [(one.title, _cone(scan, one)) for one in found[:2]], remarks)
    return Checked(remarks, pictures, unit)


def _read(own: OwnScan, folder: Path, remarks: list[Remark]) -> Scan:
    if own.layout is not None:
        found = layouts.read(own, folder)
        shape = tuple(found.scan.sinogram.shape)
        remarks.append(ok("files", f"views to use {shape}, grid {found.grid.shape}"))
        return found.scan
    frames = readings.frames(own.data, folder)
    remarks.append(ok("files", f"views, rows, columns: {frames.views.shape}"))
    remarks += values.raw(frames, own.data)
    line_integrals = readings.line_integrals(frames, own.data)
    remarks += values.logarithm(line_integrals, own.data)
    del frames, line_integrals
    scan = assemble.full_scan(own, folder)
    assemble.placed(own.grid, scan, LENGTHS[own.geometry.unit])
    assemble.divided(scan, own.views.use, own.views.hold_out)
    return scan


def _geometry(found: list[Attempt], own: OwnScan) -> list[Remark]:
    """What the trials say."""
    stated, *better = found
    residual = f"misfit {stated.misfit:.1%}, on views held out {stated.held_out:.1%}"
    if not better:
        seen = centre.column(stated.scan, stated.scan.geometry.detector_offset)
        return [
            ok(
                "centre",
                f"axis on column {_recorded(seen, own):.1f}, {residual}; "
                "no other reading that was tried is better",
            )
        ]
    best = better[0]
    mend = [] if best.mend is None else [best.mend]
    if best.centred:
        seen = centre.column(best.scan, best.scan.geometry.detector_offset)
        if own.layout is None:
            mend.append(f"geometry: centre: {_recorded(seen, own):.1f}")
        else:
            mend.append(f"correct offDetector in its file: the axis is on column {seen:.1f}")
    now = f"{best.misfit:.1%} and {best.held_out:.1%} with {best.title}"
    return [wrong("geometry", f"{residual} as it is; {now}", "; ".join(mend))]


def _recorded(column: float, own: OwnScan) -> float:
    """A column of the scan as a column of the detector, before crop and binning."""
    if own.data is None:
        return column
    first = 0 if own.data.columns is None else own.data.columns[0]
    return first + (column + 0.5) * own.data.binning - 0.5


def _title(one: Attempt, method: str) -> str:
    return f"{method}, {one.title}\nheld out {one.held_out:.1%}"


def _cone(scan: Scan, one: Attempt) -> ConeBeam:
    """The whole cone as an attempt has its central plane."""
    plane = one.scan.geometry
    return replace(
        scan.geometry,
        angles=plane.angles,
        detector_offset=(scan.geometry.detector_offset[0], plane.detector_offset),
        source_to_detector=plane.source_to_detector,
    )


def _volumes(
    scan: Scan, geometries: list[tuple[str, Geometry]], remarks: list[Remark]
) -> list[tuple[str, torch.Tensor]]:
    """(title, the middle slice of FDK on a coarse grid) of each geometry that is tried."""
    pictures = []
    rows, columns = scan.sinogram.shape[1:]
    binning = -(-columns // _CUBE)
    m, n = rows // binning * binning, columns // binning * binning
    part = scan.sinogram[:, :m, :n].reshape(len(scan.sinogram), m // binning, binning, -1, binning)
    for title, geometry in geometries:
        coarse = Scan(part.mean(dim=(2, 4)), cut(geometry, (0, n), (0, m), binning))
        distance = np.linalg.norm(geometry.sources(), axis=1).mean()
        source, detector, *_ = np.split(geometry.vectors, 4, axis=1)
        magnification = np.linalg.norm(detector - source, axis=1).mean() / distance
        pixel = geometry.detector_spacing * binning / float(magnification)
        try:
            volume = feldkamp(coarse, Grid((n // binning,) * 3, pixel))
        except (Unsupported, ValueError) as error:
            remarks.append(note("FDK", str(error)))
            return pictures
        pictures.append((f"FDK, {title}\nmiddle slice", volume[len(volume) // 2]))
    return pictures
