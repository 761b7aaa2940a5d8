"""A verdict needs a test and a least effect.

What is measured decides how. Times and resident memory differ from run to run: NEW's runs are
tested against BASE's (`significance`), side by side, or in pairs where the two took turns. An MSE
hangs on the seed, so it is tested in pairs of one seed. What repeats to the byte (live tensor
bytes, the MSE of a method without random numbers) needs no test: the change of a seed is the
change.

The floor of times and memory comes from A/A runs (`noise`) and from how runs of one side differ.
Where the rows of one side scatter more than that, the machine was busier during it, and the floor
of all rows, and of what they share, is raised by as much (`floor.busier`).

Of an MSE, A/A runs say nothing on a CPU, where a seed repeats bit for bit, while the least change
of the code changes the rounding, and the rounding after some hundred iterations the image. How
much, each call shows itself: by how much the change of MSE differs from seed to seed, pooled over
the rows, as a share of what seeds differ by in the first place, row by row. In a call of fewer
than `floor.ROWS` rows that share is taken to be all of it, as for two runs that share no random
number. (On a GPU two runs of a seed differ, and that is in the same scatter.)
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

import numpy as np

from inrbench.compare.bootstrap import intervals
from inrbench.compare.floor import ROWS, Floor, Machine, busier, of_groups, of_unit
from inrbench.compare.measures import MEASURES, Measure
from inrbench.compare.shift import part_of, shift
from inrbench.compare.significance import (
    ALPHA,
    ALPHA_TOGETHER,
    Outcome,
    Sample,
    alike,
    holm,
    stacked,
    test,
    with_samples,
)
from inrbench.compare.verdict import (
    FEW,
    IMPROVED,
    MISSING,
    NEW,
    NOT_COMPARABLE,
    OK,
    Change,
    Entry,
)

RUNS = 5
"""Fewest runs on each side of a test: of 4 and 4 no rank test falls below 0.029."""
SEEDS = 6
"""Fewest pairs of seeds: of 5 no sign test falls below 0.06."""
BLIND = math.log(10)
"""A test that would not show a change of this size says nothing, and is as good as none."""


def judge(entries: list[Entry], machine: Machine, paired: bool = False) -> list[Change]:
    """A change for each entry.

    All rows and measures that are tested are one family for Holm's correction, at `ALPHA`. What
    rows share is another, at `ALPHA_TOGETHER`: among many rows its few tests would be lost.

    Args:
        entries: of all rows and measures.
        machine: what is known of its noise.
        paired: whether BASE's and NEW's runs of a seed took turns, so that drifts cancel.
    """
    samples = [_sample(entry, machine, paired) for entry in entries]
    changes = _sizes(entries, samples)
    for index, entry in enumerate(entries):
        changes[index] = _untested(entry, changes[index], machine)
    tested = [i for i, change in enumerate(changes) if not change.verdict]

    def family(measure: Measure, together: bool) -> list[int]:
        mine = [i for i in tested if entries[i].measure == measure.name]
        return [i for i in mine if bool(entries[i].members) == together]

    busy: dict[str, float] = {}  # by measure, as its rows show
    for together, alpha in ((False, ALPHA), (True, ALPHA_TOGETHER)):
        outcomes: dict[int, Outcome] = {}
        for measure in MEASURES.values():
            if mine := family(measure, together):
                chosen = [samples[i] for i in mine]
                members = {entries[i].row: entries[i].members for i in mine if together}
                floor = _floor(measure, chosen, machine, members)
                if not together:
                    busy[measure.name] = busier(floor, with_samples({}, chosen))
                found = test(chosen, floor, busy[measure.name])
                outcomes |= dict(zip(mine, found, strict=True))
        adjusted = holm([outcome.p for outcome in outcomes.values()])
        for (index, outcome), p in zip(outcomes.items(), adjusted, strict=True):
            changes[index] = _tested(changes[index], outcome, p <= alpha, alpha / len(outcomes))
            changes[index] = replace(changes[index], p=float(p))
    return changes


def _exact(entry: Entry, machine: Machine) -> bool:
    """Whether a run tells all: by its nature, unless runs of one seed differ, here or in A/A."""
    measure = MEASURES[entry.measure]
    if measure.paired:
        return entry.seedless
    told = machine.exact(entry.measure)
    expected = measure.exact if told is None else told
    sides = (*entry.base.values(), *entry.new.values())
    return expected and all(len(set(runs)) == 1 for runs in sides)


def _sample(entry: Entry, machine: Machine, paired: bool) -> Sample:
    """The runs as they are compared: a number for each seed in common, pairs of runs, or all."""
    shared = [seed for seed in entry.base if seed in entry.new]
    if _exact(entry, machine):
        return _exact_sample(entry, shared)
    if MEASURES[entry.measure].paired:
        base, new = (
            np.array([median(side[seed]) for seed in shared]) for side in (entry.base, entry.new)
        )
        return Sample(entry.row, base, new, "pairs", _spread(base, new))
    if paired:
        turns = [
            turn
            for seed in shared
            for turn in zip(entry.base[seed], entry.new[seed], strict=False)
        ]
        base, new = np.array(turns, float).reshape(-1, 2).T
        return Sample(entry.row, base, new, "pairs")
    base, new = (
        np.array([log for runs in side.values() for log in runs])
        for side in (entry.base, entry.new)
    )
    return Sample(entry.row, base, new, MEASURES[entry.measure].way)


def _exact_sample(entry: Entry, shared: list[int]) -> Sample:
    """The seed that has changed most, as one is enough; without one in common, where the seed
    changes nothing, any."""
    sides = [entry.base, entry.new]
    seeds = [(seed, seed) for seed in shared]
    if not seeds and all(sides) and _seedless(entry):
        seeds = [(min(entry.base), min(entry.new))]
    pairs = [(entry.base[a][0], entry.new[b][0]) for a, b in seeds]
    most = max(pairs, key=lambda pair: abs(pair[1] - pair[0]), default=None)
    base, new = ([], []) if most is None else ([most[0]], [most[1]])
    return Sample(entry.row, np.array(base, float), np.array(new, float), "pairs")


def _seedless(entry: Entry) -> bool:
    """Whether the seed changes nothing: by its nature, or as all runs of a side show."""
    sides = (entry.base, entry.new)
    return entry.seedless or all(len({v for r in side.values() for v in r}) == 1 for side in sides)


def _spread(base: np.ndarray, new: np.ndarray) -> float:
    """Scale of a difference between runs that share no random number; 1 where none is seen."""
    if len(base) < 2:
        return 1.0
    return float(np.sqrt(base.var(ddof=1) + new.var(ddof=1))) or 1.0


def _sizes(entries: list[Entry], samples: list[Sample]) -> list[Change]:
    """Sizes with their intervals, and no verdict yet."""
    found = [
        Change(entry.measure, "", runs=sample.runs, least=MEASURES[entry.measure].least)
        for entry, sample in zip(entries, samples, strict=True)
    ]
    for (way, n, m), members in alike(samples).items():
        if 0 in (n, m):
            continue
        base, new = stacked(samples, members)
        size = shift(base, new, way)[0]
        low, high = intervals(base, new, way)
        at = part_of(base, way).mean(-1)
        for k, i in enumerate(members):
            found[i] = replace(
                found[i],
                base=math.exp(at[k]),
                new=math.exp(at[k] + size[k]),
                size=float(size[k]),
                low=float(low[k]),
                high=float(high[k]),
            )
    return found


def _untested(entry: Entry, change: Change, machine: Machine) -> Change:
    """With the verdict that needs no test; without one where it does."""
    by_seed = MEASURES[entry.measure].paired
    same = by_seed and change.runs[0] > 0 and _same(entry)
    if not entry.new or not entry.base:
        return replace(change, verdict=NEW if entry.new else MISSING, note="one side has none")
    if not entry.comparable:
        return replace(change, verdict=NOT_COMPARABLE)
    if entry.gone:
        return replace(change, verdict=MISSING, note=f"NEW has none in {entry.gone} of its runs")
    if same:
        return replace(change, verdict=OK, findable=0.0, note="the same to the bit")
    if change.runs == (0, 0):
        return replace(change, verdict=FEW, note="no seed in common")
    if _exact(entry, machine):
        return replace(change, verdict=_verdict(change, change.least), findable=change.least)
    needed = SEEDS if by_seed else RUNS
    if min(change.runs) < needed:
        return replace(change, verdict=FEW, note=f"a test needs {needed}")
    return change


def _same(entry: Entry) -> bool:
    """Whether there are seeds in common, each with one and the same number on both sides."""
    shared = [seed for seed in entry.base if seed in entry.new]
    return bool(shared) and all(
        set(entry.base[seed]) == set(entry.new[seed]) and len(set(entry.base[seed])) == 1
        for seed in shared
    )


def _tested(change: Change, outcome: Outcome, differs: bool, level: float) -> Change:
    least = max(change.least, outcome.least)
    found = max(outcome.findable(level), least)
    verdict = _verdict(change, least) if differs else OK
    note = change.note
    if verdict == OK and found > BLIND:
        verdict, note = FEW, "these would not show a tenfold change: more runs, seeds or rows"
    return replace(change, verdict=verdict, least=least, findable=found, note=note)


def _verdict(change: Change, least: float) -> str:
    if abs(change.size) < least:
        return OK
    return MEASURES[change.measure].worse if change.size > 0 else IMPROVED


def _floor(
    measure: Measure,
    samples: list[Sample],
    machine: Machine,
    members: dict[str, tuple[str, ...]],
) -> Floor:
    """From A/A runs and this call; of an MSE from this call, or for few rows a whole spread.

    The latter is in units of a row's spread over seeds, which has few degrees of freedom itself.
    """
    if not measure.paired:
        pairs = samples[0].way == "pairs"
        known = (
            machine.together(measure.name, pairs, members)
            if members
            else machine.groups(measure.name, pairs)
        )
        return of_groups(with_samples(known, samples))
    if len(samples) < ROWS:
        return of_unit([sample.row for sample in samples], SEEDS - 1)
    return of_groups(with_samples({}, samples), SEEDS - 1)
