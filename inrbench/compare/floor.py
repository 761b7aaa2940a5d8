"""The scale of a run's noise, row by row, and the shape of its law, from A/A runs.

The scale of a row with few runs of its own is mostly that of all rows (Smyth 2004, "Linear models
and empirical Bayes methods", Stat. Appl. Genet. Mol. Biol. 3): with s0 that of all rows,

    scale^2 = (PRIOR s0^2 + n s^2) / (PRIOR + n),

s over its n runs. Deviations over the scale of their row, from all rows together, are the shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from inrbench.compare.noise import NORMAL, MeasureNoise, Noise

PRIOR = 10
"""How many runs of its own weigh as much as what is known of all rows."""
ROW_RUNS = 8
"""From how many runs on a row's own scale is used for it."""
SHAPE = 100
"""Fewer deviations than this are filled up with those of a heavy-tailed law, Student's with 3."""
LEAST = 1e-4
"""Scale below which a meter is not noisy but coarse."""


@dataclass(frozen=True, eq=False)
class Floor:
    """Noise of one measure.

    Args:
        scale: of a run's logarithm in a row of which nothing else is known.
        rows: of those with runs enough.
        shape: deviations over their row's scale, with shape (deviations,).
        spread: scales of the rows over `scale`, with shape (rows,).
    """

    scale: float
    rows: dict[str, float]
    shape: np.ndarray
    spread: np.ndarray

    def of(self, row: str) -> float:
        """The scale of a row."""
        return self.rows.get(row, self.scale)


def from_samples(samples: dict[str, np.ndarray]) -> Floor | None:
    """The floor in deviations by row, each about 0; None without two of a row."""
    samples = {row: one for row, one in samples.items() if len(one) > 1}
    if not samples:
        return None
    # What a sample's own centre took of its scatter is given back.
    samples = {row: one * np.sqrt(len(one) / (len(one) - 1)) for row, one in samples.items()}
    scale = max(float(NORMAL * np.median(np.abs(np.concatenate([*samples.values()])))), LEAST)
    own = {
        row: np.sqrt(
            (PRIOR * scale**2 + len(one) * (NORMAL * np.median(np.abs(one))) ** 2)
            / (PRIOR + len(one))
        )
        for row, one in samples.items()
    }
    shape = np.concatenate([one / own[row] for row, one in samples.items()])
    return Floor(
        scale,
        {row: float(own[row]) for row, one in samples.items() if len(one) >= ROW_RUNS},
        np.concatenate([shape, _heavy(SHAPE - len(shape))]),
        np.array([*own.values()]) / scale,
    )


def _heavy(count: int) -> np.ndarray:
    """As many quantiles of Student's law with 3 degrees of freedom; none for a count below 1."""
    count = max(count, 0)
    return stats.t(3).ppf((np.arange(count) + 0.5) / max(count, 1))


UNKNOWN = Floor(1.0, {}, _heavy(SHAPE), np.ones(1))
"""Where nothing is known: a scale of one unit."""


class Floors:
    """The floors of a machine, each worked out once.

    Args:
        noise: from its A/A runs; None for a machine without.
    """

    def __init__(self, noise: Noise | None) -> None:
        self._measures = {} if noise is None else noise.measures
        self._found: dict[tuple[str, bool], Floor | None] = {}

    def exact(self, measure: str) -> bool | None:
        """Whether a measure repeats to the byte; None where it is not known."""
        return self._measures[measure].exact if measure in self._measures else None

    def of(self, measure: str, paired: bool) -> Floor | None:
        """How a run deviates from the others of its row or, in pairs, from the next of its seed;
        None where no A/A runs tell."""
        if (measure, paired) not in self._found:
            noise = self._measures.get(measure)
            samples = {} if noise is None else (_steps if paired else _deviations)(noise)
            self._found[measure, paired] = from_samples(samples)
        return self._found[measure, paired]


def _deviations(noise: MeasureNoise) -> dict[str, np.ndarray]:
    return {row: noise.runs(row) for row in noise.rows}


def _steps(noise: MeasureNoise) -> dict[str, np.ndarray]:
    """From each run to the next, of the same seed where one was run twice."""
    found = {}
    for row, seeds in noise.rows.items():
        steps = [np.diff(mine) for mine in seeds.values() if len(mine) > 1]
        found[row] = np.concatenate(steps) if steps else np.diff(noise.runs(row))
    return found
