"""Tables: records to CSV, Markdown and LaTeX.

`cells` has a row a cell, `summary` a row a method and data set, `agreement` a row a sampled
gradient beside the full one, `gradient_quality` a row an estimate, `conditioning` a row a network,
`claims` a row a claim of a paper. A `page` is a table as people read it; `markdown`, `latex`,
`html` and `terminal` write it, `csv` the table itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inrbench import papers
from inrbench.cells.cell import Cell
from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.experiments.table_files import names
from inrbench.io.whole_file import whole
from inrbench.papers.evidence import Evidence
from inrbench.tables.agreement import agreement_page, agreement_table
from inrbench.tables.cells import AXES, cells_table
from inrbench.tables.claims import claims_page, claims_table
from inrbench.tables.conditioning import conditioning_page, conditioning_table
from inrbench.tables.csv import to_csv
from inrbench.tables.gradient_quality import gradient_quality_page, gradient_quality_table
from inrbench.tables.latex import to_latex
from inrbench.tables.markdown import to_markdown
from inrbench.tables.page import Page, heading
from inrbench.tables.summary import summary_page, summary_table

__all__ = ["AXES", "agreement_page", "agreement_table", "brief", "cells_table", "claims_page",
           "claims_table", "conditioning_page", "conditioning_table", "gradient_quality_page",
           "gradient_quality_table", "summary_page", "summary_table", "to_csv", "to_latex",
           "to_markdown", "write"]  # fmt: skip


def write(
    found: list[Result],
    target: Path,
    title: str,
    note: str | None,
    paper: str | None = None,
    methods: Collection[str] = (),
    specs: Sequence[dict[str, Any]] = (),
    missing: Sequence[Cell] = (),
) -> None:
    """Write the tables of these results into `target`.

    Which files these are, `table_files` says.

    Args:
        found: of an experiment's cells.
        target: folder, made if need be.
        title, note: above and below each table.
        paper: that the experiment reproduces, whose claims are put to the test.
        methods: of the experiment; some have a table for what they noted, even if no cell noted
            anything.
        specs: of these cells as the experiment has them now; default: those of their records.
        missing: cells of the experiment that claims are put to, and that are not among these.

    Raises:
        Damaged: a file beside a record that cannot be used.
    """
    read = [one.record for one in found]
    cells = cells_table(read)
    summary = summary_table(cells)
    agreement = agreement_table(found)
    tables = {"cells": cells, "table": summary, "agreement": agreement}
    pages = {
        "table": summary_page(summary, read, title, note),
        "agreement": agreement_page(agreement, read, title, note),
    }
    wanted = names(methods, paper)
    for name, table_of, page_of in (
        ("gradient_quality", gradient_quality_table, gradient_quality_page),
        ("conditioning", conditioning_table, conditioning_page),
    ):
        if name in wanted:
            tables[name] = noted = table_of(found)
            empty = Page(title, {}, about=[f"No cell of the method {name} noted anything."])
            pages[name] = page_of(noted, title, note) if len(noted) else empty
    if paper is not None:
        evidence, published = Evidence(found, tuple(missing)), papers.load(paper)
        verdicts = evidence.verdicts(published)
        tables["claims"] = claims_table(verdicts)
        pages["claims"] = claims_page(verdicts, published, evidence, note)
    pages = {name: page if name == "claims" else _headed(page, read, specs)
             for name, page in pages.items()}  # fmt: skip
    pages["brief"] = brief(read, title, note, specs)
    texts = {
        "csv": lambda name: to_csv(tables[name]),
        "md": lambda name: to_markdown(pages[name]),
        "tex": lambda name: to_latex(pages[name]),
    }
    for name, forms in wanted.items():
        for suffix in forms:
            with whole(target / f"{name}.{suffix}") as partial:
                encoding = "ascii" if suffix == "tex" else "utf-8"
                partial.write_text(texts[suffix](name), encoding=encoding)


def brief(
    found: list[Record], title: str, note: str | None, specs: Sequence[dict[str, Any]] = ()
) -> Page:
    """What fits on a screen of the table of these records, arguments as for `write`."""
    page = summary_page(summary_table(cells_table(found)), found, title, note, brief=True)
    return _headed(page, found, specs)


def _headed(page: Page, found: list[Record], specs: Sequence[dict[str, Any]]) -> Page:
    """With what the table rests on in its title, and a warning where that is out of date."""
    warnings = [*_of_other_parameters(found, specs), *page.warnings]
    return replace(page, title=heading(page.title, found), warnings=warnings)


def _of_other_parameters(found: list[Record], specs: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence where records were made with others than the experiment has now."""
    pairs = zip(found, specs, strict=True) if specs else ()
    count = sum(record.spec != json.loads(json.dumps(spec)) for record, spec in pairs)
    if not count:
        return []
    are = "is" if count == 1 else "are"
    return [f"{count} of {len(found)} records {are} of other parameters than there are now."]
