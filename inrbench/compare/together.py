"""Rows taken together: a change of time that they share shows where each one's noise hides it.

Of a group of rows, run by run (a seed, and its k-th repeat),

    value = median over the rows of (log of the row's run - level of its runs in BASE),

so that a network that is slower in all its cells, or a projector that is slower in all of them, is
tested once, with the noise of rows that scatter each for itself averaged out. The groups are all
rows, and the rows that have one of `AXES` in common. It is the median, as what half of the rows do
not do is no change that they share; a change that fewer share, if it is large, still moves it.

The rows that are put together have the same runs, so that each value is of the same rows: of each
row's runs, those of which most values come in all. Rows without them stay by themselves, and the
name of the group says of how many it is. A/A runs are put together in the same way, and so keep
what rows have in common there: a machine that drifts, drifts for all.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
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
    timed = [entry for entry in entries if entry.measure in CLOCKS]
    for comparable in (True, False):
        mine = [entry for entry in timed if entry.comparable == comparable]
        every = {entry.row: labels.get(entry.row, {}) for entry in mine}
        enough = [one for one in mine if _fewest(one) >= (least if comparable else 1)]
        for clock in CLOCKS:
            alike = _alike([entry for entry in enough if entry.measure == clock])
            for name, rows in members(alike, every).items():
                unit = "" if clock == CLOCKS[-1] else ", in seconds"
                found.append(_entry(name + unit, [alike[row] for row in rows]))
    return found


def _fewest(entry: Entry) -> int:
    """Of its sides."""
    return min(sum(map(len, side.values())) for side in (entry.base, entry.new))


def _alike(entries: list[Entry]) -> dict[str, Entry]:
    """By row, those that have the runs of one of them: of the one with the most values so."""
    runs = {
        entry.row: frozenset(
            (number, seed, k)
            for number, side in enumerate((entry.base, entry.new))
            for seed, values in side.items()
            for k in range(len(values))
        )
        for entry in entries
    }
    most = max(
        dict.fromkeys(runs.values()),
        key=lambda some: len(some) * sum(some <= mine for mine in runs.values()),
        default=frozenset(),
    )
    return {entry.row: entry for entry in entries if most <= runs[entry.row]}


def members(
    rows: Collection[str], labels: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[str, ...]]:
    """The rows of each group by its name, which says of how many; of two groups of the same rows,
    the first.

    Args:
        rows: that may be put together.
        labels: of each row that there is.
    """
    found = {}
    every = {"all": tuple(labels)} | {
        f"{axis} {text},": tuple(row for row, one in labels.items() if one.get(axis) == text)
        for axis in AXES
        for text in sorted({one[axis] for one in labels.values() if axis in one})
    }
    for name, whole in every.items():
        mine = tuple(row for row in whole if row in rows)
        if len(mine) >= LEAST_ROWS and mine not in found.values():
            of = "" if len(mine) == len(whole) else f"of {len(whole)} "
            found[f"{name} {len(mine)} {of}rows".removeprefix("all " if of else "")] = mine
    return found


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
