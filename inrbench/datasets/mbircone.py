"""An engraved rod in a small measured cone beam: 40 views of 64 x 64 (example data of mbircone).

A rod of 10 mm with a "33" engraved in its upper end stands beside the rotation axis, on a mount
that the detector cuts off. The files hold line integrals (view, channel, row), already -log, and
the reconstruction that the publishers made from all views with a statistical prior.

Source: https://github.com/cabouman/mbircone; T. Balke, S. Majee, G. T. Buzzard, S. Poveromo,
P. Howard, M. A. Groeber, J. McClure, C. A. Bouman, "Separable models for cone-beam MBIR
reconstruction", Electronic Imaging 2018(15), 181-1-181-7, 2018.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.folder import fetched
from inrbench.datasets.formats import npy, text
from inrbench.datasets.formats.judged import finite, judged, refused
from inrbench.datasets.measured import split
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.scan import Scan

# The rod in mm^-1: the darkest rays, 2.0, run through 10 mm of it.
SCALE = 0.2


def load(views: int = 32) -> Case:
    """The rod from `views` of its 40 views, on the publishers' 80 x 65 x 65 voxels of 0.36986 mm.

    The reference is the publishers' reconstruction from all 40 views, not ground truth: it
    shares the noise of every subset of them. The other views are held out. Ends of the grid lie
    above and below what the detector sees of the axis, which is 23.7 of 29.6 mm. The publishers'
    statistical weights are left out: filtered objectives take none.

    Args:
        views: number of views that methods get, evenly spread.

    Raises:
        FileNotFoundError: the data has not been fetched, with the command that does it.
        ValueError: views outside 1 .. 40, or files that contradict each other.
    """
    reference, grid, centre = read_reference()
    scan, held_out = split(read_scan(centre), views)
    made = "its publishers' statistical reconstruction from all 40 views"
    return Case(scan, grid, reference, "reference", SCALE, held_out, reference_from=made)


def read_scan(centre: np.ndarray) -> Scan:
    """All 40 views, with (x, y, z) = `centre` in mm, on the publishers' axes, as our origin.

    At angle b their columns count along (sin b, cos b), and a ray runs along (cos b, -sin b): seen
    along the ray their columns go the other way than ours, so that they are reversed, and our view
    angle is t = -pi/2 - b. Rows grow with z. Stated offsets are edges of the first pixel. That of
    the columns is not used: with it, 0.94 mm, the residual of least squares is twice that of
    a centred detector.

    Raises:
        ValueError: numbers of views, channels or rows that the files do not agree on.
    """
    stated = _parameters("sinoParams.txt", "N_beta", "N_dv", "N_dw", "Delta_dw", "u_s", "u_d0",
                         "w_d0")  # fmt: skip
    angles = text.table(fetched("mbircone", "viewAngleList.txt"), ("count and angles",))[1:]
    path = fetched("mbircone", "sino.npy")
    sinogram = npy.array(path, ("views", "channels", "rows"))
    shape = tuple(int(stated[key]) for key in ("N_beta", "N_dv", "N_dw"))
    if sinogram.shape != shape or len(angles) != shape[0]:
        raise refused(
            path,
            f"has the shape {sinogram.shape}, viewAngleList.txt {len(angles)} angles, while "
            f"sinoParams.txt states (views, channels, rows) = {shape}",
        )
    rows, spacing = shape[2], stated["Delta_dw"]
    with judged(fetched("mbircone", "sinoParams.txt"), "a circular orbit"):
        circle = ConeBeam(
            -np.pi / 2 - angles,
            detector_shape=shape[:0:-1],
            detector_spacing=spacing,
            source_to_axis=-stated["u_s"],
            source_to_detector=stated["u_d0"] - stated["u_s"],
            detector_offset=(stated["w_d0"] + rows * spacing / 2, 0.0),
        )
        vectors = circle.vectors
        vectors[:, :6] -= np.tile(centre, 2)  # source and detector, not the steps between pixels
        turned = np.ascontiguousarray(sinogram.transpose(0, 2, 1)[:, :, ::-1])
        return Scan(turned, ConeVectors(vectors, circle.detector_shape))


def read_reference() -> tuple[np.ndarray, Grid, np.ndarray]:
    """The publishers' volume as (z, y, x), its grid, and the grid's centre (x, y, z) in mm.

    The file holds three int32, the numbers of voxels along x, y and z, then float32, z fastest.

    Raises:
        ValueError: a size that its head or imgParams.txt contradicts.
    """
    stated = _parameters("imgParams.txt", "N_x", "N_y", "N_z", "Delta_xy", "x_0", "y_0", "z_0")
    known = tuple(int(stated[key]) for key in ("N_x", "N_y", "N_z"))
    path = fetched("mbircone", "object.phantom.recon")
    size, expected = path.stat().st_size, 4 * (3 + math.prod(known))
    if min(known) < 1 or size != expected:
        raise refused(
            path,
            f"has {size} bytes, where imgParams.txt states {known} voxels: {expected} bytes were "
            "expected",
        )
    content = path.read_bytes()
    shape = tuple(np.frombuffer(content[:12], "<i4").tolist())
    if shape != known:
        raise refused(path, f"states {shape} voxels, imgParams.txt {known}")
    voxels = finite(path, "voxels", np.frombuffer(content[12:], "<f4"))
    with judged(fetched("mbircone", "imgParams.txt"), "a grid"):
        grid = Grid(shape[::-1], stated["Delta_xy"])
    first = np.array([stated[key] for key in ("x_0", "y_0", "z_0")])
    volume = voxels.reshape(shape).transpose(2, 1, 0)[:, ::-1]
    return np.ascontiguousarray(volume), grid, first + np.array(shape) * grid.spacing / 2


def _parameters(name: str, *keys: str) -> dict[str, float]:
    """{key: value} of lines "[key] what it is", each with its number on the next."""
    path = fetched("mbircone", name)
    found = {}
    for line, value in itertools.pairwise(text.lines(path)):
        key = line[1:].partition("]")[0]
        if line.startswith("[") and key in keys:
            with judged(path, "lines of [key] and number"):
                found[key] = float(value)
    for key in keys:
        if not math.isfinite(found.get(key, math.nan)):
            raise refused(path, f"states no finite number [{key}]")
    return found
