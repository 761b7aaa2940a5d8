"""A record through everything that prints or compares one."""

import contextlib
import io
import json
import warnings

from inrbench.cells.result import Result
from inrbench.cli.pages import record_page
from inrbench.compare import Runs, compare, methods, noise
from inrbench.compare import page as compared
from inrbench.compare.comparable import machine_of
from inrbench.compare.machines import machines_page
from inrbench.compare.methods_page import methods_page
from inrbench.compare.noise_page import noise_page
from inrbench.tables import (
    agreement_page,
    agreement_table,
    cells_table,
    summary_page,
    summary_table,
    to_csv,
    to_latex,
    to_markdown,
)
from inrbench.tables.html import document, to_html
from inrbench.tables.page import heading
from inrbench.tables.terminal import show as show_page


def written(found, folder):
    """Texts by format of all pages and tables that records give, beside one that is as it should.

    Args:
        found: records; the last one is of the same cell as the first.
        folder: where their histories would lie; empty.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of numbers that nothing can be made of
        return _written(found, folder)


def _written(found, folder):
    results = [Result(record, folder) for record in found]
    cells = cells_table(found)
    summary, agreement = summary_table(cells), agreement_table(results)
    sides = [
        Runs(name, (Result(record, folder),)) for name, record in zip("ab", found, strict=False)
    ]
    comparison = compare(*sides, None)
    pages = [
        summary_page(summary, found, heading("Title", found), "note"),
        summary_page(summary, found, "Title", None, brief=True),
        agreement_page(agreement, found, "Title", "note"),
        machines_page(found[:1], found[1:], "reference/x"),
        *compared.pages(comparison),
    ]
    with contextlib.suppress(ValueError):  # of different machines, say
        again = tuple(Result(record, folder) for record in (*found, *found))
        pages.append(noise_page(noise.estimate(again), "what", found))
    with contextlib.suppress(ValueError):  # of one row alone
        name = found[0].labels["method"]
        pages.append(methods_page(methods.beside(sides[0], [name], [name])))
    screen = io.StringIO()
    with contextlib.redirect_stdout(screen):
        for page in pages:
            show_page(page)
    machine_of(found)
    return {
        "show": "\n".join(map(record_page, found)),
        "csv": "\n".join(map(to_csv, (cells, summary, agreement))),
        "markdown": "\n".join(map(to_markdown, pages)),
        "latex": "\n".join(map(to_latex, pages)),
        "html": document("Title", list(map(to_html, pages))),
        "terminal": screen.getvalue(),
        "json": json.dumps(compared.as_json(comparison), allow_nan=False),
    }
