"""The test of one measure over all its rows, and the correction for their number.

`test` gives each row a p-value by `null`. Of a family of m tests Holm's step-down procedure
rejects the hypothesis of the k-th smallest p-value while

    (m - k + 1) p_(k) <= alpha,    k = 1, 2, ...,

which holds the probability of one false alarm or more below alpha however the tests depend on each
other (Holm 1979, Scand. J. Statist. 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from inrbench.compare.floor import Floor, Groups
from inrbench.compare.null import Null, draw
from inrbench.compare.shift import Way, shift

ALPHA = 0.005
"""Of 200 calls in which nothing has changed, a row raises an alarm in one at most on average."""
ALPHA_TOGETHER = 0.0025
"""And in half a call what rows share does."""


@dataclass(frozen=True)
class Sample:
    """The runs of one row.

    Args:
        row: its name.
        base: logarithms of BASE's runs, with shape (runs,).
        new: those of NEW.
        way: how they are compared; in pairs the k-th of NEW belongs to the k-th of BASE.
        unit: what the floor is in multiples of.
    """

    row: str
    base: np.ndarray
    new: np.ndarray
    way: Way
    unit: float = 1.0

    @property
    def runs(self) -> tuple[int, int]:
        """How many of BASE and of NEW."""
        return len(self.base), len(self.new)


@dataclass(frozen=True)
class Outcome:
    """What the test says of one row.

    Args:
        p: two-sided.
        floor: scale of a run's noise in this call.
        scale: the floor, or the row's own scatter where that is larger.
        null: the law of the statistic.
    """

    p: float
    floor: float
    scale: float
    null: Null

    @property
    def least(self) -> float:
        """What as many A/A runs differ by in 99 of 100 cases."""
        return self.null.quantile99 * self.floor

    def findable(self, alpha: float) -> float:
        """The change that would be found in 95 of 100 cases by a test at this level."""
        found = max(self.null.critical(alpha) * self.scale, self.least)
        return found + self.null.quantile95 * self.floor


def alike(samples: list[Sample]) -> dict[tuple[Way, int, int], list[int]]:
    """Which samples have equally many runs, so that they fit one array."""
    groups: dict[tuple[Way, int, int], list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault((sample.way, *sample.runs), []).append(index)
    return groups


def stacked(samples: list[Sample], members: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """BASE's and NEW's runs of these samples, (rows, n) and (rows, m)."""
    return (
        np.stack([samples[index].base for index in members]),
        np.stack([samples[index].new for index in members]),
    )


def test(samples: list[Sample], floor: Floor, busier: float = 1.0) -> list[Outcome]:
    """Test whether NEW differs from BASE, row by row.

    Args:
        samples: a row each, all in pairs or none.
        floor: of the measure.
        busier: how many times that floor this call has.
    """
    size, scatter, scales = (np.empty(len(samples)) for _ in range(3))
    nulls: list[Null | None] = [None] * len(samples)
    units = np.array([sample.unit for sample in samples])
    for (way, *runs), members in alike(samples).items():
        size[members], scatter[members] = shift(*stacked(samples, members), way)
        for i in members:
            row = samples[i].row
            nulls[i] = draw(floor, way, tuple(runs), floor.sizes[row])
            scales[i] = busier * floor.scale[row]
    size, scatter = size / units, scatter / units
    used = np.maximum(scales, scatter)
    return [
        Outcome(null.p(abs(s) / u), float(f * unit), float(u * unit), null)
        for null, s, f, u, unit in zip(nulls, size, scales, used, units, strict=True)
    ]


def with_samples(groups: Groups, samples: list[Sample]) -> Groups:
    """A/A runs, and each side of this call (or its differences) as one group more: two runs of
    one side differ by noise alone."""
    groups = dict(groups)
    for sample in samples:
        sides = [sample.new - sample.base] if sample.way == "pairs" else [sample.base, sample.new]
        own = [side / sample.unit for side in sides]
        groups[sample.row] = [*groups.get(sample.row, []), *own]
    return groups


def holm(p: Iterable[float]) -> np.ndarray:
    """Adjusted p-values: at most alpha for those that Holm's procedure rejects at that level."""
    p = np.array(list(p), float)
    order = np.argsort(p)
    steps = (len(p) - np.arange(len(p))) * p[order]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted
