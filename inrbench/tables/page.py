"""A table as people read it, before it is Markdown or LaTeX.

Titles, sentences, headings and entries are plain text, whatever characters they have: what makes
them harmless in a format is its writer (`markdown`, `latex`, `html`, `csv`, `terminal`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from inrbench.cells.record import Record

ABSENT = "–"


@dataclass(frozen=True)
class Number:
    """An entry that is rounded when it is written: value, or value ± spread; NaN is absent."""

    value: float
    form: str
    """As `str.format` has it, "{:.2e}"."""
    spread: float = math.nan


Columns = dict[str, Sequence[str | Number]]


@dataclass(frozen=True)
class Page:
    """Title, sentences above the table, columns by heading, and a sentence below."""

    title: str
    columns: Columns
    warnings: list[str] = field(default_factory=list)
    """Above the table, made to stand out."""
    about: list[str] = field(default_factory=list)
    """Above the table."""
    note: str | None = None

    def rows(self) -> list[tuple[str | Number, ...]]:
        """The entries, a row each."""
        return list(zip(*self.columns.values(), strict=True))


def numbers(
    values: Iterable[float], form: str, spreads: Iterable[float] | None = None
) -> list[Number]:
    """A column of numbers that share a form."""
    values = list(values)
    spreads = [math.nan] * len(values) if spreads is None else spreads
    return [Number(v, form, s) for v, s in zip(values, spreads, strict=True)]


def entry(one: str | Number) -> str:
    """A text as it is, a number rounded."""
    if isinstance(one, str):
        return one
    if pd.isna(one.value):
        return ABSENT
    number = one.form.format(one.value)
    return number if pd.isna(one.spread) else f"{number} ± {one.form.format(one.spread)}"


def share(count: int, of: int) -> str:
    """ "3", or "2 of 3" where a number rests on a subset."""
    return str(count) if count == of else f"{count} of {of}"


def heading(title: str, found: Iterable[Record]) -> str:
    """The title and what the table rests on: ": 29 cells, seeds 0 to 2, 1 failed (1 timeout)"."""
    found = list(found)
    seeds = sorted({record.cell.seed for record in found})
    several = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1))
    named = f"{seeds[0]} to {seeds[-1]}" if several else ", ".join(map(str, seeds))
    failed = Counter(record.status for record in found if record.status != "ok")
    how = ", ".join(f"{number} {status}" for status, number in failed.items())
    parts = [
        f"{len(found)} cell{'s'[: len(found) != 1]}",
        f"seed{'s'[: len(seeds) != 1]} {named}",
        f"{failed.total()} failed ({how})" if failed else "none failed",
    ]
    return f"{title}: {', '.join(parts)}"


def axis_columns(table: pd.DataFrame, axes: Iterable[str]) -> Columns:
    """The labels of these axes, under headings without underscores."""
    return {
        {"dataset": "data"}.get(axis, axis.replace("_", " ")): table[axis]
        .astype(object)
        .fillna(ABSENT)
        .tolist()
        for axis in axes
    }


def without_empty(columns: Columns) -> Columns:
    """The columns in which at least one entry is there."""
    return {heading: entries for heading, entries in columns.items() if any(map(there, entries))}


def there(entry: str | Number) -> bool:
    """Whether an entry says something."""
    return not pd.isna(entry.value) if isinstance(entry, Number) else entry not in ("", ABSENT)


def length_unit(units: pd.Series) -> str:
    """The unit of length that all rows share, "mm" or "pixel"; "length" where they differ."""
    found = set(units.dropna())
    return found.pop() if len(found) == 1 else "length"


def mixture(fields: list[str], done: str) -> list[str]:
    """The warning that records with different comparison keys are averaged, or compared."""
    return [f"Records of different {', '.join(fields)} are {done}."] if fields else []
