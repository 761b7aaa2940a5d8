"""A page on a terminal: nothing is cut off, however narrow it is."""

from inrbench.tables import terminal
from inrbench.tables.page import Page


def test_a_word_longer_than_its_column_goes_on_in_the_next_line(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "WIDTH", 30)
    word = "najaf2025-{laptop,sparse,sparse_bright,tiny,paper}"
    terminal.show(Page("t", {"what": [word], "state": ["ok"]}))
    text = capsys.readouterr().out
    cells = [line.split("│")[1].strip() for line in text.splitlines() if line.startswith("│")]
    assert "".join(cells) == word
