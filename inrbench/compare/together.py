"""Rows taken together: a change of time that they share shows where each one's noise hides it.

Of a group of rows, run by run (a seed, and its k-th repeat),

    value = median over the rows of (log of the row's run - level of its runs in BASE),

so that a network that is slower in all its cells, or a projector that is slower in all of them, is
tested once, with the noise of rows that scatter each for itself averaged out. The groups are all
rows, and the rows that have one of `AXES` in common. It is the median, as what half of the rows do
not do is no change that they share; a change that fewer share, if it is large, still moves it.

The rows of a call that are taken together have the same runs, so that each value is of the same
rows: those that most of them have, and enough for a test; the others stay by themselves. A/A runs
are put together in the same way, run by run, and so keep what rows have in common there: a machine
that drifts, drifts for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from inrbench.compare.measures import CLOCKS
from inrbench.compare.shift import middle
from inrbench.compare.verdict import Entry

AXES = ("method", "network", "objective", "gradient")
"""Of labels."""
LEAST_ROWS = 5
Seed = TypeVar("Seed", bound=Hashable)
Side = Mapping[Seed, Sequence[float]]
"""Logarithms of the runs of a row, by seed."""


def groups(
    entries: list[Entry], labels: Mapping[str, Mapping[str, str]], least: int
) -> list[Entry]:
    """An entry for each group of rows, by measure of time; those that compare apart from the rest.

    Args:
        entries: of the rows.
        labels: of each row.
        least: runs that a row has on either side, to be tested.
    """
    found = []
    for clock in CLOCKS:
        for comparable in (True, False):
            mine = _alike(
                [
                    entry
                    for entry in entries
                    if entry.measure == clock
                    and entry.comparable == comparable
                    and min(map(_runs, (entry.base, entry.new))) >= (least if comparable else 1)
                ]
            )
            for name, rows in members({row: labels.get(row, {}) for row in mine}).items():
                unit = "" if clock == CLOCKS[-1] else ", in seconds"
                found.append(_entry(name + unit, [mine[row] for row in rows]))
    return found


def _runs(side: Mapping[int, Sequence[float]]) -> int:
    return sum(map(len, side.values()))


def _alike(entries: list[Entry]) -> dict[str, Entry]:
    """By row, those that have the runs that most have."""

    def runs(entry: Entry) -> tuple:
        sides = ((s, len(v)) for side in (entry.base, entry.new) for s, v in sorted(side.items()))
        return (len(entry.base), *sides)

    most = Counter(map(runs, entries)).most_common(1)
    return {entry.row: entry for entry in entries if runs(entry) == most[0][0]}


def members(labels: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """The rows of each group by its name; of two groups of the same rows, the first."""
    every = tuple(labels)
    found = {f"all {len(every)} rows": every}
    for axis in AXES:
        for text in sorted({one[axis] for one in labels.values() if axis in one}):
            rows = tuple(row for row, one in labels.items() if one.get(axis) == text)
            if rows not in found.values():
                found[f"{axis} {text}, {len(rows)} rows"] = rows
    return {name: rows for name, rows in found.items() if len(rows) >= LEAST_ROWS}


def level(runs: Side[Seed]) -> float:
    """Mean of the middle of a row's runs. (About their median a run or two would lie still, and
    values scatter by a fifth too little.)"""
    return float(middle(np.array([one for mine in runs.values() for one in mine])).mean())


def put_together(rows: Sequence[Side[Seed]], levels: Sequence[float]) -> dict[Seed, list[float]]:
    """The values of rows, each from its level, by seed and in the order of its runs, of the runs
    that all rows have."""
    found: dict[Seed, list[float]] = {}
    for seed in rows[0]:
        runs = zip(*[row.get(seed, ()) for row in rows], strict=False)
        if values := [float(np.median(np.subtract(run, levels))) for run in runs]:
            found[seed] = values
    return found


def _entry(name: str, rows: list[Entry]) -> Entry:
    levels = [level(row.base) for row in rows]
    base, new = (
        put_together(side, levels) for side in ([r.base for r in rows], [r.new for r in rows])
    )
    return Entry(
        name, rows[0].measure, base, new,
        comparable=rows[0].comparable, members=tuple(row.row for row in rows),
    )  # fmt: skip
