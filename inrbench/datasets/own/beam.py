"""The geometry that a YAML describes, of the detector as it was recorded; lengths in mm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from inrbench.datasets.own import arrays, documents
from inrbench.datasets.own.schema import LENGTHS, Beam, ViewAngles
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, Geometry, ParallelBeam
from inrbench.geometry.detector import tilted
from inrbench.geometry.foreign import Foreign, astra, heltomo, leap, tigre

_MAPPINGS = {"astra": astra, "tigre": tigre}


def recorded(
    beam: Beam, folder: Path, shape: tuple[int, int, int], frames: np.ndarray | None = None
) -> Foreign:
    """The geometry of the whole detector, and which axes of the data run against it.

    Args:
        beam: what the YAML says.
        folder: of the YAML.
        shape: (views, rows, columns) of the data.
        frames: which numbers of a file of angles belong to a view, where flats and darks stand
            between them; None: all.

    Raises:
        ValueError, FileNotFoundError: a geometry that cannot be, or that is not of such data.
    """
    views, rows, columns = shape
    given = None
    if beam.angles is not None:
        given = angles(beam.angles, folder, views, frames)
    if beam.beam is None:
        found = _of_program(beam, folder, given, (rows, columns))
    else:
        found = Foreign(_plain(beam, folder, given, rows, columns))
    found = replace(found, geometry=in_mm(found.geometry, LENGTHS[beam.unit]))
    if beam.beam is None and beam.centre is not None:
        found = replace(found, geometry=_centred(found.geometry, beam.centre))
    _check(found.geometry, shape)
    return found


def angles(
    stated: ViewAngles, folder: Path, views: int, frames: np.ndarray | None = None
) -> np.ndarray:
    """View angles in radians, shape (views,); arguments and errors as for `recorded`."""
    if stated.values is not None:
        found = np.array(stated.values)
    elif stated.file is not None:
        found = arrays.read(stated.file, folder, stated.key, stated.skip, axis=None)
        if frames is not None and len(found) > frames.max():
            found = found[frames]
    else:
        found = stated.first + stated.step * np.arange(views)
    found = stated.zero + stated.sign * found
    if len(found) != views:
        raise ValueError(
            f"{len(found)} angles and {views} views: correct `axes` if views lie along another "
            "axis of the data, or take out what is no view"
        )
    turn = np.ptp(found)
    if stated.unit == "radians":
        if turn > 50:
            raise ValueError(
                f"angles from {found.min():g} to {found.max():g} radians are {turn / 6.283:.0f} "
                "turns: are they degrees? Say `unit: degrees`"
            )
        return found
    if views > 2 and 0.95 * np.pi < turn < 2.05 * np.pi:
        raise ValueError(
            f"angles from {found.min():g} to {found.max():g} degrees are "
            f"{'a half' if turn < 5 else 'a whole'} turn in radians: say `unit: radians`"
        )
    return np.deg2rad(found)


def in_mm(geometry: Geometry, factor: float) -> Geometry:
    """The geometry with each of its lengths times `factor`."""
    if factor == 1:
        return geometry
    if isinstance(geometry, ConeVectors):
        return ConeVectors(factor * geometry.vectors, geometry.detector_shape)
    names = ("detector_spacing", "detector_offset", "source_to_axis", "source_to_detector")
    lengths = {name: getattr(geometry, name) for name in names if hasattr(geometry, name)}
    scaled = {
        name: tuple(factor * one for one in length) if isinstance(length, tuple)
        else factor * length
        for name, length in lengths.items()
    }  # fmt: skip
    return replace(geometry, **scaled)


def _centred(geometry: Geometry, column: float) -> Geometry:
    """The geometry of a program with the axis seen on another column than its file says."""
    if isinstance(geometry, ConeVectors):
        raise ValueError("centre: the file gives vectors, view by view: correct these instead")
    middle = (geometry.sinogram_shape[-1] - 1) / 2
    offset = (middle - column) * geometry.detector_spacing
    if isinstance(geometry, ConeBeam):
        return replace(geometry, detector_offset=(geometry.detector_offset[0], offset))
    return replace(geometry, detector_offset=offset)


def _plain(
    beam: Beam, folder: Path, given: np.ndarray | None, rows: int, columns: int
) -> Geometry:
    if beam.beam == "vectors":
        stored = beam.vectors
        numbers = arrays.read(stored.file, folder, stored.key, stored.skip, axis=None)
        if len(numbers) % 12:
            raise ValueError(f"vectors: {len(numbers)} numbers: expected twelve a view")
        return ConeVectors(numbers.reshape(-1, 12), (rows, columns))
    offset = _offset(columns, beam.centre, beam.offset, beam.pixel)
    if beam.beam == "parallel":
        return ParallelBeam(given, columns, beam.pixel, offset)
    distances = beam.source_to_axis, beam.source_to_detector
    if beam.beam == "fan":
        return FanBeam(given, columns, beam.pixel, *distances, offset)
    height = _offset(rows, beam.centre_row, beam.offset_row, beam.pixel)
    cone = ConeBeam(given, (rows, columns), beam.pixel, *distances, (height, offset))
    return tilted(cone, np.deg2rad(beam.tilt)) if beam.tilt else cone


def _offset(count: int, centre: float | None, offset: float | None, pixel: float) -> float:
    """Shift of the detector; by the column (row) that the axis is seen on, if one is stated."""
    if centre is not None:
        return ((count - 1) / 2 - centre) * pixel
    return 0.0 if offset is None else offset


def _of_program(
    beam: Beam, folder: Path, given: np.ndarray | None, detector: tuple[int, int]
) -> Foreign:
    for program in ("leap", "heltomo", *_MAPPINGS):
        if (name := getattr(beam, program)) is None:
            continue
        path = folder / Path(name).expanduser()
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file; correct the path in the YAML")
        try:
            if program == "leap":
                return leap.read(documents.lines(path), given)
            if program == "heltomo":
                return heltomo.read(documents.heltomo(path), given, detector)
            return _MAPPINGS[program].read(documents.mapping(path), given)
        except ValueError as error:
            where = "" if str(path) in str(error) else f"{path}: "
            raise ValueError(f"{where}{error}") from None
    raise AssertionError("the schema has checked that there is one")


def _check(geometry: Geometry, shape: tuple[int, int, int]) -> None:
    """`ValueError` where geometry and data are of other detectors or numbers of views."""
    views, rows, columns = shape
    stated = geometry.sinogram_shape
    if len(stated) == 2 and rows > 1:
        raise ValueError(
            f"the data have {rows} rows where a {type(geometry).__name__} is in two dimensions: "
            "choose one, `row: 0`"
        )
    expected = (views, columns) if len(stated) == 2 else shape
    if stated != expected:
        raise ValueError(
            f"the geometry has {stated} views{'' if len(stated) == 2 else ', rows'} and columns, "
            f"the data {expected}: correct `axes`, or the geometry"
        )
