"""Two methods beside each other as people read it, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from inrbench.compare.methods import SHOWN, Beside
from inrbench.compare.page import entry, finite, labels_of
from inrbench.compare.verdict import Change
from inrbench.tables.page import Page

_ABOUT = (
    "Ratios over pairs of one seed; in brackets the 95 % interval, for two seeds or more. Below 1 "
    "the second takes less. `time` is of an iteration, `total` of all of them, memory in bytes, "
    "operations and FLOPs of an iteration."
)


def methods_page(found: Beside) -> Page:
    """A row a pair, and one of all pairs first where there are several."""
    lines: list[tuple[Change, ...]] = [pair.changes for pair in found.pairs]
    columns = labels_of([pair.labels for pair in found.pairs])
    columns["seeds"] = [str(max((c.runs[0] for c in line), default=0)) for line in lines]
    if found.together:
        lines = [found.together, *lines]
        columns = {name: ["all pairs" if name == "method" else "", *entries]
                   for name, entries in columns.items()}  # fmt: skip
    for name in SHOWN:
        changes = [next((c for c in line if c.measure == name), None) for line in lines]
        if any(changes):
            columns[name] = [entry(one) for one in changes]
    fields = dict.fromkeys(field for pair in found.pairs for field in pair.fields)
    warnings = [f"Also different: {', '.join(fields)}."] if fields else []
    if found.failed:
        warnings.append(f"Runs that failed are in no ratio: {', '.join(found.failed)}.")
    if found.unread:
        warnings.append(f"Left out: {'; '.join(found.unread[:5])}.")
    number = f"{len(found.pairs)} pair{'s'[: len(found.pairs) != 1]} of rows"
    alone = ", ".join(found.alone[:5]) + (" and more" if len(found.alone) > 5 else "")
    return Page(
        f"{found.other} over {found.rows}, {found.source}: {number}",
        columns,
        warnings,
        [_ABOUT, *([f"Without a partner: {alone}."] if found.alone else [])],
    )


def as_json(found: Beside) -> dict[str, Any]:
    """The fields of `methods.Beside`; what is not known is null."""
    return finite({"version": 1, **asdict(found)})
