"""Supersampling: points within a pixel, the mean over which stands for the pixel's average."""

from __future__ import annotations

import numpy as np

from inrbench.grid import Grid


def midpoints(grid: Grid, supersampling: int) -> np.ndarray:
    """(k - (n - 1) / 2) spacing / n for k = 0 to n - 1: the middles of n equal parts of an edge.

    Args:
        grid: whose pixels (voxels) are sampled.
        supersampling: n, samples along each edge; 1 takes the value at the centre.

    Returns:
        Distances from the pixel's centre along one axis in mm, shape (n,).

    Raises:
        ValueError: supersampling below 1.
    """
    if supersampling < 1:
        raise ValueError(f"supersampling={supersampling}: needs at least one sample an edge")
    k = np.arange(supersampling)
    return (k - (supersampling - 1) / 2) * (grid.spacing / supersampling)
