"""Importance sampling: the larger the image gradient, the likelier the point."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from inrbench.meters.rehearsal import number, turns

UNIFORM_SHARE = 0.25
"""lambda: share of the draws that does not look at v; no weight exceeds n / (lambda m)."""

# Points at a time: what is held beside v.
CHUNK = 2**16


def importance(
    v: torch.Tensor, m: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """P(i is drawn) = pi_i = min(1, c ((1 - lambda) |v_i| / mean |v| + lambda)),  w_i = 1 / pi_i.

    c makes the pi_i add up to m. Where |grad f| hardly varies, probabilities in proportion to
    |v_i| have the least variance; the uniform share keeps weights bounded where it does. The draw
    is systematic: i is taken when one of u, u + 1, ..., u + m - 1 lies in its stretch of the
    running sum of the pi, with one uniform u in [0, 1), so that exactly m distinct points come (W.
    G. Madow, Ann. Math. Statist. 20, 1949).

    Args:
        v: image gradient, any shape, n values.
        m: number of points, 1 <= m <= n.
        generator: on the device of v.

    Returns:
        Pieces of int64 indices and float32 weights, m in all, on the device of v.
    """
    flat = v.flatten()
    n = flat.numel()
    if m == n:
        for first in range(0, n, CHUNK):
            every = torch.arange(first, min(first + CHUNK, n), device=v.device)
            yield every, torch.ones(len(every), device=v.device)
        return
    importances = Importances(flat)
    factor = importances.factor(m)
    start = torch.rand((), dtype=torch.float64, generator=generator, device=v.device)
    total, taken = torch.zeros((), dtype=torch.float64, device=v.device), 0
    for first in range(0, n, CHUNK):
        pi = (factor * importances.of(first, first + CHUNK)).clamp(max=1)
        running = pi.cumsum(0) + total
        total = running[-1].clone()  # a view would keep the whole stretch
        # The last stretch takes what is left, should the sum have been rounded below m.
        last = first + CHUNK >= n
        # A rehearsal has v alike everywhere, so that each stretch has its share of the sample.
        share = m * (first + len(pi)) // n
        upto = m if last else min(m, number(total - start, share) + 2)
        ticks = start + torch.arange(taken, upto, device=v.device)
        if not last:
            ticks = ticks[: number(torch.searchsorted(ticks, total), share - taken)]
        taken += len(ticks)
        found = torch.searchsorted(running, ticks, right=True).clamp(max=len(pi) - 1)
        piece = first + found, (1 / pi[found]).float()
        del pi, running, ticks, found  # before the next ones are made
        yield piece
        del piece


class Importances:
    """a_i = (1 - lambda) |v_i| / mean |v| + lambda, in float64 and a stretch at a time.

    Args:
        v: image gradient, flat; where it is zero everywhere, all points are alike.
    """

    def __init__(self, v: torch.Tensor) -> None:
        self._v = v
        parts = turns(v.split(CHUNK), 3, v.device)
        total = sum(part.abs().sum(dtype=torch.float64) for part in parts)
        mean = number(total, float(v.numel())) / v.numel()
        self._slope = (1 - UNIFORM_SHARE) / mean if mean > 0 else 0.0
        self._level = UNIFORM_SHARE if mean > 0 else 1.0

    def of(self, start: int, stop: int) -> torch.Tensor:
        """a_i of the points from start to stop."""
        return self._v[start:stop].abs().double() * self._slope + self._level

    def factor(self, m: int) -> float:
        """c with sum_i min(1, c a_i) = m, for m below the number of points.

        Points with c a_i > 1 are drawn for certain; the others share what is left of m. More of
        them reach certainty as c grows, so c is found after a few rounds.
        """
        n = self._v.numel()
        factor, certain = m / n, 0  # the a_i add up to n
        while True:
            count, rest = 0, 0.0
            for first in turns(range(0, n, CHUNK), 3, self._v.device):
                a = self.of(first, first + CHUNK)
                beyond = factor * a >= 1
                count += number(beyond.sum(), 0)
                rest += number(a.masked_fill(beyond, 0).sum(), 0.0)
            if count == certain:
                return factor
            certain, factor = count, (m - count) / rest
