r"""A page as a LaTeX table to paste: booktabs, ASCII only, shrunk where it is wider than the text.

Numbers are mathematics, $(3.56 \pm 0.12) \times 10^{-6}$, a spread in the power of its mean.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from inrbench.io.printable import printable
from inrbench.tables.page import ABSENT, Number, Page

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_LEVEL = str.maketrans(_SUPERSCRIPTS, "0123456789+-")
_CHARACTERS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "_": r"\_", "#": r"\#",
    "&": r"\&", "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": "$|$",
    "<": "$<$", ">": "$>$", "–": "--", "—": "---", "−": "$-$", "±": r"$\pm$", "×": r"$\times$",
    "·": r"$\cdot$", "≤": r"$\leq$", "≥": r"$\geq$", "≈": r"$\approx$", "°": r"$^{\circ}$",
    "µ": r"$\mu$", "α": r"$\alpha$", "β": r"$\beta$", "θ": r"$\theta$", "λ": r"$\lambda$",
    "μ": r"$\mu$", "ρ": r"$\rho$", "σ": r"$\sigma$", "ω": r"$\omega$", "‘": "`", "’": "'",
    "“": "``", "”": "''", "…": r"\dots{}", "ß": r"\ss{}", "ø": r"\o{}", "Ø": r"\O{}",
    "æ": r"\ae{}", "ł": r"\l{}", "Ł": r"\L{}", "\u00a0": "~", "\u202f": r"\,",
}  # fmt: skip
# What a number's form may have beside digits.
_SYMBOLS = {"inf": r"\infty", "≥": r"\geq", "≤": r"\leq"}
# Combining marks of decomposed letters: é is e with U+0301.
_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"',
            "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c"}  # fmt: skip


def to_latex(page: Page) -> str:
    """A table environment with a caption of the page's sentences; without rows, these alone."""
    sentences = [*page.warnings, *page.about, *([page.note] if page.note else [])]
    caption = " ".join(escape(text) for text in [f"{page.title}.", *sentences])
    rows = page.rows()
    if not rows:
        return caption + "\n"
    alignment = "".join(_alignment(entries) for entries in page.columns.values())
    lines = [
        r"% Needs \usepackage{booktabs,graphicx}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{caption}}}",
        r"\small",
        # The braces close on the line of the table's end: a line end between them is a space.
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{\begin{tabular}"
        rf"{{{alignment}}}",
        r"\toprule",
        _line([escape(heading) for heading in page.columns]),
        r"\midrule",
        *(_line([_entry(entry) for entry in row]) for row in rows),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _alignment(entries: Sequence[str | Number]) -> str:
    """Numbers to the right, words to the left, sentences in lines of some 40 or 80 letters."""
    if any(isinstance(entry, Number) for entry in entries):
        return "r"
    longest = max(len(entry) for entry in entries)
    if longest <= 60:
        return "l"
    return "p{20em}" if longest <= 400 else "p{40em}"


def escape(text: str) -> str:
    """Text as LaTeX in ASCII; a character that it has no command for becomes [U+<code>]."""
    parts = re.split(f"([{_SUPERSCRIPTS}]+)", printable(text))
    return "".join(
        f"$^{{{part.translate(_LEVEL)}}}$" if k % 2 else "".join(map(_character, part))
        for k, part in enumerate(parts)
    )


def _character(character: str) -> str:
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    if character.isascii():
        return character
    letter, *marks = unicodedata.normalize("NFD", character)
    if letter.isascii() and len(marks) == 1 and marks[0] in _ACCENTS:
        return rf"\{_ACCENTS[marks[0]]}{{{letter}}}"
    return f"[U+{ord(character):04X}]"


def _line(entries: list[str]) -> str:
    # A row that begins with [ or * would be taken for an option of the line end before it.
    start = "{}" if entries[0][:1] in ("[", "*") else ""
    return start + " & ".join(entries) + r" \\"


def _entry(entry: str | Number) -> str:
    if isinstance(entry, str):
        return escape(entry)
    if entry.value is None or math.isnan(entry.value):
        return escape(ABSENT)
    mantissa, _, exponent = entry.form.format(entry.value).partition("e")
    power = int(exponent or 0)
    body = mantissa
    for word, symbol in _SYMBOLS.items():
        body = body.replace(word, symbol)
    if not math.isnan(entry.spread):
        decimals = len(mantissa.partition(".")[2])
        body += rf" \pm {_in_power(entry.spread, power, decimals)}"
        body = f"({body})" if power else body
    return f"${body}$" if power == 0 else rf"${body} \times 10^{{{power}}}$"


def _in_power(number: float, power: int, decimals: int) -> str:
    """number / 10^power; as a float, that power may be 0 or infinite."""
    if math.isinf(number):
        return r"\infty"
    return f"{Decimal(number).scaleb(-power):.{decimals}f}"
