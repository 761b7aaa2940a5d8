"""Uniform sampling without replacement."""

from __future__ import annotations

import math

import torch


def uniform(
    v: torch.Tensor, m: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """m of n points without replacement, all subsets equally likely: w_i = n / m.

    Args:
        v: image gradient, any shape, n values.
        m: number of points, 1 <= m <= n.
        generator: on the device of v.

    Returns:
        int64 indices and float32 weights, each of shape (m,), on the device of v.
    """
    n = v.numel()
    weights = torch.full((m,), n / m, device=v.device)
    if 2 * m > n:  # a permutation of the grid is at most twice the sample
        return torch.randperm(n, generator=generator, device=v.device)[:m].clone(), weights
    indices = torch.empty(0, dtype=torch.int64, device=v.device)
    while len(indices) < m:
        # As many draws as give m distinct points on average, and some more.
        further = int(1.02 * n * math.log((n - len(indices)) / (n - m))) + 16
        indices = torch.cat(
            [indices, torch.randint(n, (further,), generator=generator, device=v.device)]
        ).unique()
    # Whichever points were drawn, all subsets of their number are equally likely; thin them out.
    kept = torch.randperm(len(indices), generator=generator, device=v.device)[:m]
    return indices[kept], weights
