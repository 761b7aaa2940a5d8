"""A page as Markdown."""

from __future__ import annotations

import pandas as pd

from inrbench.tables.page import ABSENT, Number, Page


def to_markdown(page: Page) -> str:
    """Heading, sentences, table, note; without rows there is no table."""
    rows = [[_entry(entry) for entry in row] for row in page.rows()]
    parts = [f"## {page.title}"]
    parts += [" ".join(f"**{warning}**" for warning in page.warnings), " ".join(page.about)]
    if rows:
        table = pd.DataFrame(rows, columns=list(page.columns))
        parts.append(table.to_markdown(index=False, disable_numparse=True))
    parts.append(page.note or "")
    return "\n\n".join(part for part in parts if part) + "\n"


def _entry(entry: str | Number) -> str:
    if isinstance(entry, str):
        return entry
    if pd.isna(entry.value):
        return ABSENT
    number = entry.form.format(entry.value)
    return number if pd.isna(entry.spread) else f"{number} ± {entry.form.format(entry.spread)}"
