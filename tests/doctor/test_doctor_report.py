"""Findings for a person and for a program."""

import json

import pytest
from inrbench.doctor.page import doctor_page

from inrbench import doctor
from inrbench.doctor import report, show
from inrbench.doctor.finding import Finding, fault, healthy, summary
from inrbench.tables import to_markdown

FOUND = [
    Finding("room", "memory", "ok", "20 GiB"),
    fault("data", "walnut", "nobody has it", "inrbench data fetch walnut", needed=False),
    Finding("experiments", "quick-laptop", "ok", "can run on the CPU"),
    Finding("experiments", "quick-tiny", "ok", "can run on the CPU"),
    fault("experiments", "tune-laptop", "no projector", "pip install itk-rtk", needed=True),
    fault("experiments", "tune-paper", "walnut", "inrbench data fetch walnut", needed=False),
]


@pytest.mark.parametrize(
    ("state", "mend"), [("warning", None), ("broken", ""), ("ok", "pip install x"), ("bad", "x")]
)
def test_a_fault_has_a_command_and_nothing_else_has_one(state, mend):
    with pytest.raises(ValueError):
        Finding("a", "b", state, "c", mend or None)


def test_what_they_come_to():
    assert not healthy(FOUND) and healthy(FOUND[:4])
    assert summary(FOUND) == (
        "1 thing that the default experiments need is broken here; 2 warnings."
    )
    assert summary(FOUND[:2]) == "All that the default experiments need works here; 1 warning."
    assert summary(FOUND[:1]) == "All that the default experiments need works here; no warning."


def test_a_file_gives_back_every_finding(tmp_path):
    path = tmp_path / "doctor.json"
    path.write_text(report.to_json(FOUND))
    assert report.read(path) == FOUND
    assert json.loads(path.read_text())["healthy"] is False
    for text in ("", "{}", '{"findings": [{"part": "a"}]}', "[]"):
        path.write_text(text)
        with pytest.raises(ValueError, match="not a file of `inrbench doctor --json`"):
            report.read(path)


def test_a_command_stands_alone_on_its_line_once_for_all_that_it_mends_broken_first():
    assert report.commands(FOUND).splitlines() == [
        "",
        "To mend:",
        "broken: experiments: tune-laptop",
        "    pip install itk-rtk",
        "warning: data: walnut; experiments: tune-paper",
        "    inrbench data fetch walnut",
    ]
    assert report.commands(FOUND[:1]) == ""


def test_findings_that_say_the_same_share_a_row_of_the_page():
    page = doctor_page(FOUND)
    assert len(page.rows()) == 5
    text = to_markdown(page)
    assert "quick-{laptop, tiny}" in text and "`" not in text
    assert "| inrbench data fetch walnut" in text
    assert "command that mends it" not in doctor_page(FOUND, commands=False).columns


def test_names_with_a_stem_in_common_are_put_together():
    assert report.braced(["tooth"]) == "tooth"
    assert report.braced(["a-b", "c", "a-d", "e"]) == "a-{b, d}, c, e"


def test_lines_are_for_where_no_table_can_be_made():
    text = report.to_text(report.together(FOUND))
    assert "\nexperiments\n  ok       quick-{laptop, tiny}: can run on the CPU\n" in text


def test_a_person_gets_a_table_and_below_it_each_command_on_a_line(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "examine", lambda tell: FOUND)
    assert show.run(json=False) == 1
    text = capsys.readouterr().out
    assert text.startswith("What works on this machine\n1 thing that the default experiments")
    table, _, commands = text.partition("\nTo mend:\n")
    assert "│ quick-{laptop, tiny} │" in table
    assert "\n    pip install itk-rtk\n" in commands
    monkeypatch.setattr(doctor, "examine", lambda tell: FOUND[:2])
    assert show.run(json=True) == 0
    assert json.loads(capsys.readouterr().out)["healthy"] is True


def test_what_comes_from_outside_steers_no_terminal():
    hostile = Finding("data", "a", "warning", "said \x1b[2J", "rm \x1b[2J")
    for text in (report.to_text([hostile]), report.commands([hostile]), report.to_json([hostile])):
        assert "\x1b" not in text and "[2J" in text
