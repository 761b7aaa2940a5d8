"""Bytes that the samplers of a JVP hold while they draw; part of `memory_model`.

Each function takes (n, m, dimension), draws m of n points, and returns a `Drawing`. To enter
another sampler, write its function and put it into `MODELS`. Without torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inrbench.memory.network_model import FLOAT, INTEGER

# Points of the grid, or blocks of it, that are drawn from at a time: `CHUNK` of each sampler.
UNIFORM = 2**18
IMPORTANCE = 2**16
STRATIFIED = 2**14

SAMPLE = INTEGER + FLOAT  # position and weight of one point
LOCATING = 4 * INTEGER + FLOAT  # on top, while a position becomes coordinates


@dataclass(frozen=True)
class Drawing:
    """What a sampler holds for one piece of the sample.

    Args:
        points: in a piece; of m in all.
        working: most bytes while it is drawn, itself included.
    """

    points: int
    working: int


def uniform(n: int, m: int, dimension: int) -> Drawing:
    """Distinct draws, a permutation of them, the chosen ones; above n / 2, one of the stretch."""
    stretch = min(n, UNIFORM)
    k = -(-m * stretch // n)
    permuted = INTEGER * stretch if 2 * k > stretch else 2 * INTEGER * k
    return Drawing(k, permuted + SAMPLE * k)


def stratified(n: int, m: int, dimension: int) -> Drawing:
    """For a stretch of blocks, integers of the walk through the tiles."""
    k = min(m, STRATIFIED)
    return Drawing(k, SAMPLE * k + (12 + 2 * dimension) * INTEGER * k)


def importance(n: int, m: int, dimension: int) -> Drawing:
    """Importances, their sum and a mask of a stretch; then what finds its samples (on average)."""
    stretch = min(n, IMPORTANCE)
    k = -(-m * stretch // n)
    return Drawing(k, max(3 * INTEGER * stretch, 2 * INTEGER * stretch + 5 * INTEGER * k))


MODELS: dict[str, Callable[[int, int, int], Drawing]] = {
    "uniform": uniform, "stratified": stratified, "importance": importance,
}  # fmt: skip
