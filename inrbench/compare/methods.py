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
from inrbench.cells.result import Result
from inrbench.compare import comparable
from inrbench.compare.measures import MEASURES, Measure
from inrbench.compare.ratio import Sides, ratios
from inrbench.compare.runs import Runs
from inrbench.compare.verdict import OK, Change
from inrbench.registry import nearest

TOTAL = Measure("total", "slower", lambda record: record.time.total)
SHOWN = {
    "time": MEASURES["time"],
    "total": TOTAL,
    **{name: one for name, one in MEASURES.items() if name not in ("time", "pace")},
}
"""Seconds an iteration and in all, memory, work and MSE."""


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
        unread: a sentence for each record that could not be read.
    """

    source: str
    rows: str
    other: str
    pairs: tuple[Pair, ...]
    together: tuple[Change, ...]
    alone: tuple[str, ...] = ()
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
    chosen = [_select(runs, words) for words in (rows, other)]
    axes = _axes(chosen, rows, other)
    pairs, alone = [], []
    taken: set[str] = set()
    for name, mine in chosen[0].items():
        partners = [
            one
            for one, theirs in chosen[1].items()
            if one != name and _partners(mine[0].record, theirs[0].record, axes)
        ]
        if len(partners) > 1:
            raise ValueError(
                f"{name} has {len(partners)} partners, such as {partners[0]} and {partners[1]}: "
                "name one more part, such as --with objective=LS, or swap the two"
            )
        alone += [] if partners else [name]
        for partner in partners:
            taken.add(partner)
            pairs.append(_pair(mine, chosen[1][partner], axes))
    if not pairs:
        raise ValueError(
            f"no row of {_named(rows)} has a partner of {_named(other)}: the two must agree in "
            "the data set and in all parts that are not named"
        )
    alone += [name for name in chosen[1] if name not in taken]
    return Beside(runs.source, _named(rows), _named(other), tuple(pairs), _together(pairs),
                  tuple(alone), runs.unread)  # fmt: skip


def _named(words: Sequence[str]) -> str:
    return ", ".join(words)


def _parsed(word: str) -> tuple[str, str]:
    """("gradient", "autograd"); ("", "cgls") of a method's name."""
    axis, equals, text = word.partition("=")
    return (axis.strip(), text.strip()) if equals else ("", word.strip())


def _select(runs: Runs, words: Sequence[str]) -> dict[str, list[Result]]:
    found = runs.rows
    for word in words:
        axis, text = _parsed(word)
        kept = {name: mine for name, mine in found.items()
                if text.casefold() in map(str.casefold, _names(mine[0].record, axis))}  # fmt: skip
        if not kept:
            known = sorted(
                {one for mine in found.values() for one in _names(mine[0].record, axis)}
            )
            what = f"a part {axis!r} that is {text!r}" if axis else f"the method {text!r}"
            raise ValueError(f"{runs.source}: no row has {what}; {nearest(text, known)}")
        found = kept
    return found


def _axes(chosen: list[dict[str, list[Result]]], *selections: Sequence[str]) -> set[str]:
    """Parts in which partners may differ: those that both selections name, and the method where
    either names one; all but the data set where one names a row."""
    named = [
        {axis or "method": text for axis, text in map(_parsed, words)} for words in selections
    ]
    axes = set.intersection(*map(set, named)) | ({"method"} & set.union(*map(set, named)))
    for found, own in zip(chosen, named, strict=True):
        record = next(iter(found.values()))[0].record
        if own.get("method", "").casefold() == record.cell.method.casefold():
            axes |= {k for mine in chosen for runs in mine.values() for k in runs[0].record.labels}
    return axes - {"dataset"}


def _names(record: Record, axis: str) -> list[str]:
    """What a part is called: in tables and as registered; without an axis, the method."""
    method = record.spec["method"]
    part = record.spec["dataset"] if axis == "dataset" else method.get(axis or "method", {})
    named = part.get("name") if isinstance(part, dict) else None
    own = [record.cell.method, method["name"]] if axis in ("", "method") else []
    return [one for one in (record.labels.get(axis or "method"), named, *own) if one]


def _partners(one: Record, other: Record, axes: set[str]) -> bool:
    cells = [(r.cell.experiment, r.cell.preset, r.cell.dataset) for r in (one, other)]
    both = (one.labels.keys() & other.labels.keys()) - axes
    return cells[0] == cells[1] and all(one.labels[k] == other.labels[k] for k in both)


def _pair(mine: list[Result], theirs: list[Result], axes: set[str]) -> Pair:
    sides = [[run.record for run in side] for side in (mine, theirs)]
    names, numbers, changes = [], [], []
    for name, measure in SHOWN.items():
        logs = [_by_seed(side, measure) for side in sides]
        shared = [seed for seed in logs[0] if seed in logs[1]]
        if shared:
            names.append(name)
            numbers.append(Sides(*(tuple(one[seed] for seed in shared) for one in logs), True))
    for name, side, ends in zip(names, numbers, ratios(numbers).tolist(), strict=True):
        levels = [math.exp(median(one)) for one in (side.base, side.new)]
        changes.append(Change(name, OK, *levels, *ends, runs=side.runs))
    records = [*sides[0], *sides[1]]
    keys = comparable.fields([r.machine["key"] for r in records if r.machine.get("key")])
    parameters = comparable.fields([_other_parameters(r, axes) for r in records])
    labels = sides[0][0].labels
    common = {k: text for k, text in labels.items() if sides[1][0].labels.get(k) == text}
    return Pair(
        common,
        (mine[0].record.cell.row, theirs[0].record.cell.row),
        tuple(changes),
        (*keys, *parameters),
    )


def _other_parameters(record: Record, axes: set[str]) -> dict:
    """All but the limits and the parts that are compared."""
    if "method" in axes:
        return {}
    return {k: v for k, v in record.spec["method"].items() if k not in axes}


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
