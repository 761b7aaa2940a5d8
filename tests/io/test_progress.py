"""How far long work is, for whoever watches and for logs."""

import json

import pytest

from inrbench.io import progress
from inrbench.io.progress import Step


def test_the_time_left_goes_by_the_pace_so_far():
    step = Step("a", completed=25, total=100, words="MSE 1e-6", seconds=10.0, at=0.0)
    assert step.left == pytest.approx(30.0)
    assert str(step) == "a: 25 %, MSE 1e-6, 30 s left"
    assert str(Step("a", 0, 100, "", 10.0, 0.0)) == "a: 0 %"
    assert str(Step("a", 7, 0, "", 10.0, 0.0)).startswith("a: ")


def test_where_no_person_watches_a_line_comes_now_and_then(capsys, monkeypatch):
    with progress.progress("a") as show:
        show(1, 4)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "LINE", 0.0)
    with progress.progress("a\x1b[2J") as show:
        show(1, 4, "MSE 2e-6")
    line = capsys.readouterr().err
    assert "25 %, MSE 2e-6, " in line and line.endswith(" left\n") and "\x1b" not in line


def test_a_file_takes_the_same_for_another_terminal(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    assert progress.read(file) is None
    monkeypatch.setattr(progress, "NOTE", 0.0)
    with progress.progress("a", file) as show:
        show(1, 4, "one")
        show(2, 4, "two")
        found = progress.read(file)
    assert (found.title, found.completed, found.total, found.words) == ("a", 2, 4, "two")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", json.dumps({"title": "a"})])
def test_a_file_that_is_not_whole_says_nothing(tmp_path, text):
    (tmp_path / "progress.json").write_text(text)
    assert progress.read(tmp_path / "progress.json") is None


def test_a_disk_that_refuses_the_file_stops_nothing(tmp_path):
    (tmp_path / "file").touch()
    with progress.progress("a", tmp_path / "file" / "progress.json") as show:
        show(1, 4)
