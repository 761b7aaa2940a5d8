"""Tables: records to CSV, Markdown and LaTeX.

`cells` has a row a cell, `summary` a row a method and data set. A `page` is a
table as people read it; `markdown` and `latex` write it.
"""

from __future__ import annotations

from pathlib import Path

from inrbench import records
from inrbench.tables.cells import cells_table
from inrbench.tables.latex import to_latex
from inrbench.tables.markdown import to_markdown
from inrbench.tables.summary import summary_page, summary_table


def write(folders: list[Path], target: Path, title: str, note: str | None) -> None:
    """Read the records in these cell folders; write the tables into `target`.

    cells.csv has a row a cell; table and brief (some of its columns) are for people, as .md
    and .tex; table.csv holds their numbers, unrounded, in base units.
    """
    read = [records.read(folder) for folder in folders]
    cells = cells_table(read)
    summary = summary_table(cells)
    target.mkdir(parents=True, exist_ok=True)
    for name, table in (("cells", cells), ("table", summary)):
        table.to_csv(target / f"{name}.csv", index=False)
    for name, page in (
        ("table", summary_page(summary, read, title, note)),
        ("brief", summary_page(summary, read, title, note, brief=True)),
    ):
        (target / f"{name}.md").write_text(to_markdown(page), encoding="utf-8")
        (target / f"{name}.tex").write_text(to_latex(page), encoding="ascii")
