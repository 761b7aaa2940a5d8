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
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from inrbench.compare.noise import Deviations, Noise
from inrbench.compare.together import LEAST_ROWS, level, put_together

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


def busier(floor: Floor, own: Groups) -> float:
    """How many times the floor the noisier side of a call has:

        max over its sides of (scale of all rows' deviations, each over its row's floor)
            / (1 + 1 / (2 sqrt(rows))),

    the latter for what chance makes of it, and at least 1. Fewer than `ROWS` rows tell nothing.

    The floor of a row takes both sides together, and so underrates a machine that was busy during
    one of them: trimming leaves out what it did then.

    Args:
        floor: of the rows.
        own: the sides of each row in this call, or its differences.
    """
    if len(own) < ROWS:
        return 1.0
    sides = zip(*own.values(), strict=True)
    scales = [
        np.sqrt(trimmed(np.concatenate([
            deviations([one]) / floor.scale[row] for row, one in zip(own, side, strict=True)
        ])))
        for side in sides
    ]  # fmt: skip
    return max(1.0, float(max(scales)) / (1 + 0.5 / np.sqrt(len(own))))


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
    """

    noise: Noise | None

    def exact(self, measure: str) -> bool | None:
        """Whether a measure repeats to the byte; None where it is not known."""
        return self._exact.get(measure)

    def groups(self, measure: str, paired: bool) -> Groups:
        """How a run deviates from the others of its row; or, for pairs, from the next run of its
        seed."""
        return {row: _groups(mine, paired) for row, mine in self._rows(measure).items()}

    def together(
        self, measure: str, paired: bool, members: Mapping[str, tuple[str, ...]]
    ) -> Groups:
        """The same of rows put together, by the name of their group: of those that it knows, where
        these are `LEAST_ROWS` or more."""
        known = self._rows(measure)
        found = {}
        for name, names in members.items():
            rows = [known[row] for row in names if row in known]
            if len(rows) >= LEAST_ROWS:
                values = put_together(rows, [level(row) for row in rows])
                found[name] = _groups(values, paired)
        return found

    @cached_property
    def _exact(self) -> dict[str, bool | None]:
        measures = {} if self.noise is None else self.noise.measures
        return {name: measure.exact for name, measure in measures.items()}

    def _rows(self, measure: str) -> dict[str, Deviations]:
        return {} if self.noise is None else self.noise.rows(measure)


def _groups(by_seed: Deviations, paired: bool) -> list[np.ndarray]:
    """All runs; or what each differs by from the next, of the same seed if it was run twice."""
    every = [one for mine in by_seed.values() for one in mine]
    if not paired:
        return [np.array(every)]
    again = [mine for mine in by_seed.values() if len(mine) > 1]
    return [np.concatenate([np.diff(mine) for mine in again or [every]])]
