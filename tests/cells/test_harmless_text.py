"""Text of a record does nothing where it is printed: it is shown."""

import csv
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from everywhere import written
from made_record import made, whole
from markdown_it import MarkdownIt

from inrbench.cells import records
from inrbench.cells.record import Record
from inrbench.cli import pages
from inrbench.tables import to_csv, to_latex, to_markdown
from inrbench.tables.html import to_html
from inrbench.tables.page import Number, Page
from inrbench.tables.terminal import show

MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})

# Texts that do something in one format or another, each with a word to find it by.
HARMFUL = {
    "terminal": "\x1b[31mred\x1b]0;title\x07 \x9b2J\rover",
    "bidi": "left\u202ethgir\u2066",
    "rich": "[bold red]loud[/] [link=http://x]here[/link]",
    "table": "a|b|c\n|---|\nd",
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)>&lt;",
    "markdown": "[click](javascript:x) ![i](http://x) **bold** `code` ~~s~~ <http://x> [a]: b",
    "formula": '=HYPERLINK("http://x","y")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "wide": "＝1+1",
    "latex": r"\input{/etc/passwd} \write18{ls} $x_{1}$ %off #1 ^^5c ~ & {",
    "quote": "a\"b,c;d'e",
    "mathematics": r"$\frac{1}$ and $\nosuchcommand$",
    "half": "Fourier\ud7ff\ufffe",
}


def harmful(text):
    """Records whose every free text is this one, the second a control without."""
    fields = whole()
    fields["labels"] = dict.fromkeys(fields["labels"], text)
    fields |= {"reason": text, "projector": text, "command": text, "created": text}
    fields["status"] = "diverged"
    for reading in fields["memory"]:
        reading["how"] = text
    key, about = fields["machine"]["key"], fields["machine"]["fingerprint"]
    key |= {"device": text, "torch": text, "data_checksum": text}
    about |= {"hostname": text, "os": text, "python": text}
    about["packages"] |= {text: text, "torch": text}
    about["git"]["revision"] = text
    about["cpu"]["model"] = text
    fields["fit"] = {"chunk": 2, "modelled": 3, "phase": text}
    fields["spec"]["method"] |= {text: text}
    return [Record.model_validate_json(json.dumps(fields)), made()]


@pytest.fixture(params=HARMFUL)
def texts(request, tmp_path):
    return written(harmful(HARMFUL[request.param]), tmp_path)


def test_no_text_steers_a_terminal(texts):
    for name in ("show", "terminal", "markdown", "csv", "latex", "html"):
        assert all(line.isprintable() for line in texts[name].split("\n")), name
    assert texts["json"].isascii()


def test_no_text_of_a_table_is_a_formula(texts):
    for row in csv.reader(texts["csv"].splitlines()):
        for entry in row:
            number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", entry)
            assert number or not entry.startswith(("=", "+", "-", "@", "＝", "\t"))


def test_no_text_is_markup_of_a_page(texts):
    """Each page is parsed as browsers and repositories do."""
    assert set(Tags(texts["html"]).found) <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "section", "table",
        "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    parsed = MARKDOWN.parse(texts["markdown"])
    inline = [token for block in parsed for token in block.children or ()]
    kinds = {token.type for token in (*parsed, *inline)}
    assert not kinds & {"html_block", "html_inline", "image", "link_open", "s_open", "em_open"}
    lines = [line for line in texts["markdown"].splitlines() if line.startswith("|")]
    tables = [token for token in parsed if token.type == "table_open"]
    # Each has a line that is no row.
    assert sum(token.type == "tr_open" for token in parsed) == len(lines) - len(tables)


