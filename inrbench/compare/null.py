"""What A/A runs would show: the law of the test statistic where nothing has changed.

    T = |size| / max(floor, scatter)

with size and scatter from `shift`: a change counts in units of the noise floor, or of the row's
own scatter where that is larger, so that neither a row that happens to look quiet nor one noisier
than its floor calls an alarm (Tusher, Tibshirani and Chu 2001, PNAS 98, for the idea). Its law is
no textbook's, so the whole procedure is drawn: the scale of a row (its square one over a chi^2,
with the degrees of freedom of what is known of all rows), the row's runs with the shape of the A/A
deviations, its own A/A runs likewise, and from these the floor as `floor` has it. Beyond the
largest 1 in 200 draws the law is continued as a power (Hill 1975, Ann. Statist. 3),

    P(T > t) = P(T > t0) (t / t0)^-a,    1 / a = mean of log(T / t0) over the draws above t0,

since a family of thousands of tests asks for smaller probabilities than draws can show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from inrbench.compare.floor import Floor, deviations, freedom, moderated, trimmed
from inrbench.compare.shift import Way, shift

DRAWS = 50_000
SEED = 0
TAIL = 0.005
SMOOTHING = 0.2
"""Width of the normal kernel about each A/A deviation, in scales of its row."""


@dataclass(frozen=True)
class Null:
    """Draws of T, sorted; sizes and the middle scatter in units of the floor."""

    statistic: np.ndarray
    quantile95: float
    """Of the signed size: what a real change may lose by chance."""
    quantile99: float
    """Of |size|: what A/A runs differ by in 99 of 100."""

    @cached_property
    def _tail(self) -> tuple[float, float]:
        above = self.statistic[int(len(self.statistic) * (1 - TAIL)) :]
        return above[0], 1 / np.mean(np.log(above / above[0]))

    def p(self, t: float) -> float:
        """P(T > t), two-sided as T has no sign."""
        start, exponent = self._tail
        if t > start:
            return float(TAIL * (t / start) ** -exponent)
        return float(1 - np.searchsorted(self.statistic, t) / len(self.statistic))

    def critical(self, p: float) -> float:
        """The t with P(T > t) = p."""
        start, exponent = self._tail
        if p >= TAIL:
            return float(np.quantile(self.statistic, 1 - p))
        return float(start * (p / TAIL) ** (-1 / exponent))


@lru_cache(maxsize=64)
def draw(floor: Floor, way: Way, runs: tuple[int, int], sizes: tuple[int, ...]) -> Null:
    """The law of T for a number of runs on each side.

    Args:
        floor: of the measure; of differences, where runs come in pairs.
        way: how they are compared.
        runs: of BASE and of NEW.
        sizes: of the groups of runs that tell the row's scale, those of this call last.
    """
    generator = np.random.default_rng(SEED)
    paired = way == "pairs"
    scale = np.sqrt(floor.prior / generator.chisquare(floor.prior, (DRAWS, 1)))
    sides = [scale * _deviations(floor.shape, n, generator) for n in runs[paired:]]
    if paired:  # its floor is that of differences
        sides = [side * generator.choice([-1, 1], side.shape) for side in sides]
    size, scatter = shift(*([np.zeros(1), *sides] if paired else sides), way)
    unit = np.ones(DRAWS)
    if sizes:
        others = [scale * _deviations(floor.shape, n, generator) for n in sizes[: -len(sides)]]
        own = trimmed(deviations([*others, *sides]))
        unit = np.sqrt(moderated(own, freedom(sizes), floor.prior))
    return Null(
        np.sort(np.abs(size) / np.maximum(scatter, unit)),
        float(np.quantile(size / unit, 0.95)),
        float(np.quantile(np.abs(size) / unit, 0.99)),
    )


def _deviations(shape: np.ndarray, runs: int, generator: np.random.Generator) -> np.ndarray:
    drawn = generator.choice(shape, (DRAWS, runs))
    return drawn + SMOOTHING * generator.standard_normal((DRAWS, runs))
