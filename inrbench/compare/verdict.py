"""Verdicts: what became of one measure of a row."""

from __future__ import annotations

import math
from dataclasses import dataclass

OK, IMPROVED, FEW = "ok", "improved", "not enough runs"
WORSE = ("slower", "larger", "more work", "worse")
MISSING, NEW = "missing", "new"
NOT_COMPARABLE = "not comparable"
STATUS = "status"
"""Beside the names of `measures.MEASURES`: whether the cells ended well."""
Logs = dict[int, list[float]]
"""Logarithms of runs by seed, the earliest first."""


@dataclass(frozen=True)
class Entry:
    """One measure of a row, before its verdict.

    Args:
        row: its name.
        measure: a name of `MEASURES`.
        base: of BASE's runs that ended well.
        new: of NEW's.
        seedless: whether the method draws no random number.
        comparable: whether a verdict may be given; else there is a ratio only.
        members: the rows that this one puts `together`; none for a row of its own.
        gone: how many of NEW's runs that ended well have no such number, where BASE's all have.
    """

    row: str
    measure: str
    base: Logs
    new: Logs
    seedless: bool = False
    comparable: bool = True
    members: tuple[str, ...] = ()
    gone: int = 0


@dataclass(frozen=True)
class Change:
    """What became of one measure of a row.

    Args:
        measure: a name of `MEASURES`, or `STATUS`.
        verdict: one of the words above.
        base: what BASE's runs come to, in the measure's unit; NaN without.
        new: the same of NEW.
        size: log(NEW / BASE); NaN where there is none.
        low: the lower end of its 95 % confidence interval.
        high: the upper end.
        runs: how many of BASE and of NEW stand behind it.
        p: adjusted for the number of tests; NaN where nothing was tested.
        least: the least effect, a logarithm.
        findable: the change that these runs would have shown in 95 of 100 cases, a logarithm.
        note: what else there is to say.
    """

    measure: str
    verdict: str
    base: float = math.nan
    new: float = math.nan
    size: float = math.nan
    low: float = math.nan
    high: float = math.nan
    runs: tuple[int, int] = (0, 0)
    p: float = math.nan
    least: float = math.nan
    findable: float = math.nan
    note: str = ""
