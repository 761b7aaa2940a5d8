"""Two methods: two selections of the rows of one result beside each other.

A selection is a part of the labels, "gradient=autograd" or "network=SIREN", or the name of a
method. Rows of the two are partners if they agree in the data set and in every part that both
have, but for those that both selections name; their runs are pairs of one seed. Of each measure

    ratio = exp( M over seeds of log(other / rows) ),    M the mean of the middle half,

stands with its 95 % interval, and over all pairs of rows the same of the rows' ratios. It is a
description and no verdict: the two are meant to differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from inrbench.cells.record import Record
from inrbench.compare import comparable
from inrbench.compare.measures import MEASURES, Measure
from inrbench.compare.ratio import Sides, ratios
from inrbench.compare.runs import Runs
from inrbench.compare.verdict import OK, Change
from inrbench.registry import nearest

SHOWN = {
    "time": MEASURES["time"],
    "total": Measure("total", "slower", lambda record: record.time.total),
    **{name: one for name, one in MEASURES.items() if name not in ("time", "pace")},
}
"""Seconds an iteration and in all, memory, work and MSE."""

Rows = dict[str, list[Record]]
Selection = dict[str, str]
"""Text by axis, one of the labels' or "method"."""


@dataclass(frozen=True)
class Pair:
    """A row of either selection.

    Args:
        labels: parts that both have, the data set first.
        rows: their names.
        changes: of each measure that both have; the ratio is other / rows.
        fields: of the machine, and of the parameters beside the selected ones, that differ.
    """

    labels: dict[str, str]
    rows: tuple[str, str]
    changes: tuple[Change, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What `beside` found.

    Args:
        source: of the runs.
        rows, other: the selections, as they were asked for.
        pairs: in the order of the rows.
        together: the middle of all pairs by measure; none for a single pair.
        alone: rows of either selection without a partner.
        failed: rows with runs that failed, which are in no ratio, and how many.
        unread: a sentence for each record that could not be read.
    """

    source: str
    rows: str
    other: str
    pairs: tuple[Pair, ...]
    together: tuple[Change, ...]
    alone: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def beside(runs: Runs, rows: Sequence[str], other: Sequence[str]) -> Beside:
    """Set two selections of one result beside each other.

    Args:
        runs: the result.
        rows: selections that a row must all meet.
        other: those of its partner.

    Raises:
        ValueError: a selection that no row meets, no partners, or a row with several partners.
    """
    every = {name: [run.record for run in mine] for name, mine in runs.rows.items()}
    selections = [dict(map(_parsed, words)) for words in (rows, other)]
    mine, theirs = (_select(every, one, runs.source) for one in selections)
    axes = _axes(selections, [mine, theirs])
    partners = {
        name: [one for one in theirs if one != name and _agree(every[name], every[one], axes)]
        for name in mine
    }
    for name, found in partners.items():
        if len(found) > 1:
            raise ValueError(
                f"{name} has {len(found)} partners, such as {found[0]} and {found[1]}: "
                "name one more part, such as --with objective=LS, or swap the two"
            )
    named = [", ".join(words) for words in (rows, other)]
    both = [(name, found[0]) for name, found in partners.items() if found]
    if not both:
        raise ValueError(
            f"no row of {named[0]} has a partner of {named[1]}: the two must agree in "
            "the data set and in all parts that are not named"
        )
    pairs = [_pair(every, pair, axes) for pair in both]
    taken = {name for pair in both for name in pair}
    failed = {name: sum(r.status != "ok" for r in every[name]) for name in sorted(taken)}
    return Beside(
        runs.source, *named, tuple(pairs), _together(pairs),
        tuple(name for name in (*mine, *theirs) if name not in taken),
        tuple(f"{name}: {n} of {len(every[name])}" for name, n in failed.items() if n),
        runs.unread,
    )  # fmt: skip


def _parsed(word: str) -> tuple[str, str]:
    """("gradient", "autograd"); ("method", "cgls") of a word alone."""
    axis, equals, text = word.partition("=")
    return (axis.strip(), text.strip()) if equals else ("method", word.strip())


def _select(rows: Rows, selection: Selection, source: str) -> Rows:
    for axis, text in selection.items():
        names = {name: _names(mine[0], axis) for name, mine in rows.items()}
        rows = {name: rows[name] for name, known in names.items()
                if text.casefold() in map(str.casefold, known)}  # fmt: skip
        if not rows:
            known = sorted({one for some in names.values() for one in some})
            raise ValueError(f"{source}: no row has {axis}={text}; {nearest(text, known)}")
    return rows


def _names(record: Record, axis: str) -> list[str]:
    """What a part is called, in tables and as registered; a method also by its folder."""
    part = record.spec["dataset"] if axis == "dataset" else record.spec["method"].get(axis)
    registered = part.get("name") if isinstance(part, dict) else None
    own = [record.cell.method, record.spec["method"]["name"]] if axis == "method" else []
    return [one for one in (record.labels.get(axis), registered, *own) if one]


def _axes(selections: list[Selection], chosen: list[Rows]) -> set[str]:
    """Parts in which partners may differ: those that both selections name, and the method where
    either names one; all but the data set where one names a row by its folder."""
    axes = set.intersection(*map(set, selections))
    for selection, rows in zip(selections, chosen, strict=True):
        if "method" in selection:
            axes |= {"method"}
            record = next(iter(rows.values()))[0]
            if selection["method"].casefold() == record.cell.method.casefold():
                axes |= {k for some in chosen for mine in some.values() for k in mine[0].labels}
    return axes - {"dataset"}


def _agree(mine: list[Record], theirs: list[Record], axes: set[str]) -> bool:
    one, other = mine[0], theirs[0]
    cells = [(r.cell.experiment, r.cell.preset, r.cell.dataset) for r in (one, other)]
    both = (one.labels.keys() & other.labels.keys()) - axes
    return cells[0] == cells[1] and all(one.labels[k] == other.labels[k] for k in both)


def _pair(every: Rows, names: tuple[str, str], axes: set[str]) -> Pair:
    sides = [every[name] for name in names]
    found: dict[str, Sides] = {}
    for name, measure in SHOWN.items():
        mine, theirs = (_by_seed(side, measure) for side in sides)
        if shared := [seed for seed in mine if seed in theirs]:
            found[name] = Sides(tuple(mine[s] for s in shared), tuple(theirs[s] for s in shared),
                                True)  # fmt: skip
    ends = ratios([*found.values()]).tolist()
    changes = []
    for (name, side), three in zip(found.items(), ends, strict=True):
        levels = [math.exp(median(one)) for one in (side.base, side.new)]
        changes.append(Change(name, OK, *levels, *three, runs=side.runs))
    records = [*sides[0], *sides[1]]
    keys = comparable.fields([r.machine["key"] for r in records if r.machine.get("key")])
    other = [
        {} if "method" in axes else {k: v for k, v in r.spec["method"].items() if k not in axes}
        for r in records
    ]
    labels = sides[0][0].labels
    common = {k: text for k, text in labels.items() if sides[1][0].labels.get(k) == text}
    return Pair(common, names, tuple(changes), (*keys, *comparable.fields(other)))


def _by_seed(records: list[Record], measure: Measure) -> dict[int, float]:
    found: dict[int, list[float]] = {}
    for record in records:
        if (value := measure.of(record)) is not None:
            found.setdefault(record.cell.seed, []).append(math.log(value))
    return {seed: median(logs) for seed, logs in found.items()}


def _together(pairs: Sequence[Pair]) -> tuple[Change, ...]:
    """Over the pairs that have a measure, as many rows as they are."""
    found = []
    for name in SHOWN:
        logs = [math.log(c.ratio) for pair in pairs for c in pair.changes if c.measure == name]
        if len(logs) > 1:
            (ends,) = ratios([Sides((0.0,) * len(logs), tuple(logs), True)]).tolist()
            found.append(Change(name, OK, math.nan, math.nan, *ends, runs=(len(logs),) * 2))
    return tuple(found)
