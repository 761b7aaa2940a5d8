"""How far NEW lies from BASE, and how far the runs behind it scatter.

For runs side by side, with L(x) the mean of the faster half of the runs (of ceil(n / 2) of n),

    size = L(new) - L(base),    scatter = root of the mean variance within the two halves.

A run is slowed down by what else the machine does, and never sped up, so that the faster half says
what the code takes: with one run in twenty 20 % slower, a change of 10 % is found about as often
as without (the mean loses it in every third row, and with three slow runs in five the median calls
an alarm). For runs in pairs, d = new - base with the seed or the moment in common,

    size = mean of the middle of d,    scatter = standard deviation of that middle,

the middle being d without its int(n / 5) smallest and as many largest.

Values are logarithms with shape (rows, runs); sizes and scatters have shape (rows,).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Shift = tuple[np.ndarray, np.ndarray]


def faster_half(values: np.ndarray) -> np.ndarray:
    """The ceil(n / 2) smallest of each row, with shape (rows, ceil(n / 2))."""
    half = (values.shape[-1] + 1) // 2
    return np.partition(values, half - 1, axis=-1)[..., :half]


def middle(values: np.ndarray) -> np.ndarray:
    """Each row without its int(n / 5) smallest and largest."""
    cut = values.shape[-1] // 5
    return np.sort(values, axis=-1)[..., cut : values.shape[-1] - cut]


def side_by_side(base: np.ndarray, new: np.ndarray) -> Shift:
    """Size and scatter of runs that have nothing in common, (rows, n) and (rows, m)."""
    parts = faster_half(base), faster_half(new)
    variances = [_variance(part) for part in parts]
    return parts[1].mean(-1) - parts[0].mean(-1), np.sqrt(sum(variances) / 2)


def in_pairs(base: np.ndarray, new: np.ndarray) -> Shift:
    """Size and scatter of pairs of runs, (rows, n) both."""
    part = middle(new - base)
    return part.mean(-1), np.sqrt(_variance(part))


def of(paired: bool) -> Callable[[np.ndarray, np.ndarray], Shift]:
    """`in_pairs` or `side_by_side`."""
    return in_pairs if paired else side_by_side


def _variance(values: np.ndarray) -> np.ndarray:
    """With n - 1; 0 for a single value."""
    n = values.shape[-1]
    return values.var(-1) * (n / max(n - 1, 1))
