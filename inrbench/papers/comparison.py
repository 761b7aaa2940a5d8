"""Comparisons: the numbers that a verdict rests on, and how they are written."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class ClaimComparison:
    """What one setting says about a claim.

    Args:
        dataset: as tables write it.
        of: the labels of what is compared, ("SIREN", "LS").
        values: a number for each seed. One that is not above 0 and finite has no logarithm: it
            goes to `failed`, lest it hide the others in their mean.
        failed: for each cell that was to be compared and could not be, its status or the reason.
        detail: what stands behind the value in the text, or why there is none.
        caveats: what keeps the value alone from bearing the claim out.
    """

    dataset: str
    of: tuple[str, ...]
    values: tuple[float, ...] = ()
    failed: tuple[str, ...] = ()
    detail: str = ""
    caveats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        odd = [value for value in self.values if not 0 < value < math.inf]
        fine = tuple(value for value in self.values if 0 < value < math.inf)
        object.__setattr__(self, "values", fine)
        object.__setattr__(
            self, "failed", (*self.failed, *(f"with a ratio of {value:g}" for value in odd))
        )

    @property
    def value(self) -> float:
        """Geometric mean over the seeds; NaN where there is none."""
        if not self.values:
            return math.nan
        return math.exp(sum(map(math.log, self.values)) / len(self.values))

    def __str__(self) -> str:
        least, most = (_digits(end(self.values, default=0)) for end in (min, max))
        spread = f" ({least} to {most})" if least != most else ""
        number = f"{_digits(self.value)}{spread}" if self.values else "–"
        failed = ", ".join(f"{count} {why}" for why, count in Counter(self.failed).items())
        behind = "".join(f" [{text}]" for text in (self.detail, failed) if text)
        return f"{', '.join(self.of)}: {number}{behind}"


def ratio(own: float, other: float) -> float:
    """own / other; infinite, which a `ClaimComparison` counts as failed, where the other is 0."""
    return own / other if other else math.inf


def text(every: list[ClaimComparison], within: int) -> str:
    """ "10 of 12 within. FORBILD: SIREN, LS: 1.08 (1.00 to 1.15); ..." """
    judged = sum(bool(one.values) for one in every)
    parts = [f"{within} of {judged} within"] if judged > 1 else []
    for dataset, group in groupby(every, key=lambda one: one.dataset):
        mine = list(group)
        texts = [str(one) for one in mine if one.values or one.failed]
        without = Counter(one.detail for one in mine if not one.values and not one.failed)
        texts += [f"{count} not compared [{why}]" for why, count in without.items()]
        parts.append(f"{dataset}: " + "; ".join(texts))
    return ". ".join(parts)


def _digits(value: float) -> str:
    """Three digits, the zeros among them too: 1.20."""
    return f"{value:#.3g}".rstrip(".")
