"""A page as Markdown."""

from __future__ import annotations

import pandas as pd

from inrbench.tables.page import ABSENT, Number, Page


def to_markdown(page: Page) -> str:
    """Heading, sentences, table, note; without rows there is no table."""
    rows = [[entry(one) for one in row] for row in page.rows()]
    parts = [f"## {page.title}"]
    parts += [" ".join(f"**{warning}**" for warning in page.warnings), " ".join(page.about)]
    if rows:
        table = pd.DataFrame(rows, columns=list(page.columns))
        parts.append(table.to_markdown(index=False, disable_numparse=True))
    parts.append(page.note or "")
    return "\n\n".join(part for part in parts if part) + "\n"


def entry(one: str | Number) -> str:
    """A text as it is, a number rounded."""
    if isinstance(one, str):
        return one
    if pd.isna(one.value):
        return ABSENT
    number = one.form.format(one.value)
    return number if pd.isna(one.spread) else f"{number} ± {one.form.format(one.spread)}"
