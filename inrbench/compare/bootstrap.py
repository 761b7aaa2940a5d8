"""Confidence intervals of changes: percentile bootstrap over runs (Efron 1979, Ann. Stat. 7)."""

from __future__ import annotations

import numpy as np

from inrbench.compare.shift import Way, shift

RESAMPLES = 400
COVERAGE = 0.95
SEED = 0
CHUNK = 50
"""Rows at a time."""


def intervals(
    base: np.ndarray,
    new: np.ndarray,
    way: Way,
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the interval of each row's size, runs drawn with return; NaN for a single run.

    Over five runs such an interval is somewhat short: it is for the eye, the test decides.

    Args:
        base: logarithms with shape (rows, n).
        new: with shape (rows, m).
        way: how they are compared.
    """
    if min(base.shape[1], new.shape[1]) < 2:
        return np.full(len(base), np.nan), np.full(len(base), np.nan)
    generator = np.random.default_rng(SEED)
    # One choice of runs serves all rows: each interval is as good, and it takes no time.
    one = generator.integers(base.shape[1], size=(RESAMPLES, base.shape[1]))
    other = (
        one if way == "pairs" else generator.integers(new.shape[1], size=(RESAMPLES, new.shape[1]))
    )
    tail = (1 - COVERAGE) / 2
    ends = []
    for k in range(0, len(base), CHUNK):
        rows = slice(k, k + CHUNK)
        sizes = shift(base[rows, one], new[rows, other], way)[0]
        ends.append(np.quantile(sizes, [tail, 1 - tail], axis=1))
    low, high = np.concatenate(ends, axis=1)
    return low, high
