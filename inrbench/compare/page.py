"""A comparison as pages for people and as JSON for machines.

The JSON is one object: `version` (2), `base`, `new` (the sources), `exit_code`, `counts` (rows by
verdict), `notes`, `warnings`, `unread` (sentences), `rows`, `shared`, and `targets` where one was
asked for. Their keys are the fields of `ComparedRow`, `Change` and `Shared` (see `verdict`) and of
`target.Reach`; a row has its `verdict` as well. What is not known, or infinite, is null.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from inrbench.compare.comparison import Comparison
from inrbench.compare.measures import CLOCKS, MEASURES
from inrbench.compare.ratio import BEYOND, RUNS
from inrbench.compare.target import Reach
from inrbench.compare.verdict import (
    GRAVITY,
    IMPROVED,
    NOT_COMPARABLE,
    OK,
    STATUS,
    WORSE,
    Change,
    ComparedRow,
    Shared,
)
from inrbench.tables.page import ABSENT, Number, Page

VERSION = 2
LARGEST = 1e100
"""Ratio beyond which the digits are left out."""
_ABOUT = (
    "NEW over BASE; in brackets the 95 % interval. A row alone is judged by exact measures, and "
    f"by noisy ones where the whole interval of {RUNS} runs or more lies beyond {BEYOND} times."
)
_SHARED = (
    "NEW over BASE, of the middle half of the rows, by a permutation test adjusted for the groups "
    "of a measure. A change counts at p of 0.005 and beyond the least effect."
)


def heading(comparison: Comparison) -> str:
    """ "2 larger, 23 ok; shared: all rows slower": the gravest verdicts first."""
    counts = comparison.counts
    rows = ", ".join(f"{counts[word]} {word}" for word in GRAVITY if counts[word])
    found = [one for one in comparison.shared if one.verdict in (*WORSE, IMPROVED)]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{rows}; shared: {found[0].name} {found[0].verdict}{more}" if found else rows


def pages(
    comparison: Comparison, reached: list[Reach] | None = None, most: int | None = None
) -> list[Page]:
    """The table of rows, what they share where that was tested, and the targets if asked for.

    Args:
        comparison: what to show.
        reached: by `target.reach`.
        most: rows to show; default: all.
    """
    found = [_rows(comparison, most)]
    if any(one.ratio != 1 for one in comparison.shared):
        found.append(_shared(comparison.shared))
    return found if reached is None else [*found, _targets(reached)]


def _rows(comparison: Comparison, most: int | None) -> Page:
    different = [row for row in comparison.rows if not row.equal]
    equal = len(comparison.rows) - len(different)
    rows = different[:most]
    about = [*comparison.notes, _ABOUT] if different else [*comparison.notes]
    if equal:
        about.append("1 row is equal." if equal == 1 else f"{equal} rows are equal.")
    columns, same = _measures(rows)
    if same:
        about.append(f"Equal in all rows shown: {', '.join(same)}.")
    if comparison.counts[NOT_COMPARABLE]:
        about.append("Rows that are not comparable have ratios and no verdict.")
    warnings = [*comparison.warnings]
    if count := len(comparison.unread):
        what = "1 record was" if count == 1 else f"{count} records were"
        warnings.append(f"{what} left out: {'; '.join(comparison.unread[:5])}.")
    columns = {
        "experiment": [row.name.split("/")[0] for row in rows],
        **labels_of([row.labels for row in rows]),
        "verdict": [_verdict(row) for row in rows],
        **columns,
    }
    hidden = len(different) - len(rows)
    title = f"{comparison.new} against {comparison.base}: {heading(comparison)}"
    note = f"And {hidden} more rows: --markdown writes all." if hidden else None
    return Page(title, columns if rows else {}, warnings, about, note)


def _measures(rows: Sequence[ComparedRow]) -> tuple[dict[str, list[str]], list[str]]:
    """A column for each measure that differs somewhere, and the names of the others."""
    columns, same = {}, []
    for title in dict.fromkeys(map(title_of, MEASURES)):
        changes = [_of(row, title) for row in rows]
        there = [one for one in changes if one is not None]
        if there and all(one.ratio == 1 for one in there):
            same.append(title)
        elif there:
            columns[title] = [entry(one) for one in changes]
    return columns, same


def labels_of(labels: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    """Columns of the data set and of the method with all its parts."""
    rest = [[text for axis, text in one.items() if axis != "dataset"] for one in labels]
    return {
        "data": [one.get("dataset", ABSENT) for one in labels],
        "method": [", ".join(map(str, one)) for one in rest],
    }


def title_of(measure: str) -> str:
    """Both ways to take a time are one to people, and a note says in which units it is."""
    return "time" if measure in CLOCKS else measure


def _of(row: ComparedRow, title: str) -> Change | None:
    return next((one for one in row.changes if title_of(one.measure) == title), None)


def _verdict(row: ComparedRow) -> str:
    """ "larger (tensor_peak); improved (flops); 1 of 6 diverged in NEW"."""
    if row.fields:
        return f"{NOT_COMPARABLE}: {', '.join(row.fields)}"
    parts = []
    for word in (word for word in GRAVITY if word in (*WORSE, IMPROVED, row.verdict)):
        of = [one for one in row.changes if one.verdict == word]
        names = [title_of(one.measure) for one in of if one.measure != STATUS]
        if of:
            parts.append(f"{word} ({', '.join(names)})" if names and word != OK else word)
    return "; ".join([*parts, *dict.fromkeys(one.note for one in row.changes if one.note)])


def entry(change: Change | None) -> str:
    """ "1.004 [0.988, 1.020]", "=" of equal numbers."""
    if change is None:
        return ABSENT
    if math.isnan(change.ratio):
        return change.verdict
    if change.ratio == 1 and not change.low < change.high:
        return "="
    if change.measure in ("operations", "flops"):  # of which one more is a change
        return _times(change.ratio, 6)
    ends = f" [{_times(change.low)}, {_times(change.high)}]"
    return _times(change.ratio) + (ends if change.low < change.high else "")


def _times(ratio: float, digits: int = 3) -> str:
    if not 1 / LARGEST < ratio < LARGEST:
        return "∞" if ratio > 1 else "0"
    return f"{ratio:.{digits}f}" if 0.1 < ratio < 10 else f"{ratio:.3g}"


def _shared(shared: Sequence[Shared]) -> Page:
    """A row a group, a column a measure."""
    found: dict[str, dict[str, Shared]] = {}
    for one in shared:
        found.setdefault(one.name, {})[title_of(one.measure)] = one
    titles = [
        title
        for title in dict.fromkeys(map(title_of, MEASURES))
        if any(title in mine and mine[title].ratio != 1 for mine in found.values())
    ]
    columns = {
        "rows": [f"{name}: {max(one.of for one in mine.values())}" for name, mine in found.items()]
    } | {title: [_test(mine.get(title)) for mine in found.values()] for title in titles}
    return Page("Changes that rows share", columns, about=[_SHARED])


def _test(one: Shared | None) -> str:
    """ "slower: 1.101 (least 1.040, p 0.002)"."""
    if one is None:
        return ABSENT
    few = f"{len(one.rows)} of {one.of} rows, " if len(one.rows) < one.of else ""
    p = "" if math.isnan(one.p) else f", p {one.p:.3f}"
    return f"{one.verdict}: {_times(one.ratio)} ({few}least {_times(one.least)}{p})"


def _targets(reached: list[Reach]) -> Page:
    columns: dict[str, list[str | Number]] = {
        "experiment": [one.row.split("/")[0] for one in reached],
        **labels_of([one.labels for one in reached]),
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
    found = {
        "version": VERSION,
        **asdict(comparison),
        "exit_code": comparison.exit_code,
        "counts": dict(comparison.counts),
        "rows": [{**asdict(row), "verdict": row.verdict} for row in comparison.rows],
    }
    if reached is not None:
        found["targets"] = [asdict(one) for one in reached]
    return finite(found)


def finite(value: Any) -> Any:
    """Null in the place of each number that JSON does not have."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
