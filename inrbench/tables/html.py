"""A page as HTML: a section of a file that needs nothing beside it."""

from __future__ import annotations

import html

from inrbench.io.printable import printable
from inrbench.tables.page import Number, Page, entry

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 72em; margin: 2em auto;
       padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 0.5em; }
table { border-collapse: collapse; font-size: 0.87em; margin: 0.7em 0; }
th { text-align: left; border-bottom: 1.5px solid #222; vertical-align: bottom; }
td { border-bottom: 1px solid #ddd; vertical-align: top; }
th, td { padding: 0.22em 1em 0.22em 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
p.warning { font-weight: bold; } p.note { color: #555; font-size: 0.9em; }
img { max-width: 100%; }
thead { display: table-header-group; } tr, img { break-inside: avoid; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { font-size: 10px; margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""


def to_html(page: Page) -> str:
    """Heading, sentences, table, note; without rows there is no table."""
    parts = [f"<h2>{escape(page.title)}</h2>"]
    parts += [f'<p class="warning">{escape(text)}</p>' for text in page.warnings]
    parts += [f"<p>{escape(' '.join(page.about))}</p>"] if page.about else []
    if rows := page.rows():
        kinds = [' class="number"' if _numeric(column) else "" for column in page.columns.values()]
        head = "".join(
            f"<th{kind}>{escape(name)}</th>"
            for name, kind in zip(page.columns, kinds, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f"<td{kind}>{escape(entry(one))}</td>"
                for one, kind in zip(row, kinds, strict=True)
            )
            + "</tr>"
            for row in rows
        )
        parts.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>")
    parts += [f'<p class="note">{escape(page.note)}</p>'] if page.note else []
    return "<section>\n" + "\n".join(parts) + "\n</section>\n"


def escape(text: str) -> str:
    """Text that is no markup."""
    return html.escape(printable(text))


def document(title: str, sections: list[str]) -> str:
    """A whole file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(sections)}</body>\n</html>\n"
    )


def _numeric(column) -> bool:
    return any(isinstance(one, Number) for one in column)
