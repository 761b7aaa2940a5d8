"""A change that rows share: a permutation test of all rows, and of those alike in an axis.

Runs that took no turns are exchanged as *sweeps*: a seed and its k-th repeat, of all rows. The
value of a sweep in a group of rows is

    v = M over rows of (log of the row's run - mean of the row's logs, of both sides),

with M the mean of the middle half: what most rows do. The machine drifts from sweep to sweep, so
that single cells must not change sides, and whole sweeps may. The size is mean v(NEW) -
mean v(BASE). Runs that took turns, in an order that was drawn, change sides pair by pair, and so
do two MSE of one seed. There the size is M over rows of the mean of a row's differences.

The groups of a measure are one family. The p-value of a group is adjusted by the largest
statistic of all groups in each permutation (Westfall and Young 1993, "Resampling-based multiple
testing", single step):

    p_g = share of permutations with max_h |size_h| / s_h >= |size_g| / s_g,

s being the standard deviation over permutations. Two times six sweeps have 924 permutations, so
that ten tests corrected by their number alone (Holm) could never reach 1 %.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from inrbench.compare.ratio import middle

AXES = ("method", "network", "objective", "gradient")
"""Of labels."""
LEAST_ROWS = 5
ALPHA = 0.005
"""Of 200 calls without a change, a measure raises a false alarm in one."""
PERMUTATIONS = 1999

Logs = Mapping[Hashable, float]
"""Logarithms of a row's runs, by sweep or pair."""


@dataclass(frozen=True)
class Outcome:
    """The test of a group.

    Args:
        size: difference of logarithms.
        p: adjusted; NaN where so few runs can show nothing at `ALPHA`.
        rows: that had the runs to be in it.
        runs: sweeps of BASE and of NEW, or pairs.
    """

    size: float
    p: float
    rows: tuple[str, ...]
    runs: tuple[int, int]


def members(labels: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Rows of each group of `LEAST_ROWS` or more by its name; of two groups alike, the first."""
    groups = {"all rows": tuple(labels)} | {
        f"{axis} {text}": tuple(row for row, one in labels.items() if one.get(axis) == text)
        for axis in AXES
        for text in sorted({one[axis] for one in labels.values() if axis in one})
    }
    found: dict[str, tuple[str, ...]] = {}
    for name, rows in groups.items():
        if len(rows) >= LEAST_ROWS and rows not in found.values():
            found[name] = rows
    return found


def sweeps(rows: Sequence[Logs]) -> dict[Hashable, float]:
    """v above, by sweep; these rows have the same ones."""
    keys = list(rows[0])
    values = np.array([[row[key] for key in keys] for row in rows])
    apart = middle(values - values.mean(1, keepdims=True), axis=0)
    return dict(zip(keys, map(float, apart), strict=True))


def exchange_sweeps(
    base: Mapping[str, Logs],
    new: Mapping[str, Logs],
    groups: Mapping[str, tuple[str, ...]],
) -> dict[str, Outcome]:
    """Test each group by exchanging sweeps; rows that lack sweeps which most have are left out."""
    keys = {row: (frozenset(base[row]), frozenset(new[row])) for row in base if row in new}
    if not keys:
        return {}
    olds, news = Counter(keys.values()).most_common(1)[0][0]
    chosen = _enough(groups, {row for row, (b, n) in keys.items() if olds <= b and news <= n})
    if not chosen:
        return {}
    values = []
    for mine in chosen.values():
        both = [{**{(0, k): base[row][k] for k in sorted(olds)},
                 **{(1, k): new[row][k] for k in sorted(news)}} for row in mine]  # fmt: skip
        values.append(list(sweeps(both).values()))
    n, m = len(olds), len(news)
    sides = np.split(np.array(values), [n], axis=1)
    null = size = _difference(*sides, axis=-1)[None]
    smallest = 2 / math.comb(n + m, n)
    if smallest <= ALPHA:
        test = stats.permutation_test(sides, _difference, vectorized=True, axis=-1,
                                      n_resamples=PERMUTATIONS, rng=0)  # fmt: skip
        null = test.null_distribution
        if len(null) == PERMUTATIONS:  # drawn; all of them have the observed one among them
            null = np.vstack([null, size])
    return _outcomes(chosen, size[0], null, [(n, m)] * len(chosen), [smallest] * len(chosen))


def exchange_pairs(
    differences: Mapping[str, Logs], groups: Mapping[str, tuple[str, ...]]
) -> dict[str, Outcome]:
    """Test each group by exchanging the two runs of a pair."""
    chosen = _enough(groups, {row for row, own in differences.items() if own})
    if not chosen:
        return {}
    draws = np.random.default_rng(0)
    means = {}
    for row, own in differences.items():
        signs = draws.choice([1.0, -1.0], (PERMUTATIONS, len(own)))
        signs[0] = 1  # what was observed
        means[row] = signs @ list(own.values()) / max(len(own), 1)
    null = np.stack([middle([means[row] for row in mine], axis=0) for mine in chosen.values()], 1)
    pairs = [sum(len(differences[row]) for row in mine) for mine in chosen.values()]
    return _outcomes(chosen, null[0], null, [(k, k) for k in pairs], [2 / 2**k for k in pairs])


def _enough(groups: Mapping[str, tuple[str, ...]], rows: set[str]) -> dict[str, tuple[str, ...]]:
    """Of each group those rows, where there are `LEAST_ROWS` of them."""
    some = {name: tuple(row for row in mine if row in rows) for name, mine in groups.items()}
    return {name: mine for name, mine in some.items() if len(mine) >= LEAST_ROWS}


def _difference(base: np.ndarray, new: np.ndarray, axis: int) -> np.ndarray:
    return new.mean(axis) - base.mean(axis)


def _outcomes(
    groups: Mapping[str, tuple[str, ...]],
    size: np.ndarray,
    null: np.ndarray,
    runs: Sequence[tuple[int, int]],
    smallest: Sequence[float],
) -> dict[str, Outcome]:
    """With p above; NaN where not even the smallest p of so few runs would be enough.

    Args:
        groups: their rows.
        size: with shape (groups,).
        null: with shape (permutations, groups), that of the observed among them.
        runs: of each group.
        smallest: of each group.
    """
    scale = np.where(null.std(0) > 0, null.std(0), 1.0)
    largest = np.max(np.abs(null) / scale, axis=1)
    found = {}
    for k, (name, rows) in enumerate(groups.items()):
        p = float(np.mean(largest >= abs(size[k]) / scale[k] * (1 - 1e-9)))
        found[name] = Outcome(
            float(size[k]), p if smallest[k] <= ALPHA else math.nan, rows, runs[k]
        )
    return found
