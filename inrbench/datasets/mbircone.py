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
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.folder import fetched
from inrbench.datasets.measured import split
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.scan import Scan

T = TypeVar("T")

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
    return Case(scan, grid, reference, "reference", SCALE, held_out)


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
    keys = "N_beta", "N_dv", "N_dw", "Delta_dw", "u_s", "u_d0", "w_d0"
    stated = _parameters("sinoParams.txt", *keys)
    angles = _read("viewAngleList.txt", np.loadtxt)[1:]
    sinogram = _read("sino.npy", np.load)
    shape = tuple(int(stated[key]) for key in ("N_beta", "N_dv", "N_dw"))
    if not sinogram.shape == shape or len(angles) != shape[0]:
        raise ValueError(
            f"sino.npy of shape {sinogram.shape} and {len(angles)} angles: sinoParams.txt states "
            f"(views, channels, rows) = {shape}; fetch the data again"
        )
    rows, spacing = shape[2], stated["Delta_dw"]
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
    content = fetched("mbircone", "object.phantom.recon").read_bytes()
    shape = tuple(np.frombuffer(content[:12].ljust(12, b"\0"), "<i4").tolist())
    voxels = np.frombuffer(content[12 : len(content) // 4 * 4], "<f4")
    known = tuple(int(stated[key]) for key in ("N_x", "N_y", "N_z"))
    if shape != known or voxels.size != np.prod(known):
        raise ValueError(
            f"object.phantom.recon states {shape} voxels and holds {voxels.size}; imgParams.txt "
            f"states {known}: fetch the data again"
        )
    grid = Grid(shape[::-1], stated["Delta_xy"])
    first = np.array([stated[key] for key in ("x_0", "y_0", "z_0")])
    volume = voxels.reshape(shape).transpose(2, 1, 0)[:, ::-1]
    return np.ascontiguousarray(volume), grid, first + np.array(shape) * grid.spacing / 2


def _parameters(name: str, *keys: str) -> dict[str, float]:
    """{key: value} of lines "[key] what it is", each with its number on the next."""

    def read(path: Path) -> dict[str, float]:
        lines = path.read_text().splitlines()
        pairs = [pair for pair in itertools.pairwise(lines) if pair[0].startswith("[")]
        found = {line[1 : line.index("]")]: float(value) for line, value in pairs}
        if not all(math.isfinite(found[key]) for key in keys):
            raise ValueError("a number that is not finite")
        return found

    return _read(name, read)


def _read(name: str, read: Callable[[Path], T]) -> T:
    """What `read` makes of a file; a `ValueError` that says what to do where it cannot."""
    path = fetched("mbircone", name)
    try:
        return read(path)
    except (ValueError, KeyError, EOFError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f'{path} cannot be read ({reason}): run "inrbench data verify mbircone", and fetch '
            "again what it names"
        ) from error
