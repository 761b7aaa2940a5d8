"""A page on the terminal, with long entries wrapped."""

from __future__ import annotations

import sys

from inrbench.io.printable import printable
from inrbench.tables.page import Page, entry

# Of a file or pipe, which has no width of its own.
WIDTH = 140


def show(page: Page) -> None:
    """Print title, sentences and table as wide as the terminal."""
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else WIDTH)

    def plain(text: str) -> Text:  # neither rich's markup nor a terminal's
        return Text(printable(text))

    table = Table(
        *(Column(plain(heading), overflow="fold") for heading in page.columns), show_lines=True
    )
    for row in page.rows():
        table.add_row(*(plain(entry(one)) for one in row))
    for text in (page.title, *page.warnings, *page.about):
        console.print(plain(text))
    console.print(table)
    if page.note:
        console.print(plain(page.note))
