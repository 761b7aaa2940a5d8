"""Text from outside on one line, without what steers a terminal or turns text around."""

from __future__ import annotations

import unicodedata

# Line breaks, paragraph breaks and tabs, which end a line, a table's row or a column.
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def printable(text: object, most: int | None = None) -> str:
    """The text with a blank for each run of line breaks and tabs, and codes for what has no shape.

    Escape sequences, other control characters, marks that reorder text (U+202E and its kin),
    invisible ones and lone surrogates are shown as Python writes them: `\\x1b`, `\\u202e`.

    Args:
        text: anything; `str` makes it a text.
        most: characters; of a longer text the rest is left out, and its length said. None: all.
    """
    text = str(text)
    if most is not None and len(text) > most:
        text = f"{text[:most]}... ({len(text):,} characters)"
    return text if text.isprintable() else "".join(_shown(text))


def _shown(text: str) -> list[str]:
    shown: list[str] = []
    for character in text:
        if character in _BREAKS:
            if shown and shown[-1] != " ":
                shown.append(" ")
        elif character.isprintable() or unicodedata.category(character) == "Zs":
            shown.append(character)
        else:
            shown.append(character.encode("unicode_escape").decode("ascii"))
    return shown
