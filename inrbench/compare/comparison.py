"""BASE beside NEW: a row for each cell without its seed, and what they come to together."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

from inrbench.cells.records import Record
from inrbench.compare.busy import busy
from inrbench.compare.comparable import differing, machine_of
from inrbench.compare.floor import Machine
from inrbench.compare.judge import RUNS, judge
from inrbench.compare.measures import CLOCKS, MEASURES, clock_of
from inrbench.compare.noise import Noise
from inrbench.compare.runs import Runs
from inrbench.compare.together import LEAST_ROWS, groups
from inrbench.compare.verdict import (
    FEW,
    IMPROVED,
    MISSING,
    NEW,
    NOT_COMPARABLE,
    OK,
    STATUS,
    WORSE,
    Change,
    Entry,
    Logs,
)

GRAVITY = (*reversed(WORSE), NOT_COMPARABLE, MISSING, FEW, IMPROVED, OK, NEW)
"""Verdicts, the gravest first: that of a row is the first that one of its measures has."""
TENTH = 1.1
"""The change of time of which a note says in how many rows it would have been found."""
FINE, REGRESSION, UNREADABLE, DIFFERENT, TOO_FEW = range(5)
"""Exit codes."""


@dataclass(frozen=True)
class Row:
    """A cell without its seed.

    Args:
        name: "<experiment>-<preset>/<data set>/<method>".
        labels: how tables write its parts.
        changes: of its status, then of each measure that either side has.
        fields: in which the sides differ; none for a row that is comparable.
        members: the rows of a group.
    """

    name: str
    labels: dict[str, str]
    changes: tuple[Change, ...]
    fields: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The gravest of its measures' verdicts."""
        verdicts = {change.verdict for change in self.changes}
        return next(word for word in GRAVITY if word in verdicts)


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Args:
        base: the source of BASE.
        new: the source of NEW.
        rows: the gravest verdicts first.
        together: groups of them, see `together`; each with one change, of time.
        unread: a sentence for each record that could not be read.
        notes: sentences on what the verdicts rest on.
        warnings: sentences on what may have spoiled the runs.
    """

    base: str
    new: str
    rows: tuple[Row, ...]
    together: tuple[Row, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each verdict."""
        return Counter(row.verdict for row in self.rows)

    @property
    def exit_code(self) -> int:
        """The first that applies: 1 a regression, 2 a record that could not be read, 3 a row that
        is not comparable, 4 one without runs enough or missing in NEW; else 0.

        A regression comes first, as it is certain whatever else could not be told.
        """
        counts = self.counts
        if any(row.verdict in WORSE for row in (*self.rows, *self.together)):
            return REGRESSION
        if self.unread:
            return UNREADABLE
        if counts[NOT_COMPARABLE]:
            return DIFFERENT
        return TOO_FEW if counts[FEW] or counts[MISSING] else FINE


