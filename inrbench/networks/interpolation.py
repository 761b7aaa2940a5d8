"""Multilinear interpolation between the nodes of a regular grid, one a pixel or fewer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

NUMBERS = 2**31
"""More than these in one tensor are refused, 8 GiB of float32."""


def shape_of_nodes(shape: Sequence[int], nodes: int | None) -> tuple[int, ...]:
    """Nodes along each axis of a grid of this shape, as many on its longest side as asked for.

    Args:
        shape: of the reconstruction grid.
        nodes: along the longest side; None puts a node on each pixel centre.

    Raises:
        ValueError: fewer than 2 nodes.
    """
    if nodes is None:
        return tuple(shape)
    if nodes < 2:
        raise ValueError(
            f"nodes={nodes}: expected at least 2 along the longest side, or null for one a pixel"
        )
    return tuple(math.ceil(side * nodes / max(shape)) for side in shape)


def check_numbers(count: int, what: str) -> None:
    """Raise `ValueError` for a tensor of more than `NUMBERS`."""
    if count > NUMBERS:
        raise ValueError(
            f"{what}: {count:,} numbers, {4 * count / 2**30:.0f} GiB before their gradient and "
            f"moments, and at most {NUMBERS:,} are made; give it fewer nodes"
        )


def stretch(shape: Sequence[int]) -> torch.Tensor:
    """Factors of the coordinates, x first, that bring the outer nodes of each axis to -1 and 1.

    Nodes have the distance 2 / max(shape), as pixels have, so that the outer ones lie within the
    longest side's edges. y is turned round, because row 0 has the largest.
    """
    nodes = max(shape)
    factors = [nodes / max(n - 1, 1) for n in reversed(shape)]
    factors[1] = -factors[1]
    return torch.tensor(factors)


def interpolate(values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """sum_c w_c(x) values[:, c] over the 2^d nodes c around x; constant beyond the outer ones.

    Args:
        values: at the nodes, shape (channels, ...), x along the last of d = 2 or 3 axes.
        x: points, shape (n, d), x first, the outer nodes at -1 and 1.

    Returns:
        Shape (channels, n).
    """
    points = x.reshape(1, *[1] * (x.shape[1] - 1), *x.shape)
    found = torch.nn.functional.grid_sample(
        values[None], points, mode="bilinear", padding_mode="border", align_corners=True
    )
    return found.reshape(len(values), len(x))
