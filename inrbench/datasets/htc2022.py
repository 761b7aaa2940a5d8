"""Helsinki Tomography Challenge 2022: an acrylic disc of 70 mm with holes, 2D fan beam.

The scan of disc "tb" is public in cuts of 30 to 90 degrees, MATLAB structs `CtDataLimited` that
hold line integrals (already -log) of the central row, the centre of rotation corrected. Their
union has 549 of the full scan's 720 views: 27-165, 184-254 and 269-334 degrees in steps of 0.5.

Source: A. Meaney, F. Silva de Moura, M. Juvonen, S. Siltanen, doi 10.5281/zenodo.6984868.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.folder import fetched
from inrbench.datasets.formats import hdf5, matlab
from inrbench.datasets.formats.judged import refused
from inrbench.datasets.measured import sparse_case
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.scan import Scan

CUTS = ("tb_subsample.mat", *(f"tb_subsample_{level}.mat" for level in range(30, 91, 10)))

ANGLES, SINOGRAM = "CtDataLimited/parameters/angles", "CtDataLimited/sinogram"

# All in mm, as the files state them.
SOURCE_TO_AXIS = 410.66
SOURCE_TO_DETECTOR = 553.74
DETECTOR_SPACING = 0.2
DETECTOR_COUNT = 560

# The challenge's image: 512 pixels of the detector spacing as it is at the axis, 75.94 mm.
FIELD = 512 * DETECTOR_SPACING * SOURCE_TO_AXIS / SOURCE_TO_DETECTOR

# Acrylic (PMMA) at 30 keV, what a molybdenum tube at 45 kV leaves behind 0.5 mm of aluminium and
# the disc: 0.303 cm^2/g (NIST) times 1.19 g/cm^3, in mm^-1.
SCALE = 0.036


def load(size: int = 256, views: int = 61) -> Case:
    """The disc from `views` of its 549 views; the other views are held out.

    The reference is a CGLS reconstruction from all 549 views, not ground truth: see
    `sparse_case`. Line integrals run from -0.0024 to 1.93.

    Args:
        size: side of the square grid in pixels over a fixed field of 75.94 mm: 256 pixels of
            0.29664 mm, 512 of 0.14832 mm.
        views: number of views that methods get, evenly spread; 61 is every ninth.

    Raises:
        FileNotFoundError: the data has not been fetched, with the command that does it.
        ValueError: views outside 1 .. 549, or cuts that contradict each other.
    """
    grid = Grid((size, size), FIELD / size)
    return sparse_case(full_scan(), grid, views, SCALE)


def full_scan() -> Scan:
    """All 549 views in order of angle; raises as `load` does."""
    degrees, sinogram = union([read_cut(fetched("htc2022", name)) for name in CUTS])
    geometry = FanBeam(
        np.deg2rad(degrees), DETECTOR_COUNT, DETECTOR_SPACING, SOURCE_TO_AXIS, SOURCE_TO_DETECTOR
    )
    return Scan(sinogram, geometry)


def read_cut(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """View angles in degrees, (views,), and line integrals, (views, columns), of one cut.

    Reads MATLAB's version 5 and version 7.3; the latter is HDF5, which holds arrays transposed.

    Raises:
        ValueError: anything but line integrals for each angle, finite all of them.
    """
    transposed = h5py.is_hdf5(path)
    axes = ("views", DETECTOR_COUNT)
    shapes = {ANGLES: ("rows", "columns"), SINOGRAM: axes[::-1] if transposed else axes}
    cut = (hdf5 if transposed else matlab).arrays(path, shapes)
    degrees = cut[ANGLES].ravel()
    sinogram = cut[SINOGRAM].T if transposed else cut[SINOGRAM]
    if len(degrees) != len(sinogram):
        raise refused(path, f"has {len(degrees)} angles and {len(sinogram)} views")
    return degrees, sinogram


def union(cuts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """The views of all cuts, each angle once, in order of angle; shapes as in `read_cut`.

    Raises:
        ValueError: two cuts that hold the same angle, but not bit for bit the same view.
    """
    found: dict[float, np.ndarray] = {}
    for degrees, sinogram in cuts:
        for angle, view in zip(degrees.tolist(), sinogram, strict=True):
            if not np.array_equal(found.setdefault(angle, view), view):
                raise ValueError(
                    f"two cuts hold different views at {angle:g} degrees: they are not of one "
                    "scan; fetch the data set again"
                )
    angles = sorted(found)
    return np.array(angles), np.stack([found[angle] for angle in angles])
