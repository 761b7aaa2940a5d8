"""What A/A runs would show: the law of the test statistic where nothing has changed.

    T = |size| / max(floor, scatter)

with size and scatter from `shift`: a change counts in units of the noise floor, or of the row's
own scatter where that is larger, so that neither a row that happens to look quiet nor one noisier
than its floor calls an alarm (Tusher, Tibshirani and Chu 2001, PNAS 98, for the idea). Its law is
no textbook's, so it is drawn: as many runs as there are, with the shape of the A/A deviations.
The scale of a row is not known but estimated, from a few runs of its own and those of the others
(`floor`), so each draw is multiplied by sqrt(k / chi^2_k), k its degrees of freedom, as in a
moderated t (Smyth 2004). Beyond
the largest 1 in 200 draws the law is continued as a power (Hill 1975, Ann. Statist. 3),

    P(T > t) = P(T > t0) (t / t0)^-a,    1 / a = mean of log(T / t0) over the draws above t0,

since a family of thousands of tests asks for smaller probabilities than draws can show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from inrbench.compare import shift as shifts
from inrbench.compare.floor import Floor

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
    scatter: float
    """Median."""

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
def draw(floor: Floor, paired: bool, runs: tuple[int, int], freedom: float) -> Null:
    """The law of T for a number of runs on each side.

    Args:
        floor: of the measure; of differences, where runs come in pairs.
        paired: whether they do.
        runs: of BASE and of NEW.
        freedom: degrees of freedom of the row's scale.
    """
    generator = np.random.default_rng(SEED)
    new = _deviations(floor.shape, runs[1], generator)
    if paired:  # its floor is that of differences
        base, new = np.zeros(1), new * generator.choice([-1, 1], new.shape)
    else:
        base = _deviations(floor.shape, runs[0], generator)
    scale = np.sqrt(freedom / generator.chisquare(freedom, (DRAWS, 1)))
    size, scatter = shifts.of(paired)(scale * base, scale * new)
    return Null(
        np.sort(np.abs(size) / np.maximum(scatter, 1)),
        float(np.quantile(size, 0.95)),
        float(np.quantile(np.abs(size), 0.99)),
        float(np.median(scatter)),
    )


def _deviations(shape: np.ndarray, runs: int, generator: np.random.Generator) -> np.ndarray:
    drawn = generator.choice(shape, (DRAWS, runs))
    return drawn + SMOOTHING * generator.standard_normal((DRAWS, runs))
