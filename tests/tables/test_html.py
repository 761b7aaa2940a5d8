"""Pages as HTML: the same entries as elsewhere, nothing taken for markup, nothing to fetch."""

from html.parser import HTMLParser

from inrbench.tables.html import document, to_html
from inrbench.tables.page import Number, Page

PAGE = Page(
    title="Speed & <size>",
    warnings=["a < b"],
    about=["One.", "Two."],
    columns={"what": ["<script>alert(1)</script>", "plain"],
             "s": [Number(1.25, "{:.1f}", 0.5), Number(float("nan"), "{:.1f}")]},
    note="And so on.",
)  # fmt: skip


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.text.append(data.strip())


def test_what_is_written_is_read_again_and_is_no_markup():
    found = Reader(document("A & B", [to_html(PAGE)]))
    assert not found.open
    assert "script" not in [tag for tag, _ in found.tags]
    for text in ("A & B", "Speed & <size>", "a < b", "One. Two.", "<script>alert(1)</script>",
                 "1.2 ± 0.5", "–", "And so on."):  # fmt: skip
        assert text in found.text
    assert [tag for tag, _ in found.tags].count("tr") == 3


def test_numbers_stand_to_the_right():
    found = Reader(to_html(PAGE))
    classes = [attributes.get("class") for tag, attributes in found.tags if tag == "td"]
    assert classes == [None, "number"] * 2


def test_without_rows_there_is_no_table():
    assert "<table" not in to_html(Page("Nothing", {"what": []}, about=["None."]))
