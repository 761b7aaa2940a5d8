"""BASE beside NEW: a row for each cell without its seed, and what rows share.

An exact measure gives a row its verdict by one run (`exact`). Of a noisy one a row has a ratio
with its interval (`ratio`), and a verdict only where the whole interval lies beyond `BEYOND`; what
rows share is tested (`groups`), and has to exceed what runs of the same code differ by (`noise`).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median

from inrbench.cells.record import Record
from inrbench.compare import groups
from inrbench.compare.comparable import busy, differing, machine_of
from inrbench.compare.exact import exact_changes, is_exact, lost, status
from inrbench.compare.measures import CLOCKS, MEASURES, clock_of
from inrbench.compare.noise import Noise
from inrbench.compare.notes import notes
from inrbench.compare.ratio import BEYOND, RUNS, Sides, ratios
from inrbench.compare.runs import Runs
from inrbench.compare.verdict import (
    FEW,
    GRAVITY,
    MISSING,
    NOT_COMPARABLE,
    OK,
    WORSE,
    Change,
    ComparedRow,
    Shared,
)

REGRESSION, UNREADABLE = 1, 2
"""Exit codes, of which the first wins."""


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Args:
        base: the source of BASE.
        new: the source of NEW.
        rows: the gravest verdicts first.
        shared: what groups of rows share, the gravest first.
        unread: a sentence for each record that could not be read.
        notes: sentences on what the verdicts rest on.
        warnings: sentences on what may have spoiled the runs.
    """

    base: str
    new: str
    rows: tuple[ComparedRow, ...]
    shared: tuple[Shared, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each verdict."""
        return Counter(row.verdict for row in self.rows)

    @property
    def exit_code(self) -> int:
        """The first that applies: 1 a regression, 2 a record that could not be read, 3 a row that
        is not comparable, 4 one without runs enough or missing in NEW; else 0."""
        verdicts = {one.verdict for one in (*self.rows, *self.shared)}
        if verdicts & set(WORSE):  # certain, whatever else is not known
            return REGRESSION
        if self.unread:
            return UNREADABLE
        return 3 if NOT_COMPARABLE in verdicts else 4 if verdicts & {FEW, MISSING} else 0


@dataclass(frozen=True)
class _Noisy:
    """A noisy measure of a row: logarithms by sweep, or of an MSE by seed."""

    row: str
    measure: str
    base: groups.Logs
    new: groups.Logs
    paired: bool

    @property
    def pairs(self) -> groups.Logs:
        """Differences of the runs that both sides have."""
        return {key: self.new[key] - self.base[key] for key in self.base if key in self.new}

    @property
    def sides(self) -> Sides:
        keys = [list(self.pairs)] * 2 if self.paired else [list(self.base), list(self.new)]
        return Sides(tuple(self.base[key] for key in keys[0]),
                     tuple(self.new[key] for key in keys[1]), self.paired)  # fmt: skip


def compare(base: Runs, new: Runs, noise: Noise | None = None, paired: bool = False) -> Comparison:
    """Compare two sets of runs, row by row and measure by measure.

    Args:
        base: what was before.
        new: what is now.
        noise: of the machine that ran both; without it what rows share has to exceed no more than
            the measure's own least change.
        paired: whether the runs of both sides took turns, cell by cell.

    Raises:
        ValueError: the noise of another machine than that of the runs.
    """
    machines = machine_of(base.records), machine_of(new.records)
    keys = [record.machine["key"] for record in base.records if record.machine.get("key")]
    if noise is not None and keys and not any(map(noise.of_machine, keys)):
        raise ValueError(
            f"the noise was measured on {noise.key.get('device')} and the runs of {base.source} "
            f"on {keys[0].get('device')}: name the noise of their machine, or none"
        )
    rows: dict[str, ComparedRow] = {}
    noisy: list[_Noisy] = []
    for name in dict.fromkeys([*base.rows, *new.rows]):
        sides = [[run.record for run in side.rows.get(name, [])] for side in (base, new)]
        changes, fields = [status(*sides)], []
        if all(sides):
            fields = differing(*sides, machines)
            missing = lost(*sides)
            without = {change.measure for change in missing}
            changes += missing
            changes += [one for one in exact_changes(*sides) if one.measure not in without]
            noisy += [one for one in _noisy(name, *sides, paired, not fields)
                      if one.measure not in without]  # fmt: skip
        rows[name] = ComparedRow(
            name, (sides[0] or sides[1])[0].labels, tuple(changes), tuple(fields)
        )
    found = ratios([one.sides for one in noisy]).tolist()
    for one, (ratio, low, high) in zip(noisy, found, strict=True):
        row = rows[one.row]
        rows[one.row] = replace(row, changes=(*row.changes, _change(one, ratio, low, high)))
    for name, row in rows.items():
        if row.fields:
            refused = tuple(replace(one, verdict=NOT_COMPARABLE) for one in row.changes)
            rows[name] = replace(row, changes=refused)
    shared = _shared(noisy, rows, None if paired else noise)
    return Comparison(
        base.source, new.source,
        tuple(sorted(rows.values(), key=lambda row: GRAVITY.index(row.verdict))),
        tuple(sorted(shared, key=lambda one: GRAVITY.index(one.verdict))),
        base.unread + new.unread,
        tuple(notes(base, new, list(rows.values()), shared, noise, paired)),
        tuple(f"{side.source}: {one}" for side in (base, new) for one in busy(side.records)),
    )  # fmt: skip


def _noisy(
    row: str, base: list[Record], new: list[Record], paired: bool, comparable: bool
) -> list[_Noisy]:
    """Of each noisy measure that both sides have."""
    clock = clock_of([*base, *new]) if comparable and not paired else "time"
    found = []
    for measure in MEASURES.values():
        if is_exact(measure, base[0]) or (measure.name in CLOCKS and measure.name != clock):
            continue
        sides = [_logs(measure.name, records) for records in (base, new)]
        if all(sides):
            common = bool(sides[0].keys() & sides[1].keys())
            pairs = common and (paired or measure.name == "mse")
            found.append(_Noisy(row, measure.name, *sides, pairs))
    return found


def _logs(measure: str, records: list[Record]) -> groups.Logs:
    """By sweep, a seed and its k-th repeat, failed ones counted; an MSE hangs on the seed."""
    by_seed: dict[int, list[float | None]] = {}
    for record in records:
        by_seed.setdefault(record.cell.seed, []).append(MEASURES[measure].of(record))
    if measure == "mse":
        there = {seed: [one for one in mine if one] for seed, mine in by_seed.items()}
        return {seed: math.log(median(mine)) for seed, mine in there.items() if mine}
    return {
        (seed, k): math.log(one)
        for seed, mine in by_seed.items()
        for k, one in enumerate(mine)
        if one
    }


def _change(one: _Noisy, ratio: float, low: float, high: float) -> Change:
    sides, measure = one.sides, MEASURES[one.measure]
    levels = [math.exp(median(side)) for side in (sides.base, sides.new)]
    verdict = OK
    if one.measure == "mse" and sides.base == sides.new:
        pass  # to the bit, which needs no runs
    elif min(sides.runs) < RUNS:
        verdict = FEW
    elif low > BEYOND or high < 1 / BEYOND:
        verdict = measure.verdict(ratio)
    return Change(one.measure, verdict, *levels, ratio, low, high, sides.runs)


def _shared(
    noisy: list[_Noisy], rows: dict[str, ComparedRow], noise: Noise | None
) -> list[Shared]:
    """The test of each noisy measure in each group of rows; ratios where none may be judged."""
    found = []
    for comparable in (True, False):
        for measure in MEASURES.values():
            mine = [one for one in noisy
                    if one.measure == measure.name and comparable != bool(rows[one.row].fields)
                    ]  # fmt: skip
            by_group = groups.members({one.row: rows[one.row].labels for one in mine})
            pairs = {one.row: one.pairs for one in mine if one.paired}
            alone = [one for one in mine if not one.paired]
            tests = groups.exchange_pairs(pairs, by_group) if pairs else groups.exchange_sweeps(
                {one.row: one.base for one in alone}, {one.row: one.new for one in alone}, by_group
            )  # fmt: skip
            for name, test in tests.items():
                floor = None
                if noise is not None and not pairs:
                    floor = noise.floor(measure.name, test.rows, test.runs)
                least = max(measure.least, math.exp(floor or 0.0))
                verdict = OK
                if not comparable:
                    verdict = NOT_COMPARABLE
                elif math.isnan(test.p):
                    verdict = FEW
                elif test.p <= groups.ALPHA and abs(test.size) > math.log(least):
                    verdict = measure.verdict(math.exp(test.size))
                found.append(Shared(name, len(by_group[name]), measure.name, verdict, test.rows,
                                    math.exp(test.size), test.p, least, floor is not None,
                                    test.runs))  # fmt: skip
    return found
