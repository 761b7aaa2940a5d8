"""The scale of a run's noise, row by row, and the shape of its law, from runs of the same code.

A row with few runs tells little of its scale, all rows together tell much (Smyth 2004, "Linear
models and empirical Bayes methods", Stat. Appl. Genet. Mol. Biol. 3): with s0 that of all rows and
s that of n degrees of freedom of the row's own,

    scale^2 = (prior s0^2 + n s^2) / (prior + n),

where `prior`, in degrees of freedom, is large if the rows are alike and small if they are not. A
run in twenty may be far off, so that s^2 is the mean square of the smaller three quarters of the
deviations. Deviations over the scale of their row, from all rows together, are the shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import special

from inrbench.compare.noise import Deviations, Noise
from inrbench.compare.together import level, put_together

PRIOR = 50
"""The most degrees of freedom that what is known of all rows may have."""
KEPT = 0.75
EFFICIENCY = 0.55
"""Degrees of freedom of the trimmed variance, over those of the variance (from normal draws)."""
SHAPE = 100
"""Fewer deviations than this are filled up with those of a heavy-tailed law, Student's with 3."""
ROWS = 5
"""From how many rows on their common scatter says how noisy a call is."""
LEAST = 1e-4
"""Scale below which a meter is not noisy but coarse."""

_EDGE = special.ndtri((1 + KEPT) / 2)
_NORMAL = 1 - 2 * _EDGE * np.exp(-(_EDGE**2) / 2) / (KEPT * np.sqrt(2 * np.pi))
"""Mean square of the smaller KEPT of normal deviations."""

Groups = dict[str, list[np.ndarray]]
"""By row: logarithms of runs that differ by noise alone, a group for each side and each file."""


@dataclass(frozen=True, eq=False)
class Floor:
    """Noise of one measure.

    Args:
        scale: of a run's logarithm, by row.
        sizes: of the groups of runs that tell it, by row; none where it is taken as one unit.
        prior: degrees of freedom of what is known of all rows.
        shape: deviations over their row's scale, with shape (deviations,).
    """

    scale: dict[str, float]
    sizes: dict[str, tuple[int, ...]]
    prior: float
    shape: np.ndarray


def of_groups(groups: Groups, most: float = PRIOR) -> Floor:
    """The floor in groups of runs, each about its own median; rows without two in one have none.

    Args:
        groups: by row.
        most: degrees of freedom that what is known of all rows may have.
    """
    groups = {row: [one for one in mine if len(one) > 1] for row, mine in groups.items()}
    groups = {row: mine for row, mine in groups.items() if mine}
    sizes = {row: tuple(map(len, mine)) for row, mine in groups.items()}
    pooled = {row: deviations(mine) for row, mine in groups.items()}
    variance = np.array([max(trimmed(one), LEAST**2) for one in pooled.values()])
    own = np.array([freedom(mine) for mine in sizes.values()])
    common = np.exp(np.average(np.log(variance), weights=own))
    # log(s^2) has a variance of about 2 / freedom: what is above that tells the rows apart.
    excess = np.var(np.log(variance)) - np.mean(2 / own)
    prior = min(2 / excess, most) if excess > 0 else most
    scales = np.sqrt(common * moderated(variance / common, own, prior))
    shape = np.concatenate([one / s for one, s in zip(pooled.values(), scales, strict=True)])
    return Floor(
        {row: float(s) for row, s in zip(pooled, scales, strict=True)},
        sizes,
        float(prior),
        np.concatenate([shape, _heavy(SHAPE - len(shape))]),
    )


def of_unit(rows: list[str], prior: float) -> Floor:
    """Where nothing is known: about one unit for all rows, and a heavy-tailed law."""
    return Floor(dict.fromkeys(rows, 1.0), dict.fromkeys(rows, ()), prior, _heavy(SHAPE))


