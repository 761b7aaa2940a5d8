"""Tables: records to CSV, Markdown and LaTeX.

`cells` has a row a cell, `summary` a row a method and data set, `agreement` a row a sampled
gradient beside the full one, `gradient_quality` a row an estimate, `conditioning` a row a network,
`claims` a row a claim of a paper. A `page` is a table as people read it; `markdown`, `latex`,
`html` and `terminal` write it, `csv` the table itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from inrbench import papers, records
from inrbench.papers.evidence import Evidence
from inrbench.tables.agreement import agreement_page, agreement_table
from inrbench.tables.cells import AXES, cells_table
from inrbench.tables.claims import claims_page, claims_table
from inrbench.tables.conditioning import conditioning_page, conditioning_table
from inrbench.tables.csv import to_csv
from inrbench.tables.gradient_quality import gradient_quality_page, gradient_quality_table
from inrbench.tables.latex import to_latex
from inrbench.tables.markdown import to_markdown
from inrbench.tables.page import heading
from inrbench.tables.summary import summary_page, summary_table
from inrbench.whole_file import whole

__all__ = ["AXES", "agreement_page", "agreement_table", "cells_table", "claims_page",
           "claims_table", "conditioning_page", "conditioning_table", "gradient_quality_page",
           "gradient_quality_table", "summary_page", "summary_table", "to_csv", "to_latex",
           "to_markdown", "write"]  # fmt: skip


def write(
    folders: list[Path], target: Path, title: str, note: str | None, paper: str | None = None
) -> None:
    """Read the records in these cell folders; write the tables into `target`.

    cells.csv has a row a cell; table, brief (some of its columns) and agreement are for people,
    as .md and .tex; table.csv and agreement.csv hold their numbers, unrounded, in base units.
    Where cells noted the quality of their gradients, or their condition numbers, gradient_quality
    or conditioning has all three forms too, and for an experiment that reproduces a paper its
    claims.
    """
    found = [(records.read(folder), folder) for folder in folders]
    read = [record for record, _ in found]
    cells = cells_table(read)
    summary = summary_table(cells)
    agreement = agreement_table(found)
    target.mkdir(parents=True, exist_ok=True)
    tables = {"cells": cells, "table": summary, "agreement": agreement}
    pages = {
        "table": summary_page(summary, read, title, note),
        "brief": summary_page(summary, read, title, note, brief=True),
        "agreement": agreement_page(agreement, read, title, note),
    }
    for name, noted, page in (
        ("gradient_quality", gradient_quality_table(found), gradient_quality_page),
        ("conditioning", conditioning_table(found), conditioning_page),
    ):
        if len(noted):
            tables[name] = noted
            pages[name] = page(noted, title, note)
    if paper is not None:
        evidence, published = Evidence(found), papers.load(paper)
        verdicts = evidence.verdicts(published)
        tables["claims"] = claims_table(verdicts)
        pages["claims"] = claims_page(verdicts, published, evidence, note)
    for name, table in tables.items():
        with whole(target / f"{name}.csv") as partial:
            partial.write_text(to_csv(table), encoding="utf-8")
    for name, page in pages.items():
        page = page if name == "claims" else replace(page, title=heading(page.title, read))
        for suffix, text in (("md", to_markdown(page)), ("tex", to_latex(page))):
            with whole(target / f"{name}.{suffix}") as partial:
                partial.write_text(text, encoding="ascii" if suffix == "tex" else "utf-8")
