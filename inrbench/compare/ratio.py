"""How far NEW lies from BASE in a noisy measure of one row, with its 95 % interval.

    ratio = exp( M(new) - M(base) ),    or of runs in pairs    exp( M(new - base) ),

of logarithms, with M the mean of the middle half: the quarter at either end is left out, rounded
down, as one run in twenty is slowed down by something else. The interval is the percentile
bootstrap over runs or pairs (Efron 1979, Ann. Stat. 7). Of six runs it is somewhat short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

RUNS = 6
"""Fewest runs on each side, or pairs, for a verdict: 5 and 5 have 252 permutations."""
BEYOND = 1.5
"""Of a single row, the ratio that noise does not reach: the whole interval lies beyond it."""
TAIL = 0.25
RESAMPLES = 999


@dataclass(frozen=True)
class Sides:
    """Logarithms of a row's runs; in pairs, the k-th of NEW belongs to the k-th of BASE."""

    base: tuple[float, ...]
    new: tuple[float, ...]
    paired: bool

    @property
    def runs(self) -> tuple[int, int]:
        """How many of BASE and of NEW."""
        return len(self.base), len(self.new)


def middle(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """M above."""
    return stats.trim_mean(values, TAIL, axis=axis)


def ratios(rows: Sequence[Sides]) -> np.ndarray:
    """Ratio, low and high end of each row, with shape (rows, 3).

    The ends of a single run, and the ratio without any, are NaN.
    """
    found = np.full((len(rows), 3), np.nan)
    alike: dict[tuple, list[int]] = {}  # rows of equally many runs make one array
    for index, row in enumerate(rows):
        alike.setdefault((row.paired, *row.runs), []).append(index)
    for (paired, *runs), members in alike.items():
        if not min(runs):
            continue
        base, new = (np.array([getattr(rows[i], s) for i in members]) for s in ("base", "new"))
        data = (new - base,) if paired else (new, base)
        found[members, 0] = np.exp(_size(*data))
        if min(runs) > 1:
            test = stats.bootstrap(data, _size, n_resamples=RESAMPLES, method="percentile",
                                   vectorized=True, axis=-1, batch=100, rng=0)  # fmt: skip
            found[members, 1:] = np.exp(np.transpose(test.confidence_interval))
    return found


def _size(new: np.ndarray, base: np.ndarray | None = None, axis: int = -1) -> np.ndarray:
    return middle(new, axis) - (0 if base is None else middle(base, axis))
