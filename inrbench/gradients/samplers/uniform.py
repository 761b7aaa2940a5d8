"""Uniform sampling without replacement."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

# Points of the grid at a time: what is drawn, thinned out and permuted is at most as many.
CHUNK = 2**18


def uniform(
    v: torch.Tensor, m: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """m of n points without replacement, all subsets equally likely: w_i = n / m.

    Stretch by stretch of the grid: how many of the sample lie in it, given what is left of both,
    is hypergeometric; which ones, again uniform without replacement.

    Args:
        v: image gradient, any shape, n values.
        m: number of points, 1 <= m <= n.
        generator: on the device of v.

    Returns:
        Pieces of int64 indices and float32 weights, m in all, on the device of v.
    """
    n, left = v.numel(), m
    for start in range(0, n, CHUNK):
        length = min(CHUNK, n - start)
        share = hypergeometric(n - start, left, length, generator)
        left -= share
        if share:
            weights = torch.full((share,), n / m, device=v.device)
            yield subset(length, share, generator, v.device).add_(start), weights
            del weights


def subset(n: int, m: int, generator: torch.Generator, device: torch.device) -> torch.Tensor:
    """m of the numbers below n, all subsets equally likely: int64, 1 <= m <= n."""
    if 2 * m > n:  # a permutation of all is at most twice the sample
        return torch.randperm(n, generator=generator, device=device)[:m].clone()
    indices = torch.empty(0, dtype=torch.int64, device=device)
    while len(indices) < m:
        # As many draws as give m distinct points on average, and some more.
        further = int(1.02 * n * math.log((n - len(indices)) / (n - m))) + 16
        draws = torch.randint(n, (further,), generator=generator, device=device)
        indices = distinct(torch.cat([indices, draws]), n)
        del draws
    # Whichever points were drawn, all subsets of their number are equally likely; thin them out.
    kept = torch.randperm(len(indices), generator=generator, device=device)[:m]
    return indices[kept]


def distinct(draws: torch.Tensor, n: int) -> torch.Tensor:
    """Each number once; in a rehearsal as many as k draws have on average, n (1 - exp(-k / n))."""
    if draws.is_meta:
        return draws.new_empty(round(-n * math.expm1(-len(draws) / n)))
    return draws.unique()


def hypergeometric(n: int, m: int, length: int, generator: torch.Generator) -> int:
    """How many of m marked ones among n lie in the first `length`, all places equally likely.

    P(k) = C(m, k) C(n - m, length - k) / C(n, length), by inversion of its running sum; nothing is
    drawn where only one k is possible. Values further than 5 sqrt(length) from the mean are left
    out: together they are rarer than 2 exp(-50) (W. Hoeffding, J. Amer. Statist. Assoc. 58, 1963),
    which no uniform number of 53 bits tells from never.
    """
    mean, reach = length * m / n, 5 * math.sqrt(length) + 1
    low = max(0, length - (n - m), int(mean - reach))
    high = min(m, length, int(mean + reach))
    if low == high:
        return low
    device = generator.device
    # From ratios of neighbours: logarithms of factorials of n would lose the digits that matter.
    k = torch.arange(low, high, dtype=torch.float64, device=device)
    ratio = (m - k) / (k + 1) * ((length - k) / (n - m - length + k + 1))
    log = torch.nn.functional.pad(ratio.log().cumsum(0), (1, 0))
    running = (log - log.max()).exp().cumsum(0)
    u = torch.rand((), dtype=torch.float64, generator=generator, device=device)
    # A number just below 1 may be rounded up in the product.
    found = torch.searchsorted(running, u * running[-1], right=True)
    return min(low + int(found), high)