def busier(known: Groups, own: Groups) -> float:
    """How many times the scale of its A/A runs a row of this call has: the median over the rows,
    and at least 1, of which fewer than `ROWS` tell nothing.

    Args:
        known: from A/A runs.
        own: the runs of this call.
    """
    quiet = of_groups(known).scale if known else {}
    own = {row: [one for one in mine if len(one) > 1] for row, mine in own.items()}
    ratios = [
        np.sqrt(trimmed(deviations(mine))) / quiet[row]
        for row, mine in own.items()
        if mine and row in quiet
    ]
    if len(ratios) < ROWS:
        return 1.0
    return max(1.0, float(np.median(ratios)))


def deviations(groups: list[np.ndarray]) -> np.ndarray:
    """Of groups with shapes (..., n), each from its median, with shape (..., all runs).

    What the median has taken of the scatter is given back.
    """
    about = [
        (one - np.median(one, axis=-1, keepdims=True))
        * np.sqrt(one.shape[-1] / (one.shape[-1] - 1))
        for one in groups
    ]
    return np.concatenate(about, axis=-1)


def trimmed(values: np.ndarray) -> np.ndarray:
    """Mean square of the smaller KEPT of the deviations, over that of a normal law's."""
    kept = int(np.ceil(KEPT * values.shape[-1]))
    squares = np.partition(values**2, kept - 1, axis=-1)[..., :kept]
    return squares.mean(-1) / _NORMAL


def freedom(sizes: tuple[int, ...]) -> float:
    """Degrees of freedom of `trimmed` over groups of these sizes."""
    return EFFICIENCY * sum(n - 1 for n in sizes)


def moderated(variance: np.ndarray, own: np.ndarray | float, prior: float) -> np.ndarray:
    """The variance of a row, with that of all rows as one."""
    return (prior + own * variance) / (prior + own)


def _heavy(count: int) -> np.ndarray:
    """As many quantiles of Student's law with 3 degrees of freedom; none for a count below 1."""
    count = max(count, 0)
    return special.stdtrit(3, (np.arange(count) + 0.5) / max(count, 1))


@dataclass(frozen=True)
class Machine:
    """What A/A runs say of a machine.

    Args:
        noise: of these runs; None for a machine without.
        busier: by measure, how many times that noise it has now; 1 where it is not named.
    """

    noise: Noise | None
    busier: Mapping[str, float] = field(default_factory=dict)

    def exact(self, measure: str) -> bool | None:
        """Whether a measure repeats to the byte; None where it is not known."""
        return self._exact.get(measure)

    def groups(self, measure: str, paired: bool) -> Groups:
        """How a run deviates from the others of its row; or, for pairs, from the next run of its
        seed."""
        return {row: self._groups(measure, m, paired) for row, m in self._rows(measure).items()}

    def together(
        self, measure: str, paired: bool, members: Mapping[str, tuple[str, ...]]
    ) -> Groups:
        """The same of rows put together, by the name of their group; of those groups of which it
        knows each row."""
        known = self._rows(measure)
        found = {}
        for name, names in members.items():
            if set(names) <= known.keys():
                rows = [known[row] for row in names]
                values = put_together(rows, [level(row) for row in rows])
                found[name] = self._groups(measure, values, paired)
        return found

    @cached_property
    def _exact(self) -> dict[str, bool | None]:
        measures = {} if self.noise is None else self.noise.measures
        return {name: measure.exact for name, measure in measures.items()}

    def _rows(self, measure: str) -> dict[str, Deviations]:
        known = self.noise is not None and measure in self.noise.measures
        return self.noise.measures[measure].rows if known else {}

    def _groups(self, measure: str, by_seed: Deviations, paired: bool) -> list[np.ndarray]:
        """All runs; or from each to the next, of the same seed where one was run twice."""
        factor = self.busier.get(measure, 1.0)
        every = [one for mine in by_seed.values() for one in mine]
        if not paired:
            return [factor * np.array(every)]
        again = [mine for mine in by_seed.values() if len(mine) > 1]
        return [factor * np.diff(mine) for mine in again or [every]]