def compare(base: Runs, new: Runs, noise: Noise | None, paired: bool = False) -> Comparison:
    """Compare two sets of runs, row by row and measure by measure.

    Args:
        base: what was before.
        new: what is now.
        noise: of the machine that ran both; without it the scatter of the runs themselves is the
            floor, which knows nothing of what changes between one day and the next.
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
    entries: list[Entry] = []
    parts: dict[str, tuple[list[Record], list[Record], list[str]]] = {}
    for name in dict.fromkeys([*base.rows, *new.rows]):
        sides = [[run.record for run in side.rows.get(name, [])] for side in (base, new)]
        fields = differing(*sides, machines) if all(sides) else []
        parts[name] = (*sides, fields)
        if all(sides):
            entries += _entries(name, *(_turns(*sides) if paired else sides), not fields)
    labels = {name: (olds or news)[0].labels for name, (olds, news, _) in parts.items()}
    entries += groups(entries, labels, RUNS)
    changes: dict[str, list[Change]] = {}
    together: list[Row] = []
    for entry, change in zip(entries, judge(entries, Machine(noise), paired), strict=True):
        if entry.members:
            together.append(Row(entry.row, {}, (change,), members=entry.members))
        else:
            changes.setdefault(entry.row, []).append(change)
    rows = [
        Row(
            name,
            labels[name],
            (_status(olds, news, not fields), *changes.get(name, ())),
            tuple(fields),
        )
        for name, (olds, news, fields) in parts.items()
    ]
    rows.sort(key=lambda row: GRAVITY.index(row.verdict))
    return Comparison(
        base.source, new.source, tuple(rows), tuple(together), base.unread + new.unread,
        tuple(_notes(base, new, noise, rows, together)),
        tuple(f"{side.source}: {one}" for side in (base, new) for one in busy(side.records)),
    )  # fmt: skip


def _entries(name: str, base: list[Record], new: list[Record], comparable: bool) -> list[Entry]:
    """Of each measure that either side has."""
    method = (base or new)[0].spec.get("method", {})
    # What draws no initial weights and no samples gives one image, whatever the seed.
    seedless = not {"network", "sampler", "samplers"} & method.keys()
    found = []
    clock = clock_of([*base, *new], comparable)
    for measure in MEASURES:
        if measure in CLOCKS and measure != clock:
            continue
        sides = [_logs(side, measure) for side in (base, new)]
        if any(sides):
            gone = 0 if _without(base, measure) else _without(new, measure)
            found.append(Entry(name, measure, *sides, seedless, comparable, gone=gone))
    return found


def _turns(base: list[Record], new: list[Record]) -> tuple[list[Record], list[Record]]:
    """The runs that ended well on both sides, turn by turn: none whose partner failed."""
    found: tuple[list[Record], list[Record]] = ([], [])
    for seed in dict.fromkeys(record.cell.seed for record in base):
        sides = ([r for r in side if r.cell.seed == seed] for side in (base, new))
        for turn in zip(*sides, strict=False):
            if all(record.status == "ok" for record in turn):
                for side, record in zip(found, turn, strict=True):
                    side.append(record)
    return found


def _without(records: list[Record], measure: str) -> int:
    """How many runs that ended well have no such number."""
    return sum(r.status == "ok" and MEASURES[measure].log(r) is None for r in records)


def _logs(records: list[Record], measure: str) -> Logs:
    found: Logs = {}
    for record in records:
        if (log := MEASURES[measure].log(record)) is not None:
            found.setdefault(record.cell.seed, []).append(log)
    return found


def _status(base: list[Record], new: list[Record], comparable: bool) -> Change:
    """Whether seeds that ended well in BASE fail in NEW, or the other way.

    A cell repeats, so one seed is enough; a seed of which some runs failed before tells nothing.
    Without a seed in common the shares of failed cells are compared.
    """
    if not base or not new:
        return Change(STATUS, NEW if new else MISSING, runs=(len(base), len(new)))
    failed = [[record for record in side if record.status != "ok"] for side in (base, new)]
    old, now = (len(f) / len(side) for f, side in zip(failed, (base, new), strict=True))
    lost, won = _turned(base, new), _turned(new, base)
    if not {r.cell.seed for r in base} & {r.cell.seed for r in new}:
        lost, won = now > old, now < old
    verdict = "worse" if lost else IMPROVED if won else OK
    note = "; ".join(
        f"{len(f)} of {len(side)} {'/'.join(sorted({record.status for record in f}))} in {which}"
        for f, side, which in zip(failed, (base, new), ("BASE", "NEW"), strict=True)
        if f
    )
    return Change(
        STATUS, verdict if comparable else NOT_COMPARABLE, base=old, new=now,
        runs=(len(base), len(new)), note=note,
    )  # fmt: skip


def _turned(before: list[Record], after: list[Record]) -> bool:
    """Whether a seed of which every run ended well fails in one."""
    failed, fails = ({r.cell.seed for r in side if r.status != "ok"} for side in (before, after))
    return bool(({r.cell.seed for r in before} - failed) & fails)


def _notes(
    base: Runs, new: Runs, noise: Noise | None, rows: list[Row], together: list[Row]
) -> list[str]:
    notes = []
    clocks = {
        row.name: change for row in rows for change in row.changes if change.measure in CLOCKS
    }
    if not clocks and any(len(row.changes) > 1 for row in rows):
        notes.append("No times were compared: neither side has any.")
    for side in (base, new):
        if side.copies:
            notes.append(f"{side.source}: {side.copies} copies of other records count once.")
    if noise is None:
        notes.append(
            "No A/A runs of this machine on as many threads are at hand (`inrbench noise` makes "
            "them): the floor is "
            "the scatter of these runs themselves, which knows nothing of how one day differs "
            "from the next."
        )
    elif any(not row.fields for row in rows):
        known = [name for name, one in clocks.items() if name in noise.rows(one.measure)]
        notes.append(
            f"Noise floor from {noise.runs} A/A runs of {noise.created[:10]}, which have times of "
            f"{len(known)} of these {len(clocks)} rows."
        )
    paced = {name for name, change in clocks.items() if change.measure == "pace"}
    readings = [[_yardstick(side, row) for side in (base, new)] for row in paced]
    if ratios := [now / before for before, now in readings if before and now]:
        slower = 100 * (median(ratios) - 1)
        notes.append(
            f"Times of {len(paced)} rows are in units of a yardstick, a fixed piece of work timed "
            f"beside each run: the machine itself took {abs(slower):.1f} % "
            f"{'more' if slower > 0 else 'less'} time for it in NEW."
        )
    found = [one.findable for one in clocks.values() if math.isfinite(one.findable)]
    if len(found) > 1:
        shown = sum(one <= math.log(TENTH) for one in found)
        notes.append(
            f"A change of time of {100 * (TENTH - 1):.0f} % would have been found in {shown} of "
            f"the {len(found)} rows whose times were tested, each by itself."
        )
    if len(found) >= LEAST_ROWS and not together:
        notes.append(
            f"What rows share was not tested: no {LEAST_ROWS} of them have the same runs."
        )
    return notes


def _yardstick(side: Runs, row: str) -> float | None:
    """In seconds, the median of a row's runs that have one."""
    readings = [run.record.time.yardstick for run in side.rows[row]]
    return median(found) if (found := [one for one in readings if one]) else None
