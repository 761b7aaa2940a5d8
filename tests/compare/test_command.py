"""The command: exit codes, tables, JSON, and the time to a target."""

import json
import math
import subprocess
import sys

import pytest
from campaign import campaign, fields, write
from typer.testing import CliRunner

from inrbench.cells.history import write_history
from inrbench.cli import app
from inrbench.compare import compare, target
from inrbench.compare.runs import read


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with two campaigns; `b` takes twice as long in the second."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "base", campaign())
    write(tmp_path / "new", campaign(1, slower={"b": 2.0}))


def inrbench(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def test_a_regression_is_exit_code_1_in_table_markdown_and_json(tmp_path):
    done = inrbench("base", "new", "--markdown", "out.md", "--json", "out.json")
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == "1 slower, 4 ok"
    assert "| slower (time) |" in " ".join((tmp_path / "out.md").read_text().split())
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["exit_code"], found["counts"]) == (1, {"slower": 1, "ok": 4})
    time = next(one for one in found["rows"][0]["changes"] if one["measure"] == "time")
    assert 1.5 < time["low"] < time["ratio"] < time["high"]
    assert {one["name"] for one in found["shared"]} == {"all rows"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "base"), "nowhere: neither a record"),
        (("base", "empty"), "empty: no record below it"),
        (("base", "cut"), "cut/record.json: not a complete JSON file"),
        (("base", "base", "--target", "low"), "--target low: expected an MSE above 0"),
        (("base", "base", "--noise", "none.json"), "none.json: no such file"),
        (("base", "base", "--markdown", "x", "--json", "x"), "both name x"),
        (("base",), "NEW is missing"),
        (("v1", "v2", "--ab"), "unknown revision 'v1'"),
        (("base", "new", "--repeats", "2"), "for --ab alone"),
        (("base", "new", "quick"), "for --ab alone"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, arguments, sentence):
    for name, text in (("empty", None), ("cut", "{")):
        (tmp_path / name).mkdir()
        if text:
            (tmp_path / name / "record.json").write_text(text)
    done = inrbench(*arguments)
    assert done.exit_code == 2 and sentence in done.output
    assert done.output.startswith("error: ") and len(done.output.splitlines()) == 1


def test_a_record_that_cannot_be_read_is_never_fine(tmp_path):
    file = tmp_path / "base" / "quick-laptop" / "forbild" / "a" / "seed0" / "record.json"
    file.write_text('{"\x1b[2J": ')
    done = inrbench("base", "base", "--json", "out.json")
    assert done.exit_code == 2 and "2 records were left out" in done.output
    assert "\x1b" not in done.output
    assert "seed0/record.json" in json.loads((tmp_path / "out.json").read_text())["unread"][0]


@pytest.mark.parametrize("end", ["| head -1; exit ${PIPESTATUS[0]}", ">&-"])
def test_whoever_stops_reading_gets_the_verdict_and_the_files_all_the_same(tmp_path, end):
    shell = f"{sys.executable} -m inrbench compare base new --json folder/out.json {end}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads((tmp_path / "folder/out.json").read_text())["exit_code"] == 1


def test_an_error_of_the_suite_s_own_is_no_regression(monkeypatch):
    monkeypatch.setattr("inrbench.compare.compare", lambda *_, **__: 1 / 0)
    done = inrbench("base", "new")
    assert done.exit_code == 2 and "ZeroDivisionError" in done.output


def test_a_file_that_cannot_be_written_hides_no_regression():
    done = inrbench("base", "new", "--markdown", "base")
    assert done.exit_code == 1 and "error: " in done.output and "1 slower, 4 ok" in done.output
    assert inrbench("base", "base", "--markdown", "base").exit_code == 2


def test_nothing_is_written_unasked(tmp_path):
    before = sorted(tmp_path.rglob("*"))
    assert inrbench("base", "base").exit_code == 0
    assert sorted(tmp_path.rglob("*")) == before


def history(folder, mses):
    rows = [
        {"iteration": k, "loss": 1.0, "seconds": 0.5 * k, "mse": mse} for k, mse in enumerate(mses)
    ]
    write_history(folder / "history.parquet", rows)


def test_a_run_that_misses_its_target_takes_infinitely_many_iterations(tmp_path):
    """As does one that failed."""
    for side, ends in (("one", (1e-6, 1e-6, 1e-6)), ("two", (1e-6, 9e-6, 1e-6))):
        for seed, end in enumerate(ends):
            status = "diverged" if (side, seed) == ("two", 2) else "ok"
            history(write(tmp_path / side, [fields("a", seed, mse=end, status=status)]),
                    [1e-3, 1e-4, end])  # fmt: skip
    one, two = read(tmp_path / "one"), read(tmp_path / "two")
    found = compare(one, two)
    (line,) = target.reach(found, one, two)
    assert line.target == pytest.approx(1.05e-6)
    assert line.iterations == (2, math.inf) and line.seconds == (1.0, math.inf)
    assert line.hits == ("3 of 3", "1 of 3")
    (line,) = target.reach(found, one, two, 1e-4)
    assert line.iterations == (1, 1) and line.hits == ("3 of 3", "2 of 3")
    done = inrbench("one", "two", "--target", "base", "--json", "out.json")
    assert "inf" in done.output
    written = json.loads((tmp_path / "out.json").read_text())["targets"]
    assert written[0]["iterations"] == [2, None]
