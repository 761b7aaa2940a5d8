"""A comparison as pages for people and as JSON for machines.

The JSON is one object: `version` (1), `base`, `new` (the sources), `exit_code`, `counts` (rows by
verdict), `notes`, `warnings`, `unread` (sentences), `rows`, `together`, and `targets` where one
was asked for. A row has `name`, `labels`, `verdict`, `fields` (that differ) and `changes`; a
change `measure`, `verdict`, `base` and `new` (of `time` in seconds, of `pace` in yardsticks, see
`measures`; bytes; MSE in the image's unit squared; of `status` the share of cells that failed),
`ratio` of NEW to BASE with the ends `low` and `high` of its 95 % interval, `runs` of both, `p`
(adjusted), the ratios `least` and `findable`, and `note`. What rows share, in `together`, has
`name`, `rows` (their names), `verdict` and one change, its `base` and `new` in BASE's levels. A
target has `row`, `target`, `iterations`, `seconds` and `hits`, each of BASE and NEW. What is not
known, or infinite, is null.
"""

from __future__ import annotations

import math
from typing import Any

from inrbench.compare.comparison import GRAVITY, Comparison, Row
from inrbench.compare.measures import CLOCKS, COUNTED, MEASURES
from inrbench.compare.target import Reach
from inrbench.compare.verdict import FEW, IMPROVED, NOT_COMPARABLE, OK, STATUS, WORSE, Change
from inrbench.tables.page import ABSENT, Number, Page

VERSION = 1
LARGEST = 700.0
"""Logarithm of the largest ratio that is shown; a float has none far beyond."""
_ABOUT = (
    "NEW against BASE [95 % interval]; ≥: the smallest change that these runs would have shown in "
    "95 of 100 cases. MSE in decades."
)
_RATIOS = "Where rows are not comparable, what is shown is a ratio and no verdict."


def heading(comparison: Comparison) -> str:
    """ "2 slower, 1 improved, 23 ok; together slower: all 26 rows": the gravest verdicts first,
    and what rows share."""
    counts = comparison.counts
    shared = []
    for word in (*WORSE, IMPROVED):
        if names := [row.name for row in comparison.together if row.verdict == word]:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            shared.append(f"together {word}: {names[0]}{more}")
    rows = ", ".join(f"{counts[word]} {word}" for word in GRAVITY if counts[word])
    return "; ".join([rows, *shared])


def pages(
    comparison: Comparison, reached: list[Reach] | None = None, most: int | None = None
) -> list[Page]:
    """The table of verdicts, that of what rows share, and that of the targets if there is one.

    Args:
        comparison: what to show.
        reached: by `target.reach`.
        most: rows to show; default: all.
    """
    found = [_verdicts(comparison, most)]
    if comparison.together:
        found.append(_together(comparison))
    return found if reached is None else [*found, _targets(reached)]


def _verdicts(comparison: Comparison, most: int | None) -> Page:
    rows = comparison.rows[:most]
    columns: dict[str, list[str]] = {
        "experiment": [row.name.split("/")[0] for row in rows],
        **_labels([row.labels for row in rows]),
        "verdict": [_verdict(row) for row in rows],
    }
    for title in dict.fromkeys(map(_title, MEASURES)):
        entries = [_entry(_of(row, title)) for row in rows]
        if any(entry != ABSENT for entry in entries):
            columns[title] = entries
    about = [_ABOUT]
    if comparison.counts[NOT_COMPARABLE]:
        about.append(_RATIOS)
    changes = [change for row in comparison.rows for change in row.changes]
    few = dict.fromkeys(one.note for one in changes if one.verdict == FEW and one.note)
    if few:
        about.append(f"Not enough runs: {'; '.join(few)}.")
    warnings = [*comparison.warnings]
    if comparison.unread:
        count = len(comparison.unread)
        what = "1 record was" if count == 1 else f"{count} records were"
        warnings.append(f"{what} left out: {'; '.join(comparison.unread[:5])}.")
    hidden = len(comparison.rows) - len(rows)
    note = f"And {hidden} more rows: --markdown writes all." if hidden else None
    return Page(
        f"{comparison.new} against {comparison.base}: {heading(comparison)}",
        columns,
        warnings,
        [*about, *comparison.notes],
        note,
    )


def _together(comparison: Comparison) -> Page:
    rows = comparison.together
    columns: dict[str, list[str]] = {
        "rows": [row.name for row in rows],
        "verdict": [row.verdict for row in rows],
        "time": [_entry(row.changes[0]) for row in rows],
    }
    about = (
        "Run by run, the median over the rows: what most have in common, which a large change of "
        "some still moves. Rows that lack runs of the others, or whose times are in another unit, "
        "are not among them."
    )
    return Page("Changes of time that rows share", columns, about=[about])


