"""Rows taken together: a change of time that they share shows where each one's noise hides it.

Of a group of rows, run by run (a seed, and its k-th repeat),

    value = mean over the middle rows of (log of the row's run - median of its runs in BASE),

so that a network that is slower in all its cells, or a projector that is slower in all of them, is
tested once, with the noise of rows that scatter each for itself averaged out. The groups
are all rows, and the rows that have a label in common: a network, an objective, a gradient mode.
The middle is that of `shift.middle`: one row alone, however slow, is no change that rows share.

A/A runs are put together in the same way, run by run, and so keep what rows have in common there:
a machine that drifts, drifts for all.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from inrbench.compare.measures import CLOCKS
from inrbench.compare.shift import middle
from inrbench.compare.verdict import Entry

LEAST_ROWS = 3
Seed = TypeVar("Seed", bound=Hashable)


def groups(entries: list[Entry], labels: Mapping[str, Mapping[str, str]]) -> list[Entry]:
    """An entry for each group of rows, by measure of time; those that compare apart from the rest.

    Args:
        entries: of the rows.
        labels: of each row.
    """
    found = []
    for clock in CLOCKS:
        for comparable in (True, False):
            mine = {
                entry.row: entry
                for entry in entries
                if entry.measure == clock
                and entry.comparable == comparable
                and entry.base
                and entry.new
            }
            for name, rows in members({row: labels.get(row, {}) for row in mine}).items():
                found.append(_entry(name, [mine[row] for row in rows]))
    return found


def members(labels: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """The rows of each group by its name; of two groups of the same rows, the first."""
    every = tuple(labels)
    found = {f"all {len(every)} rows": every}
    for axis in dict.fromkeys(axis for one in labels.values() for axis in one):
        for text in sorted({one[axis] for one in labels.values() if axis in one}):
            rows = tuple(row for row, one in labels.items() if one.get(axis) == text)
            if rows not in found.values():
                found[f"{axis} {text}, {len(rows)} rows"] = rows
    return {name: rows for name, rows in found.items() if len(rows) >= LEAST_ROWS}


def put_together(rows: Sequence[Mapping[Seed, Sequence[float]]]) -> dict[Seed, list[float]]:
    """The values, by seed and in the order of its runs, of rows that have been centred.

    A run that less than half of the rows have tells too little of them all, and is left out.
    """
    found: dict[Seed, list[float]] = {}
    for seed in dict.fromkeys(seed for row in rows for seed in row):
        runs = [row.get(seed, ()) for row in rows]
        for k in range(max(map(len, runs))):
            values = [mine[k] for mine in runs if len(mine) > k]
            if 2 * len(values) >= len(rows):
                found.setdefault(seed, []).append(float(middle(np.array(values)).mean()))
    return found


def _entry(name: str, rows: list[Entry]) -> Entry:
    centres = [np.median([one for runs in row.base.values() for one in runs]) for row in rows]
    base, new = (
        put_together(
            [
                {seed: [one - centre for one in runs] for seed, runs in side.items()}
                for side, centre in zip(sides, centres, strict=True)
            ]
        )
        for sides in ([row.base for row in rows], [row.new for row in rows])
    )
    return Entry(
        name, rows[0].measure, base, new,
        comparable=rows[0].comparable, members=tuple(row.row for row in rows),
    )  # fmt: skip