class Tags(HTMLParser):
    """The names of all tags of a page, none with an attribute that runs something."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        assert {name for name, _ in attributes} <= {"class", "lang", "charset", "name", "content"}


def test_no_text_is_a_command_of_latex(texts):
    text = texts["latex"]
    known = {"begin", "end", "centering", "caption", "small", "resizebox", "ifdim", "width",
             "linewidth", "else", "fi", "toprule", "midrule", "bottomrule", "usepackage", "times",
             "pm", "infty", "geq", "leq", "cdot", "circ", "mu", "textbackslash",
             "textasciitilde", "textasciicircum", "dots"}  # fmt: skip
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= known
    assert text.isascii() and not re.search(r"(?<!\\)[#_]", text)
    assert len(re.findall(r"(?<!\\)\{", text)) == len(re.findall(r"(?<!\\)\}", text))
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0


TEXT = 'a|b <i>c</i> =1 "q" \\x $y$ \x1b\u202e\n[z](u) #1'
PAGE = Page(
    TEXT,
    {TEXT: [TEXT, "=2", "-0.5"], "number": [Number(-1.5e-6, "{:.2e}"), Number(2.0, "{:.1f}", 0.5),
                                            Number(float("nan"), "{:.1f}")]},
    warnings=[TEXT], about=[TEXT, TEXT], note=TEXT,
)  # fmt: skip


def test_each_format_shows_the_text_and_leaves_numbers_alone():
    html, markdown, latex = to_html(PAGE), to_markdown(PAGE), to_latex(PAGE)
    assert r"a\|b \<i>c\</i> =1" in markdown and r"\[z]" not in markdown and r"[z\](u)" in markdown
    assert "-1.50e-06" in markdown and "2.0 ± 0.5" in markdown and "–" in markdown
    assert "a|b &lt;i&gt;c&lt;/i&gt; =1 &quot;q&quot;" in html and "-1.50e-06" in html
    assert r"a$|$b $<$i$>$c$<$/i$>$ =1 " in latex and r"\textbackslash{}x" in latex
    assert r"$-1.50 \times 10^{-6}$" in latex
    for text in (html, markdown, latex):
        assert "\x1b" not in text and "\u202e" not in text
    least = [Number(5e-324, "{:.2e}", 1e-323), Number(1.0, "{:.1f}", float("inf"))]
    rows = to_latex(Page("Least", {"number": least}))
    assert r"$(4.94 \pm 9.88) \times 10^{-324}$" in rows and r"$1.0 \pm \infty$" in rows


def test_a_paragraph_of_markdown_is_no_list_heading_or_rule():
    for text in ("# one", "- two", "+ three", "1. four", "> five", "=== six", "--- seven", "1) x"):
        html = MARKDOWN.render(to_markdown(Page("T", {}, about=[text], note=text)))
        assert html.count("<p>") == 2 and html.count("<h2>") == 1, html
        assert html.count(text.replace(">", "&gt;")) == 2


def test_numbers_and_texts_of_a_csv_file():
    table = pd.DataFrame(
        {"=head": ["=1+1", " @x", "-1e-3", "+5", 'a,b\n"c"', None], "n": [-1.5, 2, 3, 4, 5, 6]}
    )
    lines = list(csv.reader(to_csv(table).splitlines()))
    assert [row[0] for row in lines] == ["'=head", "'=1+1", "' @x", "-1e-3", "+5", 'a,b "c"', ""]
    assert [float(row[1]) for row in lines[1:]] == [-1.5, 2, 3, 4, 5, 6]


def test_a_record_that_somebody_changed_does_nothing_on_the_screen(tmp_path):
    labels = {"dataset": "F", "method": "I\x1b[2J\u202e\n| b |"}
    folder = records.folder(tmp_path, (record := made(labels=labels)).cell)
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(record.model_dump_json())
    lines = pages.page(tmp_path / "e-p").splitlines()
    assert all(line.isprintable() for line in lines)
    assert any("x1b[2J" in line and "u202e" in line for line in lines)


def test_the_terminal_shows_brackets_as_they_are(capsys):
    """Rich would take them for colours and links, and fail on one that closes nothing."""
    texts = ["[bold]title", "[red]heading[/]", "[link=http://x]entry[/link]", "[/]"]
    show(Page(texts[0], {texts[1]: [texts[2]]}, about=[texts[3]]))
    shown = capsys.readouterr().out
    assert all(text in shown for text in texts)
