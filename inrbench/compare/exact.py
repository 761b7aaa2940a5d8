"""Measures of which one run tells: the status of a cell, and what repeats to the unit for a seed.

Of several seeds the one that has changed most counts. Runs of one seed that differ among
themselves tell nothing, and that is said.
"""

from __future__ import annotations

import math

from inrbench.cells.record import Record
from inrbench.compare.measures import MEASURES, Measure, seedless
from inrbench.compare.verdict import (
    FAILED,
    IMPROVED,
    MISSING,
    NEW,
    NOT_JUDGED,
    OK,
    STATUS,
    Change,
)


def is_exact(measure: Measure, record: Record) -> bool:
    """Whether a run of this method tells all of a measure."""
    return measure.exact or (measure.name == "mse" and seedless(record))


def status(base: list[Record], new: list[Record]) -> Change:
    """Whether seeds that ended well in BASE fail in NEW, or the other way.

    A cell repeats, so one seed is enough; a seed of which some runs failed before tells nothing.
    Without a seed in common the shares of failed cells are compared.
    """
    runs = len(base), len(new)
    if not base or not new:
        return Change(STATUS, NEW if new else MISSING, runs=runs)
    failed = [[record for record in side if record.status != "ok"] for side in (base, new)]
    old, now = (len(mine) / number for mine, number in zip(failed, runs, strict=True))
    lost, won = _turned(base, new), _turned(new, base)
    if not {r.cell.seed for r in base} & {r.cell.seed for r in new}:
        lost, won = now > old, now < old
    note = "; ".join(
        f"{len(mine)} of {number} {'/'.join(sorted({one.status for one in mine}))} in {which}"
        for mine, number, which in zip(failed, runs, ("BASE", "NEW"), strict=True)
        if mine
    )
    return Change(
        STATUS, FAILED if lost else IMPROVED if won else OK, old, now, runs=runs, note=note
    )


def _turned(before: list[Record], after: list[Record]) -> bool:
    """Whether a seed of which every run ended well fails in one."""
    failed, fails = ({r.cell.seed for r in side if r.status != "ok"} for side in (before, after))
    return bool(({r.cell.seed for r in before} - failed) & fails)


def lost(base: list[Record], new: list[Record]) -> list[Change]:
    """Of each number that all runs of BASE have and some runs of NEW that ended well have not."""
    found = []
    for measure in MEASURES.values():
        old, now = (
            [measure.of(r) is None for r in side if r.status == "ok"] for side in (base, new)
        )
        if old and not any(old) and any(now) and measure.name != "pace":
            note = f"NEW has none in {sum(now)} of {len(now)} runs"
            found.append(Change(measure.name, MISSING, note=note))
    return found


def exact_changes(base: list[Record], new: list[Record]) -> list[Change]:
    """Of each exact measure that both sides have."""
    found = []
    for measure in MEASURES.values():
        sides = [_by_seed(measure, side) for side in (base, new)]
        if is_exact(measure, base[0]) and all(sides):
            found.append(_changed_most(measure, *sides))
    return found


def _by_seed(measure: Measure, records: list[Record]) -> dict[int, set[float]]:
    found: dict[int, set[float]] = {}
    for record in records:
        if (value := measure.of(record)) is not None:
            found.setdefault(record.cell.seed, set()).add(value)
    return found


def _changed_most(
    measure: Measure, base: dict[int, set[float]], new: dict[int, set[float]]
) -> Change:
    runs = len(base), len(new)
    for side in (base, new):
        for seed, values in side.items():
            if len(values) > 1:
                note = f"{measure.name}: runs of seed {seed} differ among themselves"
                return Change(measure.name, NOT_JUDGED, runs=runs, note=note)
    pairs = [(min(base[seed]), min(new[seed])) for seed in base if seed in new]
    if not pairs:  # a number that is the same for all seeds needs none in common
        values = [set.union(*side.values()) for side in (base, new)]
        if max(map(len, values)) > 1:
            note = f"{measure.name}: no seed in common"
            return Change(measure.name, NOT_JUDGED, runs=runs, note=note)
        pairs = [(min(values[0]), min(values[1]))]
    old, now = max(pairs, key=lambda pair: abs(math.log(pair[1] / pair[0])))
    return Change(measure.name, measure.verdict(now / old), old, now, now / old, runs=runs)
