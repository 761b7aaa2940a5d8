"""A walnut, a pine cone and a seashell in a cone beam: 720 views of 2368 x 2240 counts (FIPS).

Files of a data set: `<prefix>{0001..0721}.tif`, counts that are said to be corrected for dark
current and flat field, and `<prefix>.txt`, see `heltomo`. The last view repeats the first and is
left out. With I_0 the mean over a corner of the view where there is only air, p = -log(I / I_0).

Orientation follows the publishers' toolbox, HelTomo, and has not been verified on the data. It
hands ASTRA the transposed images and the angles as they are, so that columns lie along
(cos t, sin t, 0) and row 0 at the smallest z: `ConeBeam` as it stands. Other programs that read
the walnut (the example of diffct, and xray-epipolar-consistency) turn it in the same sense,
seen against the columns. If row 0 is the top of the picture, z points down; whether the object is
mirrored is not known.

The rotation axis is not seen in the middle of the detector, which the records are said to mend by
a circular shift of each image by c pixels to the right, c < 0. That is to move the detector by c
pixels, all but its edges: column j lies at (j + c - (n - 1)/2) times the pixel's edge.

Source: A. Meaney, doi 10.5281/zenodo.6986012 (walnut) and 10.5281/zenodo.6985407 (pine cone);
E. Kamutta, S. Mäkinen, A. Meaney, doi 10.5281/zenodo.6983008 (seashell), 2022. Toolbox:
A. Meaney, HelTomo 2.0.0, https://github.com/Diagonalizable/HelTomo, `create_ct_project` and
`create_ct_operator_3d_cone_astra_cuda`.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.detector_images import binned
from inrbench.datasets.folder import fetched
from inrbench.datasets.formats import tiff
from inrbench.datasets.formats.judged import judged, refused
from inrbench.datasets.heltomo import read_parameters, view_angles
from inrbench.datasets.measured import feldkamp, split, spread
from inrbench.geometry import ConeBeam
from inrbench.grid import Grid
from inrbench.meters import host
from inrbench.scan import Scan, line_integrals_from_counts

# Edge in mm of the cube that the field's comparisons reconstruct, on 256^3 voxels: R. Zha et al.,
# "R2-Gaussian: Rectifying radiative Gaussian splatting for tomographic reconstruction", NeurIPS
# 2024. The detector sees 42.6 mm at the walnut's axis.
FIELD = 40.0
FREE_RAY = 128  # pixels, edge of the corner of air

# Bytes a ray while a case is made: all views, the same ones split, and what the check for values
# that are not finite makes beside them.
RAY = 4 + 4 + 8

# Estimates, in mm^-1, at some 30 keV of a tube at 40 kV: fat and wood have about 0.3 cm^2/g, at
# 0.9 g/cm^3; aragonite has 1.8 cm^2/g, at 2.8 g/cm^3, and hardens the beam.
SOFT, SHELL = 0.03, 0.4


def walnut(size: int = 256, views: int = 75, binning: int = 4, shift: float = -5.0) -> Case:
    """The walnut from `views` of its 720 views; the other ones are held out.

    The reference is FDK from all views, not ground truth: it shares the noise of every subset of
    them, and negative values stay in it. By RTK, on as many threads as torch has, so that it is
    the same on all machines; where there is none, by diffct on CUDA.

    Preparing takes 16 bytes for each of 720 x (2368 / binning) x (2240 / binning) rays: 3.8 GB
    for 4, 15.3 GB for 2. The prepared case has 4 of them, held-out views and all.

    Args:
        size: side of the cubic grid over 40 mm, in voxels.
        views: m, from 1 to 720. View floor(720 j / m), j = 0 .. m - 1, is the scan's.
        binning: edge, in detector pixels, of the squares whose counts are averaged: 1, 2, 4, 8,
            16, 32 or 64.
        shift: by how many detector pixels the images belong farther right. -5 is what public
            code quotes from the record.

    Raises:
        FileNotFoundError: data that has not been fetched, with the command that does it.
        ValueError: a parameter out of its range, or files that contradict each other.
        OutOfMemory: this machine cannot hold the views.
        Unsupported: no library for FDK.
    """
    return _case("fips_walnut", "20201111_walnut_", SOFT, size, views, binning, shift)


def pine_cone(size: int = 256, views: int = 75, binning: int = 4, shift: float = -5.0) -> Case:
    """The pine cone; arguments, memory and errors are those of `walnut`.

    What the record says of the shift is not known to us: -5 is the walnut's, scanned a week
    before on the same scanner, and what R2-Gaussian's code quotes for all three data sets.
    """
    return _case("fips_pine_cone", "20201118_pine_cone_", SOFT, size, views, binning, shift)


def seashell(size: int = 256, views: int = 75, binning: int = 4, shift: float = -4.0) -> Case:
    """The seashell; arguments, memory and errors are those of `walnut`.

    The shift by -4 is what public code quotes from the record.
    """
    return _case("fips_seashell", "20211124_seashell_", SHELL, size, views, binning, shift)


def _case(
    name: str, prefix: str, scale: float, size: int, views: int, binning: int, shift: float
) -> Case:
    if size < 1:
        raise ValueError(f"size={size}: needs at least one voxel along each side")
    grid = Grid((size, size, size), FIELD / size)
    full = read_scan(name, prefix, views, binning, shift)
    scan, held_out = split(full, views)
    made = f"FDK from all {len(full.sinogram)} views"
    return Case(scan, grid, feldkamp(full, grid), "reference", scale, held_out,
                reference_from=made)  # fmt: skip


def read_scan(name: str, prefix: str, views: int, binning: int, shift: float) -> Scan:
    """All views of a data set; arguments and errors are those of `walnut`."""
    txt = fetched(name, f"{prefix}.txt")
    stated = read_parameters(txt)
    with judged(txt, "a scan's parameters"):
        degrees = view_angles(stated)
        _geometry(stated, degrees, (1, 1), 1, 0.0)
    spread(len(degrees), views)  # refuses before much is read
    paths = [fetched(name, f"{prefix}{view:04}.tif") for view in range(1, len(degrees) + 1)]
    sinogram = read_views(paths, binning)
    return Scan(sinogram, _geometry(stated, degrees, sinogram.shape[1:], binning, shift))


def _geometry(
    stated: dict[str, float],
    degrees: np.ndarray,
    detector_shape: tuple[int, int],
    binning: int,
    shift: float,
) -> ConeBeam:
    edge = stated["PixelSize"]
    return ConeBeam(
        np.deg2rad(degrees),
        detector_shape,
        detector_spacing=edge * binning,
        source_to_axis=stated["DistanceSourceOrigin"],
        source_to_detector=stated["DistanceSourceDetector"],
        detector_offset=(0.0, edge * shift),
    )


def read_views(paths: list[Path], binning: int) -> np.ndarray:
    """Line integrals of one image a view, float32 (views, rows, columns).

    Counts are averaged over squares before the logarithm, and each view has its own I_0.

    Raises:
        ValueError: a file that is no image, images of different shapes, or a binning that does
            not divide them.
        OutOfMemory: this machine cannot hold what a case is made with, see `RAY`.
    """
    first = tiff.image(paths[0])
    shape = binned(first, binning).shape
    needed = RAY * len(paths) * math.prod(shape)
    host.require(needed, f"reading {len(paths)} views of {shape[0]} x {shape[1]} pixels")
    sinogram = np.empty((len(paths), *shape), np.float32)
    for view, path in zip(sinogram, paths, strict=True):
        image = tiff.image(path)
        if image.shape != first.shape:
            raise ValueError(
                f"{path} has {image.shape} pixels, {paths[0].name} {first.shape}: they are not of "
                "one scan"
            )
        free = image[:FREE_RAY, :FREE_RAY].mean(dtype=np.float64)
        if not free > 0:
            raise refused(path, f"has a mean count of {free:g} in its corner, where there is air")
        air = np.full((1, *shape), free)
        counts = binned(image, binning)[None]
        view[:] = line_integrals_from_counts(counts, np.zeros_like(air), air)[0]
    return sinogram
