"""A page on the terminal, with long entries wrapped."""

from __future__ import annotations

import sys

from inrbench.tables.markdown import entry
from inrbench.tables.page import Page

# Of a file or pipe, which has no width of its own.
WIDTH = 140


def show(page: Page) -> None:
    """Print title, sentences and table as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    table = Table(*page.columns, show_lines=True)
    for row in page.rows():
        table.add_row(*(Text(entry(one)) for one in row))
    for text in (page.title, *page.warnings, *page.about):
        console.print(Text(text))
    console.print(table)
    if page.note:
        console.print(Text(page.note))
