"""Verdicts: what became of a measure of a row, of a row, and of what rows share."""

from __future__ import annotations

import math
from dataclasses import dataclass

OK, IMPROVED, FEW, NOT_JUDGED = "ok", "improved", "not enough runs", "not judged"
FAILED = "failed"
WORSE = (FAILED, "worse", "more work", "larger", "slower")
MISSING, NEW = "missing", "new"
NOT_COMPARABLE = "not comparable"
STATUS = "status"
"""Beside the names of `measures.MEASURES`: whether the cells ended well."""
GRAVITY = (*WORSE, NOT_COMPARABLE, MISSING, FEW, IMPROVED, OK, NOT_JUDGED, NEW)
"""The gravest first: the verdict of a row is the first that one of its measures has."""


@dataclass(frozen=True)
class Change:
    """What became of one measure of a row.

    Args:
        measure: a name of `MEASURES`, or `STATUS`.
        verdict: one of the words above.
        base: what BASE's runs come to, in the measure's unit; of `STATUS` the share that failed.
        new: the same of NEW.
        ratio: of NEW to BASE; NaN where there is none.
        low: the lower end of its 95 % interval; NaN for an exact measure, or a single run.
        high: the upper end.
        runs: how many of BASE and of NEW stand behind it; seeds of an exact measure or an MSE.
        note: what else there is to say.
    """

    measure: str
    verdict: str
    base: float = math.nan
    new: float = math.nan
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    runs: tuple[int, int] = (0, 0)
    note: str = ""


@dataclass(frozen=True)
class ComparedRow:
    """A cell without its seed.

    Args:
        name: "<experiment>-<preset>/<data set>/<method>".
        labels: how tables write its parts.
        changes: of its status, then of each measure.
        fields: in which the sides differ; none for a row that is comparable.
    """

    name: str
    labels: dict[str, str]
    changes: tuple[Change, ...]
    fields: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The gravest of its measures' verdicts."""
        return min((change.verdict for change in self.changes), key=GRAVITY.index)

    @property
    def equal(self) -> bool:
        """Whether nothing differs at all."""
        measures = [change for change in self.changes if change.measure != STATUS]
        return self.verdict in (OK, FEW) and all(one.ratio == 1 for one in measures)


@dataclass(frozen=True)
class Shared:
    """What a group of rows has in common in a noisy measure.

    Args:
        name: "all rows", "network SIREN".
        of: how many rows the group has.
        measure: a name of `MEASURES`.
        verdict: one of the words above.
        rows: those of them that were tested.
        ratio: of NEW to BASE.
        p: adjusted for the groups of the measure; NaN where nothing was tested.
        least: the least ratio that counts.
        known: whether that is from A/A runs.
        runs: sweeps of BASE and of NEW, or pairs.
    """

    name: str
    of: int
    measure: str
    verdict: str
    rows: tuple[str, ...]
    ratio: float
    p: float
    least: float
    known: bool
    runs: tuple[int, int]
