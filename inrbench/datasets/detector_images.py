"""Images of a detector as its scanner wrote them, made smaller by averaging counts."""

from __future__ import annotations

import numpy as np


def binned(image: np.ndarray, binning: int) -> np.ndarray:
    """The mean over each square of binning x binning pixels; the squares tile the image.

    Args:
        image: counts, shape (rows, columns).
        binning: edge of the squares in pixels, a divisor of rows and columns.

    Returns:
        float32, shape (rows / binning, columns / binning).

    Raises:
        ValueError: squares that do not tile the image.
    """
    rows, columns = image.shape
    if binning < 1 or rows % binning or columns % binning or not image.size:
        raise ValueError(
            f"binning={binning}: must divide the {rows} rows and {columns} columns of the detector"
        )
    squares = image.reshape(rows // binning, binning, columns // binning, binning)
    return squares.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)
