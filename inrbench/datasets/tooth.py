"""A tooth at a synchrotron: 2D parallel beam, raw counts with flats and darks (TomoPy's example).

The HDF5 file has the Data Exchange layout: `exchange/data` (181 views, 2 rows, 640 columns),
`data_white` and `data_dark` (10 frames each), `theta` in degrees, 181 steps over half a turn.
It states no pixel size, so lengths are in pixels and attenuation is per pixel.

Source: D. Guersoy, F. De Carlo, X. Xiao, C. Jacobsen, "TomoPy: a framework for the analysis of
synchrotron tomographic data", J. Synchrotron Rad. 21, 1188-1193, 2014.
"""

from __future__ import annotations

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.folder import fetched
from inrbench.datasets.formats import hdf5
from inrbench.datasets.formats.judged import judged
from inrbench.datasets.measured import sparse_case
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.scan import Scan, line_integrals_from_counts

CENTRE_OF_ROTATION = 296.0  # column; the detector's middle is at 319.5
FIELD = 320  # pixels, holds the tooth

# Enamel and dentine, per pixel: the darkest rays, 1.95, run through some 250 pixels of them.
SCALE = 0.008


def load(size: int = 320, views: int = 31) -> Case:
    """The tooth from `views` of its 181 views; the other views are held out.

    The reference is a CGLS reconstruction from all 181 views, not ground truth: see
    `sparse_case`. Columns that the field does not reach hold air and the detector's faults, which
    no image explains, so the held-out residual of even a perfect image is not zero.

    Args:
        size: side of the square grid over a fixed field of 320 detector pixels: 320 for unit
            pixels.
        views: number of views that methods get, evenly spread.

    Raises:
        FileNotFoundError: the data has not been fetched, with the command that does it.
        ValueError: views outside 1 .. 181, or a file that holds no such scan.
    """
    grid = Grid((size, size), FIELD / size)
    return sparse_case(full_scan(), grid, views, SCALE, unit="pixel")


def full_scan() -> Scan:
    """All 181 views of the first of the two detector rows; raises as `load` does."""
    path = fetched("tooth", "tooth.h5")
    axes = ("frames", "rows", "columns")
    shapes = {f"exchange/{key}": axes for key in ("data", "data_dark", "data_white")}
    with judged(path, "a scan with flats and darks"):
        *images, theta = hdf5.arrays(path, {**shapes, "exchange/theta": ("views",)}).values()
        counts, dark, flat = (frames[:, 0] for frames in images)
        columns = counts.shape[1]
        geometry = ParallelBeam(
            np.deg2rad(theta),
            detector_count=columns,
            detector_spacing=1.0,
            detector_offset=(columns - 1) / 2 - CENTRE_OF_ROTATION,
        )
        return Scan(line_integrals_from_counts(counts, dark, flat), geometry)
