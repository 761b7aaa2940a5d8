"""Stratified sampling: one point from each of m blocks of the grid."""

from __future__ import annotations

from collections.abc import Iterator

import torch

# Blocks at a time: the walk through the tiles needs many integers for each.
CHUNK = 2**14


def stratified(
    v: torch.Tensor, m: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """One point of each of m blocks, uniform within it: w_i = number of points in i's block.

    The grid is run through tile by tile, in tiles of about n / m points, and cut into m stretches
    of equal length (give or take one point), which are the blocks. Neighbours tend to have like
    contributions v_i grad f(x_i), and one of them stands for all: the variance is that within the
    blocks only (W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 5).

    Args:
        v: image gradient of shape (ny, nx) or (nz, ny, nx), n values.
        m: number of points, 1 <= m <= n.
        generator: on the device of v.

    Returns:
        Pieces of int64 indices and float32 weights, m in all, on the device of v.
    """
    for start in range(0, m, CHUNK):
        yield _points(v, m, start, min(start + CHUNK, m), generator)


def _points(
    v: torch.Tensor, m: int, start: int, stop: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Those of the blocks from start to stop."""
    n = v.numel()
    side = max(1, round((n / m) ** (1 / v.dim())))
    edges = torch.arange(start, stop + 1, device=v.device) * n // m
    length = edges.diff()
    drawn = torch.rand(stop - start, dtype=torch.float64, generator=generator, device=v.device)
    # A number just below 1 may be rounded up in the product.
    rank = edges[:-1] + torch.minimum((drawn * length).long(), length - 1)
    return tile_order(rank, v.shape, side), length.float()


def tile_order(rank: torch.Tensor, shape: tuple[int, ...], side: int) -> torch.Tensor:
    """Positions in `image.flatten()` of the points that a walk tile by tile meets as its rank-th.

    Tiles have `side` points along each axis, fewer at the far edges; they follow each other as
    words in a dictionary, and so do the points in a tile.

    Args:
        rank: int64 tensor of any shape, numbers below the number of grid points.
        shape: of the image.
        side: at least 1.

    Returns:
        int64 tensor of the shape of `rank`.
    """
    rest = [1]  # points behind one index of each axis
    for length in reversed(shape[1:]):
        rest.insert(0, rest[0] * length)
    thickness: list[torch.Tensor] = []
    corner: list[torch.Tensor] = []
    # Down to the tile: along each axis, tiles before it times the points that each one holds.
    across = torch.ones_like(rank)
    for length, behind in zip(shape, rest, strict=True):
        slab = across * behind * side  # points in a full slab of tiles of this axis
        tile = torch.div(rank, slab, rounding_mode="floor")
        rank = rank - tile * slab
        corner.append(tile * side)
        thickness.append(torch.clamp(length - tile * side, max=side))
        across = across * thickness[-1]
    # Within the tile: the last axis runs fastest.
    index = torch.zeros_like(rank)
    for axis in reversed(range(len(shape))):
        inside = rank % thickness[axis]
        rank = torch.div(rank, thickness[axis], rounding_mode="floor")
        index += (corner[axis] + inside) * rest[axis]
    return index
