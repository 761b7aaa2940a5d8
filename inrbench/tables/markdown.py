"""A page as Markdown, in which texts are no markup: they are shown as they are."""

from __future__ import annotations

import re

import pandas as pd

from inrbench.io.printable import printable
from inrbench.tables.page import Page, entry

_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")
# Emphasis, HTML, mathematics, entities, and the middle of a link or of its definition.
_MARKUP = re.compile(
    r"[\\`*~$]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\](?=[(\[:])|(?<!\w)_|_(?!\w)", re.ASCII
)
# What makes a heading, a quotation or a list of a paragraph.
_OPENING = re.compile(r"^ *(?:[#>+=-]|\d+(?=[.)]))")


def to_markdown(page: Page) -> str:
    """Heading, sentences, table, note; without rows there is no table."""
    rows = [[_cell(entry(one)) for one in row] for row in page.rows()]
    parts = [f"## {inline(page.title)}"]
    parts.append(" ".join(f"**{inline(warning)}**" for warning in page.warnings))
    parts.append(_paragraph(" ".join(map(inline, page.about))))
    if rows:
        table = pd.DataFrame(rows, columns=list(map(_cell, page.columns)))
        parts.append(table.to_markdown(index=False, disable_numparse=True))
    parts.append(_paragraph(inline(page.note or "")))
    return "\n\n".join(part for part in parts if part) + "\n"


def inline(text: str) -> str:
    """A text within a line; only what stands in single backticks is markup, of code."""
    parts = _CODE.split(printable(text))
    parts[::2] = [_MARKUP.sub(r"\\\g<0>", part) for part in parts[::2]]
    return "".join(parts)


def _cell(text: str) -> str:
    return inline(text).replace("|", r"\|")


def _paragraph(text: str) -> str:
    opening = _OPENING.match(text)
    if opening is None:
        return text
    found = opening[0].lstrip()
    return (f"\\{found}" if not found.isdigit() else f"{found}\\") + text[opening.end() :]
