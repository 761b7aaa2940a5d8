"""Small cases for the contracts of whole cells: a scan, and the image that only a monitor sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inrbench.datasets.case import Case
from inrbench.grid import Grid
from inrbench.phantoms import ellipses, ellipsoids
from inrbench.scan import Scan
from inrbench.testing.problem import SCALE, cone_beam, fan_beam, parallel_beam
from inrbench.testing.projectors import ASYMMETRIC, ASYMMETRIC_3D

BEAMS = {"fan": fan_beam, "parallel": parallel_beam, "cone": cone_beam}
_LENGTHS = ("detector_spacing", "detector_offset", "source_to_axis", "source_to_detector")


def small_case(beam: str = "fan", truth: int = 0) -> Case:
    """A noiseless scan of an asymmetric object, from closed-form integrals.

    Args:
        beam: one of `BEAMS`.
        truth: 0 for the object itself as the reference, 1 for another image.
    """
    geometry = BEAMS[beam]()
    if beam == "cone":
        grid = Grid((12, 13, 14), 80 / 14)
        reference = ellipsoids.rasterise(ASYMMETRIC_3D, grid)
        sinogram = ellipsoids.line_integrals(ASYMMETRIC_3D, geometry)
    else:
        grid = Grid((20, 24), 80 / 24)
        reference = ellipses.rasterise(ASYMMETRIC, grid)
        sinogram = ellipses.line_integrals(ASYMMETRIC, geometry)
    if truth:
        reference = SCALE - np.flip(reference)
    return Case(Scan(sinogram, geometry), grid, reference, "truth", SCALE)


def in_unit(case: Case, factor: float) -> Case:
    """The same case with every length times `factor`, as another unit of length has it."""
    geometry = case.scan.geometry
    lengths = {name: getattr(geometry, name) for name in _LENGTHS if hasattr(geometry, name)}
    lengths = {
        name: tuple(factor * one for one in length)
        if isinstance(length, tuple)
        else factor * length
        for name, length in lengths.items()
    }
    return replace(
        case,
        scan=replace(case.scan, geometry=replace(geometry, **lengths)),
        grid=replace(case.grid, spacing=factor * case.grid.spacing),
        reference=case.reference / factor,
        scale=case.scale / factor,
    )
