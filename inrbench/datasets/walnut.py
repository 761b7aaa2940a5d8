"""A walnut in a cone beam: raw counts with flats and a dark, measured orbit, 1200 views (CWI).

Layout of a walnut's folder, as its archive has it:

    Projections/tubeV2/scan_{0..1200}.tif       counts; tubeV2 is the orbit at middle height
    Projections/tubeV2/io00000{0,1}.tif         flats, before and after the scan
    Projections/tubeV2/di000000.tif             dark
    Projections/tubeV2/scan_geom_corrected.geom source, detector centre, u, v of each view in mm
    Reconstructions/full_AGD_50_{0..500}.tiff   slices of the reference in mm^-1

The detector stood upright and the views come in reverse order: view k is scan_{1200-k} (so has it
the publishers' script that made the reference; the one for FDK has 1199-k), and an image becomes
detector rows x columns by flipping it upside down and transposing it. The geometry file has one
row more than there are views, a repetition of the first.

The reference comes from ASTRA, whose volumes are (z, y, x) with the smallest y in row 0. Ours have
the largest y there: each slice is flipped upside down, and slices stay in order. All this follows
the publishers' code; it has not been verified on the data themselves.

Source: H. Der Sarkissian et al., "A cone-beam X-ray computed tomography data collection designed
for machine learning", Scientific Data 6, 215, 2019.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.detector_images import binned
from inrbench.datasets.folder import data_folder
from inrbench.datasets.formats import text, tiff
from inrbench.datasets.formats.judged import judged, refused
from inrbench.datasets.measured import split
from inrbench.geometry import ConeVectors
from inrbench.grid import Grid
from inrbench.scan import Scan, line_integrals_from_counts

ORBIT = "tubeV2"
VOXEL = 0.1  # mm, of the reference

# The kernel, mostly fat: about 0.3 cm^2/g at 30 keV, 0.95 g/cm^3. The shell has some 0.07.
SCALE = 0.03


def load(size: int = 167, views: int = 60, binning: int = 6, step: int = 20) -> Case:
    """Walnut 1 from `views` of those views that were fetched; the other ones are held out.

    The reference is the publishers' reconstruction from all three orbits and 1200 views each, not
    ground truth: it shares the noise of every subset of the views. With the defaults, a binned
    pixel is as wide at the axis as a voxel, 0.3 mm.

    Args:
        size: side of the cubic grid over the reference's 50.1 mm, from 1 to 501 voxels. The
            reference is averaged over each voxel.
        views: m, from 1 to n, where n = 1200 / step views are read. View floor(j n / m) of those,
            j = 0 .. m - 1, is the scan's; the others are held out, none where m = n.
        binning: edge, in detector pixels, of the squares whose counts are averaged: a common
            divisor of 972 and 768, that is 1, 2, 3, 4, 6 or 12.
        step: every step-th of the 1200 views is read. The manifest fetches every 20th; smaller
            steps need other members there.

    Raises:
        FileNotFoundError: data that has not been fetched, with the command that does it.
        ValueError: a parameter out of its range, or files that contradict each other.
    """
    return case_from_folder(data_folder() / "walnut" / "Walnut1", size, views, binning, step)


def case_from_folder(folder: Path, size: int, views: int, binning: int, step: int) -> Case:
    """The case of one walnut's folder; how many views, pixels and voxels, its files say.

    Arguments and errors are those of `load`.
    """
    full = read_scan(folder / "Projections" / ORBIT, binning, step)
    scan, held_out = split(full, views)
    reference, field = read_reference(folder / "Reconstructions", size)
    grid = Grid((size, size, size), field / size)
    made = "its publishers' reconstruction from the 3,600 views of three orbits"
    return Case(scan, grid, reference, "reference", SCALE, held_out, reference_from=made)


def read_scan(folder: Path, binning: int, step: int) -> Scan:
    """Every step-th view of an orbit; arguments and errors are those of `load`.

    Counts, flats and dark are averaged over squares of `binning` pixels before the logarithm. As
    the squares tile the detector, its centre stays, and u and v grow `binning` times.
    """
    path = _there(folder / "scan_geom_corrected.geom")
    vectors = text.table(path, ("views", 12))[:-1]
    turn = len(vectors)
    if not turn:
        raise refused(path, "has one view where a turn of them and the first again were expected")
    if step < 1 or turn % step:
        raise ValueError(f"step={step}: must divide the {turn} views of the orbit")
    chosen = range(0, turn, step)
    names = [f"scan_{turn - view:06}.tif" for view in chosen]
    dark = _images(folder, ["di000000.tif"], binning)
    flat = _images(folder, ["io000000.tif", "io000001.tif"], binning)
    counts = _images(folder, names, binning)
    vectors = vectors[chosen]
    vectors[:, 6:] *= binning
    with judged(path, "the orbit"):
        geometry = ConeVectors(vectors, dark.shape[1:])
    with judged(folder / "di000000.tif", "the dark of these flats and counts"):
        return Scan(line_integrals_from_counts(counts, dark, flat), geometry)


def read_reference(folder: Path, size: int) -> tuple[np.ndarray, float]:
    """The reference averaged over size^3 voxels, float32 (z, y, x), and its side in mm.

    Raises:
        FileNotFoundError: a slice that has not been fetched.
        ValueError: size outside 1 .. n for a reference of n^3 voxels, or a slice of another shape.
    """
    path = folder / "full_AGD_50_{:06}.tiff"
    count = len(tiff.image(_there(Path(str(path).format(0)))))
    if not 1 <= size <= count:
        raise ValueError(
            f"size={size}: the reference has {count} voxels a side; choose from 1 to {count}"
        )
    averages = block_averages(count, size)
    reference = np.zeros((size, size, size))
    for z in range(count):
        image = tiff.image(_there(Path(str(path).format(z))))
        if image.shape != (count, count):
            raise ValueError(
                f"{str(path).format(z)} has {image.shape} pixels, the first slice {count, count}: "
                "they are not of one reconstruction"
            )
        coarse = averages @ image[::-1].astype(np.float64) @ averages.T
        for slice_, weight in enumerate(averages[:, z]):
            if weight:
                reference[slice_] += weight * coarse
    return reference.astype(np.float32), count * VOXEL


def block_averages(count: int, size: int) -> np.ndarray:
    """Weights (size, count) that average `count` cells over `size` longer ones of the same whole.

    A cell that two of the longer ones share counts in each with the part of it that lies there.
    """
    edges = np.arange(size + 1) * count / size
    first, last = edges[:-1, None], edges[1:, None]
    cell = np.arange(count)
    overlap = np.minimum(last, cell + 1) - np.maximum(first, cell)
    return np.maximum(overlap, 0) * size / count


def _images(folder: Path, names: list[str], binning: int) -> np.ndarray:
    """Images as the geometry has them, binned: float32 (images, rows, columns)."""
    images = []
    for name in names:
        image = tiff.image(_there(folder / name))[::-1].T
        images.append(binned(image, binning))
        if images[-1].shape != images[0].shape:
            raise ValueError(
                f"{folder / name} has {image.shape[::-1]} pixels, {names[0]} another number: they "
                "are not of one scan"
            )
    return np.stack(images)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(
            f'{path} is missing: run "inrbench data fetch walnut", or add it to the members that '
            "data_manifests/walnut.yaml takes"
        )
    return path
