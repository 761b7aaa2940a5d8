"""Part of a detector, and coarser pixels: what a crop and a binning make of a geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inrbench.geometry.cone import ConeBeam, ConeVectors
from inrbench.geometry.flat import FanBeam, ParallelBeam


def cut(
    geometry: ParallelBeam | FanBeam | ConeBeam | ConeVectors,
    columns: tuple[int, int],
    rows: tuple[int, int] = (0, 1),
    binning: int = 1,
) -> ParallelBeam | FanBeam | ConeBeam | ConeVectors:
    """The geometry of columns a .. b - 1 (and rows likewise), in squares of binning^2 pixels.

    With n columns, the centre of the part lies (a + b - n) / 2 columns from that of the detector;
    squares that tile the part leave its centre where it is.

    Args:
        geometry: of the whole detector.
        columns: (a, b), 0 <= a < b <= n.
        rows: the same of the rows; in two dimensions there is one.
        binning: edge of the squares in pixels, a divisor of b - a and of the number of rows.

    Raises:
        ValueError: a part that reaches beyond the detector, or that squares do not tile.
    """
    *_, m, n = (1, *geometry.sinogram_shape)
    if len(geometry.sinogram_shape) == 2:
        m = 1
    for name, (first, end), length in (("columns", columns, n), ("rows", rows, m)):
        if not 0 <= first < end <= length:
            raise ValueError(f"{name}={first, end}: expected part of 0 to {length}")
    flat = len(geometry.sinogram_shape) == 2
    width, height = columns[1] - columns[0], rows[1] - rows[0]
    if width % binning or (not flat and height % binning):
        raise ValueError(f"binning={binning}: must divide {height} rows and {width} columns")
    right, up = (columns[0] + columns[1] - n) / 2, (rows[0] + rows[1] - m) / 2
    if (columns, rows, binning) == ((0, n), (0, m), 1):
        return geometry
    if isinstance(geometry, ConeVectors):
        source, centre, u, v = np.split(geometry.vectors, 4, axis=1)
        vectors = np.hstack([source, centre + right * u + up * v, binning * u, binning * v])
        return ConeVectors(vectors, (height // binning, width // binning))
    step = geometry.detector_spacing
    if isinstance(geometry, ConeBeam):
        along_z, across = geometry.detector_offset
        return replace(
            geometry,
            detector_shape=(height // binning, width // binning),
            detector_spacing=step * binning,
            detector_offset=(along_z + up * step, across + right * step),
        )
    return replace(
        geometry,
        detector_count=width // binning,
        detector_spacing=step * binning,
        detector_offset=geometry.detector_offset + right * step,
    )


def tilted(geometry: ConeBeam, angle: float) -> ConeVectors:
    """The detector turned in its plane about its centre: u towards v by `angle` in radians."""
    source, centre, u, v = np.split(geometry.vectors, 4, axis=1)
    cos, sin = np.cos(angle), np.sin(angle)
    vectors = np.hstack([source, centre, cos * u + sin * v, cos * v - sin * u])
    return ConeVectors(vectors, geometry.detector_shape)


def seen_from(geometry: ConeBeam | ConeVectors, origin: np.ndarray) -> ConeVectors:
    """The same rays with the point `origin`, (x, y, z) in mm, as the origin."""
    vectors = np.array(geometry.vectors)
    vectors[:, :6] -= np.tile(origin, 2)  # source and detector, not the steps between pixels
    return ConeVectors(vectors, geometry.detector_shape)
