"""A data set as a plug-in of inrbench: check it by `inrbench check my_name.py`."""

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.measured import sparse_case
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.phantoms import ellipses
from inrbench.phantoms.ellipses import ClippedEllipse
from inrbench.plugins import register
from inrbench.scan import Scan

FIELD = 80.0  # mm, side of the grid

# In place of a file of yours: centre, semi-axes in mm, tilt, attenuation in 1/mm.
OBJECT = [
    ClippedEllipse((6.0, -4.0), (24.0, 15.0), 0.5, 0.02),
    ClippedEllipse((-18.0, 22.0), (5.0, 8.0), -0.3, 0.03),
]


# Kind, name in experiments, label in tables; `tiny` are parameters that make a check quick.
@register("dataset", "my_name", "My name", tiny={"size": 32, "views": 12})
def my_name(size: int = 128, views: int = 30) -> Case:
    """All views of a scan; `views` of them for the methods, the others to judge by.

    Column j of the detector lies at (j - (n - 1)/2) * spacing + offset along (cos t, sin t), row 0
    of an image has the largest y. Lengths are in mm, angles in radians.

    Args:
        size: side of the grid in pixels.
        views: that methods get, evenly spread.
    """
    geometry = ParallelBeam(
        angles=np.arange(90) * np.pi / 90,
        detector_count=64,
        detector_spacing=1.6,
        detector_offset=0.4,
    )
    line_integrals = ellipses.line_integrals(OBJECT, geometry)  # (views, columns), after -log
    # The reference is a reconstruction from all views; see `inrbench.datasets.measured`.
    full = Scan(line_integrals, geometry)
    return sparse_case(full, Grid((size, size), FIELD / size), views, scale=0.02)
