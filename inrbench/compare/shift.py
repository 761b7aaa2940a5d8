"""How far NEW lies from BASE, and how far the runs behind it scatter.

For runs side by side, with P(x) the part of the runs that counts and L(x) its mean,

    size = L(new) - L(base),    scatter = root of the mean variance within the two parts.

Seconds and resident bytes count by their *lower half*, the ceil(n / 2) smallest of n: a run is
slowed down by what else the machine does, and never sped up, so that the faster half says what the
code takes. With one run in twenty 20 % slower, a change of 10 % is found about as often as without
(the mean loses it in every third row, and with three slow runs in five the median calls an alarm).
A pace errs to both sides, and counts by its *middle*: without the int(n / 5) smallest and as many
largest. For runs in pairs, d = new - base with the seed or the moment in common,

    size = mean of the middle of d,    scatter = standard deviation of that middle.

Values are logarithms with shape (rows, runs); sizes and scatters have shape (rows,).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Shift = tuple[np.ndarray, np.ndarray]
Way = Literal["lower half", "middle", "pairs"]
"""How runs are compared: side by side, by a part of each side, or in pairs."""


def lower_half(values: np.ndarray) -> np.ndarray:
    """The ceil(n / 2) smallest of each row, with shape (rows, ceil(n / 2))."""
    half = (values.shape[-1] + 1) // 2
    return np.partition(values, half - 1, axis=-1)[..., :half]


def middle(values: np.ndarray) -> np.ndarray:
    """Each row without its int(n / 5) smallest and largest."""
    cut = values.shape[-1] // 5
    return np.sort(values, axis=-1)[..., cut : values.shape[-1] - cut]


def shift(base: np.ndarray, new: np.ndarray, way: Way) -> Shift:
    """Size and scatter of runs with shapes (rows, n) and (rows, m), of pairs (rows, n) both."""
    if way == "pairs":
        part = middle(new - base)
        return part.mean(-1), np.sqrt(_variance(part))
    sides = part_of(base, way), part_of(new, way)
    variances = [_variance(side) for side in sides]
    return sides[1].mean(-1) - sides[0].mean(-1), np.sqrt(sum(variances) / 2)


def part_of(values: np.ndarray, way: Way) -> np.ndarray:
    """The runs of one side that count; in pairs all do."""
    if way == "pairs":
        return values
    return middle(values) if way == "middle" else lower_half(values)


def _variance(values: np.ndarray) -> np.ndarray:
    """With n - 1; 0 for a single value."""
    n = values.shape[-1]
    return values.var(-1) * (n / max(n - 1, 1))
