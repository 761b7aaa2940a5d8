"""Simulated scans: closed-form line integrals of a phantom, with or without photon noise.

No "inverse crime": the data never pass through a projector of the grid, so that no method inverts
the very operator that made its data. The reference is the phantom's average over each pixel.
"""

from __future__ import annotations

import numpy as np

from inrbench import registry
from inrbench.datasets.case import Case
from inrbench.geometry import FanBeam, Geometry, ParallelBeam
from inrbench.grid import Grid
from inrbench.phantoms import forbild as head
from inrbench.phantoms.ellipses import line_integrals, rasterise
from inrbench.scan import Scan

# LEAP's demonstration of this phantom: 512 columns of 0.65 mm see a circle of radius 129.8 mm,
# and the head reaches 120 mm from the axis.
FIELD = 256.0
DETECTOR_WIDTH = 512 * 0.65
SOURCE_TO_AXIS = 1100.0
SOURCE_TO_DETECTOR = 1400.0
BEAMS = ("fan", "parallel")


def forbild(
    size: int = 256,
    views: int = 128,
    columns: int = 512,
    beam: str = "fan",
    photons: float | None = None,
    noise_seed: int = 0,
    right_ear: bool = True,
    left_ear: bool = True,
    detector_offset: float = 0.0,
) -> Case:
    """The FORBILD head phantom on size x size pixels over 256 mm x 256 mm.

    Args:
        size: pixels along each side of the grid.
        views: number of views, equally spaced over 2 pi (fan) or pi (parallel) from angle 0.
        columns: detector columns that share the detector's width, 332.8 mm in a fan with the
            source 1100 mm from the axis and 1400 mm from the detector, and 332.8 * 1100 / 1400 mm
            in a parallel beam, so that both sample the axis alike.
        beam: "fan" or "parallel".
        photons: mean count of the open beam in a column; None for data without noise.
        noise_seed: another seed gives another measurement of the same head.
        right_ear, left_ear: which ears the head has (see `phantoms.forbild`).
        detector_offset: shift of the detector along its axis in mm. More than 12 mm (fan) or
            10 mm (parallel) cuts the head off on one side.

    Returns:
        A case of kind "truth", attenuation in mm^-1, with the attenuation of water as its scale.

    Raises:
        ValueError: size, views or columns below 1, an unknown beam, or photons or the seed
            out of range.
    """
    check(photons, {"size": size, "views": views, "columns": columns}, noise_seed=noise_seed)
    geometry = _beam(beam, views, columns, detector_offset)
    grid = Grid((size, size), FIELD / size)
    ellipses = head.forbild(right_ear, left_ear)
    sinogram = poisson_noise(line_integrals(ellipses, geometry), photons, noise_seed)
    return Case(Scan(sinogram, geometry), grid, rasterise(ellipses, grid), "truth", head.WATER)


def _beam(beam: str, views: int, columns: int, detector_offset: float) -> Geometry:
    turn = np.arange(views) / views
    spacing = DETECTOR_WIDTH / columns
    if beam == "fan":
        return FanBeam(2 * np.pi * turn, columns, spacing, SOURCE_TO_AXIS, SOURCE_TO_DETECTOR,
                       detector_offset)  # fmt: skip
    if beam == "parallel":
        at_axis = spacing * SOURCE_TO_AXIS / SOURCE_TO_DETECTOR
        return ParallelBeam(np.pi * turn, columns, at_axis, detector_offset)
    raise ValueError(f"unknown beam {beam!r}: {registry.nearest(beam, list(BEAMS))}")


def check(photons: float | None, counts: dict[str, int], **seeds: int) -> None:
    """Refuse, before anything is made, `counts` below 1, `seeds` below 0 and photons out of range.

    Raises:
        ValueError: the first of them.
    """
    for name, number in counts.items():
        if number < 1:
            raise ValueError(f"{name}={number}: must be at least 1")
    for name, seed in seeds.items():
        if seed < 0:
            raise ValueError(f"{name}={seed}: seeds are whole numbers from 0")
    if photons is not None and not 0 < photons < 1e18:  # as far as a Poisson generator goes
        raise ValueError(
            f"photons={photons}: expected a mean count above 0 and below 1e18, "
            "or None for data without noise"
        )


def poisson_noise(line_integrals: np.ndarray, photons: float | None, seed: int) -> np.ndarray:
    """p' = -log(max(N, 1) / photons) with counts N ~ Poisson(photons * exp(-p)).

    A count of zero would make the line integral infinite, and one such ray would spoil the scan;
    one photon is the least that a counting detector reports, so p' is at most log(photons). On
    average p' exceeds p by about 1 / (2 n) where n photons are expected, the logarithm's own bias;
    only near one expected photon does the clipping outweigh it, and p' comes out too low.

    Args:
        line_integrals: p without unit, any shape.
        photons: mean count of the open beam, above 0 and below 1e18; None returns p as it is.
        seed: of numpy's default generator: the same seed gives the same data, bit for bit.

    Returns:
        float64 noisy line integrals of the shape of p.
    """
    if photons is None:
        return line_integrals
    counts = np.random.default_rng(seed).poisson(photons * np.exp(-line_integrals))
    return -np.log(np.maximum(counts, 1) / photons)
