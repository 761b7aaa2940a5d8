"""Samplers: which grid points carry a gradient estimate, and with what weight.

A sampler maps (v, m, generator) to (indices, weights): m distinct positions in `v.flatten()` and
weights 1 / P(position is drawn), so that sum_S w_i v_i grad f(x_i) has the full sum as its mean
(Horvitz and Thompson, J. Amer. Statist. Assoc. 47, 1952). With m = v.numel() each point comes once
with weight 1.
"""

from __future__ import annotations

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
    indices = torch.randperm(n, generator=generator, device=v.device)[:m]
    return indices, torch.full((m,), n / m, device=v.device)