def _labels(labels: list[dict[str, str]]) -> dict[str, list[str]]:
    """Data set and method, the latter with all its parts."""
    rest = [[text for axis, text in one.items() if axis != "dataset"] for one in labels]
    return {
        "data": [one.get("dataset", ABSENT) for one in labels],
        "method": [", ".join(map(str, one)) for one in rest],
    }


def _title(measure: str) -> str:
    """Both ways to take a time are one to people, and a note says in which units it is."""
    return "time" if measure in CLOCKS else measure


def _of(row: Row, title: str) -> Change | None:
    return next((change for change in row.changes if _title(change.measure) == title), None)


def _verdict(row: Row) -> str:
    """ "slower; improved (tensor_peak); 1 of 6 diverged in NEW"."""
    if row.fields:
        return f"{NOT_COMPARABLE}: {', '.join(row.fields)}"
    parts = []
    for word in (word for word in GRAVITY if word in (*WORSE, IMPROVED, row.verdict)):
        of = [_title(change.measure) for change in row.changes if change.verdict == word]
        measures = [measure for measure in of if measure != STATUS]
        if of:
            parts.append(f"{word} ({', '.join(measures)})" if measures and word != OK else word)
    status = _of(row, STATUS)
    return "; ".join([*parts, *([status.note] if status and status.note else [])])


def _entry(change: Change | None) -> str:
    """ "+0.4 % [-1.2, +2.0] ≥ 4.1 %", an MSE in decades."""
    if change is None:
        return ABSENT
    if math.isnan(change.size):
        return change.verdict
    decades = change.measure == "mse"

    def text(log: float, unit: bool = True) -> str:
        if decades:
            return f"{log / math.log(10):+.3f}"
        return f"{100 * math.expm1(min(log, LARGEST)):+.1f}{' %' if unit else ''}"

    shown = text(change.size)
    if not math.isnan(change.low) and change.low != change.high:
        shown += f" [{text(change.low, False)}, {text(change.high, False)}]"
    if change.findable > COUNTED:
        shown += f" ≥ {text(change.findable).lstrip('+')}"
    return shown


def _targets(reached: list[Reach]) -> Page:
    columns: dict[str, list[str | Number]] = {
        "experiment": [one.row.split("/")[0] for one in reached],
        **_labels([one.labels for one in reached]),
        "target MSE": [Number(one.target, "{:.3g}") for one in reached],
    }
    for k, side in enumerate(("BASE", "NEW")):
        columns |= {
            f"iterations, {side}": [Number(one.iterations[k], "{:.0f}") for one in reached],
            f"seconds, {side}": [Number(one.seconds[k], "{:.3g}") for one in reached],
            f"reached, {side}": [one.hits[k] for one in reached],
        }
    about = "Medians over runs; one that misses the target takes infinitely many."
    return Page("Iterations and seconds to a target", columns, about=[about])


def as_json(comparison: Comparison, reached: list[Reach] | None = None) -> dict[str, Any]:
    """What the JSON file holds, see above."""
    targets = {} if reached is None else {"targets": [_target(one) for one in reached]}
    return {
        "version": VERSION,
        "base": comparison.base,
        "new": comparison.new,
        "exit_code": comparison.exit_code,
        "counts": dict(comparison.counts),
        "notes": list(comparison.notes),
        "warnings": list(comparison.warnings),
        "unread": list(comparison.unread),
        "together": [
            {
                "name": row.name,
                "rows": list(row.members),
                "verdict": row.verdict,
                "changes": [*map(_change, row.changes)],
            }
            for row in comparison.together
        ],
        "rows": [
            {
                "name": row.name,
                "labels": row.labels,
                "verdict": row.verdict,
                "fields": list(row.fields),
                "changes": [_change(change) for change in row.changes],
            }
            for row in comparison.rows
        ],
        **targets,
    }


def _change(change: Change) -> dict[str, Any]:
    logs = {
        "ratio": change.size,
        "low": change.low,
        "high": change.high,
        "least": change.least,
        "findable": change.findable,
    }
    return {
        "measure": change.measure,
        "verdict": change.verdict,
        "base": _finite(change.base),
        "new": _finite(change.new),
        **{name: _finite(math.exp(min(log, LARGEST))) for name, log in logs.items()},
        "runs": list(change.runs),
        "p": _finite(change.p),
        "note": change.note,
    }


def _target(one: Reach) -> dict[str, Any]:
    return {
        "row": one.row,
        "target": one.target,
        "iterations": [_finite(value) for value in one.iterations],
        "seconds": [_finite(value) for value in one.seconds],
        "hits": list(one.hits),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
