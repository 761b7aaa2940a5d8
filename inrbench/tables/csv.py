"""A table of numbers as CSV, in which no text is a formula to a spreadsheet."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from inrbench.io.printable import printable

_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", re.ASCII)


def to_csv(table: pd.DataFrame) -> str:
    """Numbers unrounded; before a text that a spreadsheet would compute stands a '."""
    return table.rename(columns=_plain).map(_plain).to_csv(index=False)


def _plain(entry: object) -> object:
    """A text, also a heading's, on one line and no formula; anything else as it is."""
    if not isinstance(entry, str):
        return entry
    text = printable(entry)
    # Some spreadsheets take the wide forms of =, +, - and @ for these as well.
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    formula = first and first in "=+-@" and not _NUMBER.fullmatch(text)
    return f"'{text}" if formula else text
