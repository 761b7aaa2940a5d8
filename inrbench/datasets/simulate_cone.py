"""Simulated cone-beam scans: closed-form line integrals of ellipsoids, with or without noise.

As in `simulate`, the data never pass through a projector of the grid, and the reference is the
phantom's average over each voxel.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inrbench.datasets.case import Case
from inrbench.datasets.simulate import (
    DETECTOR_WIDTH,
    FIELD,
    SOURCE_TO_AXIS,
    SOURCE_TO_DETECTOR,
    check,
    poisson_noise,
)
from inrbench.geometry import ConeBeam
from inrbench.grid import Grid
from inrbench.phantoms import random_ellipsoids
from inrbench.phantoms import shepp_logan as head
from inrbench.phantoms.ellipsoids import Ellipsoid, line_integrals, rasterise
from inrbench.phantoms.forbild import WATER
from inrbench.scan import Scan

# The scanner is FORBILD's fan with a square detector: its plane z = 0 is that fan. It sees a ball
# of radius 129.8 mm whole, thus every phantom within the grid's inscribed ball of 128 mm, under a
# half cone angle of 6.8 degrees: wide enough that the ends of the head lack data (Tuy's
# condition), narrow enough that FDK is a fair method there.


def shepp_logan(
    size: int = 64,
    views: int = 64,
    detector: int = 96,
    photons: float | None = None,
    noise_seed: int = 0,
) -> Case:
    """The Shepp-Logan head (Kak and Slaney's) on size^3 voxels over a cube of 256 mm.

    Args:
        size: voxels along each side of the grid.
        views: number of views, equally spaced over 2 pi from angle 0.
        detector: rows, and columns, that share the square detector of 332.8 mm x 332.8 mm, 1400 mm
            from a source that is 1100 mm from the axis.
        photons: mean count of the open beam in a detector pixel; None for data without noise.
        noise_seed: another seed gives another measurement of the same head.

    Returns:
        A case of kind "truth", attenuation in mm^-1, with the attenuation of water as its scale.

    Raises:
        ValueError: size, views or detector below 1, or photons or the seed out of range.
    """
    return _case(head.shepp_logan(), size, views, detector, photons, noise_seed)


def ellipsoids(
    size: int = 64,
    views: int = 64,
    detector: int = 96,
    photons: float | None = None,
    noise_seed: int = 0,
    seed: int = 0,
    count: int = 20,
) -> Case:
    """A body of water with random ellipsoids in it, scanned as `shepp_logan` is.

    Args:
        size, views, detector, photons, noise_seed: as for `shepp_logan`.
        seed: another seed gives another phantom.
        count: ellipsoids inside the body (see `phantoms.random_ellipsoids`).

    Returns:
        A case of kind "truth", attenuation in mm^-1, with the attenuation of water as its scale.

    Raises:
        ValueError: size, views or detector below 1, count below 0, or photons or a seed out of
            range.
    """
    check(photons, {}, seed=seed)
    phantom = random_ellipsoids.random_ellipsoids(seed, count, FIELD / 2)
    return _case(phantom, size, views, detector, photons, noise_seed)


def _case(
    phantom: Sequence[Ellipsoid],
    size: int,
    views: int,
    detector: int,
    photons: float | None,
    noise_seed: int,
) -> Case:
    check(photons, {"size": size, "views": views, "detector": detector}, noise_seed=noise_seed)
    angles = 2 * np.pi * np.arange(views) / views
    geometry = ConeBeam(angles, (detector, detector), DETECTOR_WIDTH / detector, SOURCE_TO_AXIS,
                        SOURCE_TO_DETECTOR)  # fmt: skip
    grid = Grid((size, size, size), FIELD / size)
    sinogram = poisson_noise(line_integrals(phantom, geometry), photons, noise_seed)
    return Case(Scan(sinogram, geometry), grid, rasterise(phantom, grid), "truth", WATER)
