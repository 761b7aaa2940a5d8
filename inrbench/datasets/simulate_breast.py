"""A simulated fan-beam scan of a random breast, from a raster finer than the grid.

A breast has no closed-form line integrals. Its data are exact line integrals of a raster of
`finer` x `finer` pixels a pixel of the grid, and the truth is that raster's mean over each of
these blocks, so that no method inverts the very operator that made its data.
"""

from __future__ import annotations

import numpy as np
import torch

from inrbench.datasets.case import Case
from inrbench.datasets.simulate import check, poisson_noise
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.phantoms import breast as slices
from inrbench.projectors import astra
from inrbench.scan import Scan

# The scanner of the AAPM's sparse-view challenge, whose breasts are of this kind (E. Y. Sidky,
# X. Pan, "Report on the AAPM deep-learning sparse-view CT grand challenge", Med. Phys. 49(8),
# 4935-4943, 2022), with the detector's spacing as fitted to its data: it sees a circle of radius
# 90 mm, that inscribed in the field.
FIELD = 180.0
DETECTOR_WIDTH = 1024 * 0.35754
SOURCE_TO_AXIS = 500.0
SOURCE_TO_DETECTOR = 1000.0


def breast(
    size: int = 512,
    views: int = 128,
    columns: int = 1024,
    photons: float | None = None,
    phantom_seed: int = 0,
    noise_seed: int = 0,
    finer: int = 2,
) -> Case:
    """A slice through a breast on size x size pixels over 180 mm x 180 mm; see `phantoms.breast`.

    Each column is one ray through its centre: nothing is averaged over the column's width, which
    at the axis is half a pixel of the grid by default.

    Args:
        size: pixels along each side of the grid.
        views: number of views, equally spaced over 2 pi from angle 0.
        columns: detector columns that share the detector's width of 366.1 mm, 1000 mm from a
            source that is 500 mm from the axis.
        photons: mean count of the open beam in a column; None for data without noise.
        phantom_seed: another seed gives another breast.
        noise_seed: another seed gives another measurement of the same breast.
        finer: pixels of the simulation's raster along the side of a pixel of the grid.

    Returns:
        A case of kind "truth", attenuation in mm^-1, with the attenuation of adipose tissue as its
        scale.

    Raises:
        ValueError: size, views or columns below 1, finer below 2, or photons or a seed out of
            range.
    """
    sizes = {"size": size, "views": views, "columns": columns}
    check(photons, sizes, phantom_seed=phantom_seed, noise_seed=noise_seed)
    if finer < 2:
        raise ValueError(
            f"finer={finer}: must be at least 2, as data of the grid's own raster would be made "
            "by the operator that methods invert"
        )
    angles = 2 * np.pi * np.arange(views) / views
    geometry = FanBeam(angles, columns, DETECTOR_WIDTH / columns, SOURCE_TO_AXIS,
                       SOURCE_TO_DETECTOR)  # fmt: skip
    raster_grid = Grid((size * finer, size * finer), FIELD / (size * finer))
    raster = slices.rasterise(slices.breast(phantom_seed), raster_grid)
    exact = astra.matrix_free(geometry, raster_grid).forward(torch.from_numpy(raster))
    sinogram = poisson_noise(exact.numpy().astype(np.float64), photons, noise_seed)
    truth = raster.reshape(size, finer, size, finer).mean(axis=(1, 3))
    grid = Grid((size, size), FIELD / size)
    return Case(Scan(sinogram, geometry), grid, truth, "truth", slices.ADIPOSE)
