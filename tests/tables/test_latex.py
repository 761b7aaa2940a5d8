"""LaTeX: what is written can be pasted, whatever the labels hold."""

import math
import re
import shutil
import subprocess

import pytest

from inrbench.tables.latex import escape, to_latex
from inrbench.tables.page import Number, Page

PAGE = Page(
    "Dose & noise: 10 % of 50_000 #photons",
    {
        "gradient": ["JVP 10 %", "exact_1", "Müller & Łukasz ~ 音"],
        "MSE (mm⁻²)": [Number(3.5612e-6, "{:.2e}", 1.2e-7), Number(2.0, "{:.2e}"),
                       Number(math.nan, "{:.2e}")],
        "SSIM": [Number(0.5, "{:.3f}", 0.25), Number(math.inf, "{:.3f}"), "–"],
        "status": ["ok", "1 ok, 1 out_of_memory", r"{\#$^|<>}"],
    },
    warnings=["2 of 3 cells did not finish."],
    about=["Mean ± sample standard deviation; 128² pixels, 5 µs, 20 °C."],
    note="It’s a “note” — with é, ß and 10 % of $3.",
)  # fmt: skip


def table_rows(text):
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")].splitlines()
    return [line for line in body if line.endswith(r"\\")]


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)&", line.removesuffix(r"\\"))]


def test_every_row_has_an_entry_for_each_column():
    rows = table_rows(to_latex(PAGE))
    assert [len(cells(row)) for row in rows] == [4, 4, 4, 4]
    alignment = re.search(r"\\begin\{tabular\}\{(\w+)\}", to_latex(PAGE))[1]
    assert alignment == "lrrl"


def test_no_character_of_the_labels_is_a_command():
    comment, *lines = to_latex(PAGE).splitlines()
    assert comment.startswith("%") and "booktabs" in comment and "graphicx" in comment
    text = "\n".join(lines)
    assert text.isascii()
    assert not re.search(r"(?<!\\)[%_#]", text)
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0
    assert len(re.findall(r"(?<!\\)\{", text)) == len(re.findall(r"(?<!\\)\}", text))
    assert re.findall(r"\\begin\{(\w+)\}", text) == ["table", "tabular"]
    assert re.findall(r"\\end\{(\w+)\}", text) == ["tabular", "table"]


def test_numbers_share_the_power_of_their_mean_and_an_absent_one_is_a_dash():
    heading, first, second, third = (cells(row) for row in table_rows(to_latex(PAGE)))
    assert heading[1] == "MSE (mm$^{-2}$)"
    assert first[1:3] == [r"$(3.56 \pm 0.12) \times 10^{-6}$", r"$0.500 \pm 0.250$"]
    assert second[1:3] == ["$2.00$", r"$\infty$"]
    assert third[1:3] == ["--", "--"]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("JVP 10 %", r"JVP 10 \%"),
        ("out_of_memory", r"out\_of\_memory"),
        ("mm⁻²", "mm$^{-2}$"),
        ("µ ± 2", r"$\mu$ $\pm$ 2"),
        ("Müller", r"M\"{u}ller"),
        ("音", "[U+97F3]"),
    ],
)
def test_text_becomes_ascii(text, latex):
    assert escape(text) == latex


def test_without_rows_only_the_sentences_are_left():
    assert to_latex(Page("Title", {}, about=["No row, 0 %."])) == "Title. No row, 0 \\%.\n"


def test_sentences_get_lines_of_their_own_width():
    text = to_latex(Page("T", {"a": ["word"], "b": ["w" * 61], "c": ["w " * 300]}))
    assert r"{lp{20em}p{40em}}" in text


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_it_compiles_and_fits_the_page(tmp_path):
    wide = Page("Wide", {f"column {k}": [Number(k, "{:.2e}")] for k in range(30)})
    long = Page(
        "Long", {"words": ["ten words of a sentence that goes on " * 30], "more": ["x" * 9]}
    )
    body = to_latex(PAGE) + to_latex(wide) + to_latex(long)
    (tmp_path / "page.tex").write_text(
        "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n"
        f"\\begin{{document}}\n{body}\\end{{document}}\n"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "Overfull" not in done.stdout
