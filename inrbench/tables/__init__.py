"""Tables: records to CSV, Markdown and LaTeX.

`cells` has a row a cell, `summary` a row a method and data set, `agreement` a row a sampled
gradient beside the full one. A `page` is a table as people read it; `markdown` and `latex` write
it.
"""

from __future__ import annotations

from pathlib import Path

from inrbench import records
from inrbench.tables.agreement import agreement_page, agreement_table
from inrbench.tables.cells import AXES, cells_table
from inrbench.tables.latex import to_latex
from inrbench.tables.markdown import to_markdown
from inrbench.tables.summary import summary_page, summary_table

__all__ = ["AXES", "agreement_page", "agreement_table", "cells_table", "summary_page",
           "summary_table", "to_latex", "to_markdown", "write"]  # fmt: skip


def write(folders: list[Path], target: Path, title: str, note: str | None) -> None:
    """Read the records in these cell folders; write the tables into `target`.

    cells.csv has a row a cell; table, brief (some of its columns) and agreement are for people,
    as .md and .tex; table.csv and agreement.csv hold their numbers, unrounded, in base units.
    """
    found = [(records.read(folder), folder) for folder in folders]
    read = [record for record, _ in found]
    cells = cells_table(read)
    summary = summary_table(cells)
    agreement = agreement_table(found)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in (("cells", cells), ("table", summary), ("agreement", agreement)):
        table.to_csv(target / f"{name}.csv", index=False)
    for name, page in (
        ("table", summary_page(summary, read, title, note)),
        ("brief", summary_page(summary, read, title, note, brief=True)),
        ("agreement", agreement_page(agreement, read, title, note)),
    ):
        (target / f"{name}.md").write_text(to_markdown(page), encoding="utf-8")
        (target / f"{name}.tex").write_text(to_latex(page), encoding="ascii")
