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
    monkeypatch.chdir(tmp_path)


def inrbench(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)])


def history(folder, mses):
    rows = [
        {"iteration": k, "loss": 1.0, "seconds": 0.5 * k, "mse": mse} for k, mse in enumerate(mses)
    ]
    write_history(folder / "history.parquet", rows)


def test_a_regression_is_exit_code_1_in_table_markdown_and_json(tmp_path):
    campaign(tmp_path / "base")
    campaign(tmp_path / "new", 1, slower={"b": 1.2})
    done = inrbench("base", "new", "--markdown", "out.md", "--json", "out.json")
    assert done.exit_code == 1
    assert "1 slower, 4 ok" in done.output
    table = (tmp_path / "out.md").read_text()
    assert "| slower (time) |" in " ".join(table.split())
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["exit_code"] == 1
    assert found["counts"] == {"slower": 1, "ok": 4}
    time = found["rows"][0]["changes"][1]
    assert time["measure"] == "time"
    assert time["low"] < time["ratio"] < time["high"]
    assert time["ratio"] == pytest.approx(1.2, abs=0.03)
    assert 1 < time["least"] < time["findable"] < 1.2
    assert time["p"] < 0.005


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere", "base"), "nowhere: neither a folder or record"),
        (("base", "empty"), "empty: no record.json below it"),
        (("base", "cut"), "cut/record.json: not a complete JSON file"),
        (("base", "base", "--target", "low"), "--target low: expected an MSE above 0"),
        (("base", "base", "--noise", "none.json"), "none.json: no such file"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path, arguments, sentence):
    campaign(tmp_path / "base", methods=("a",), seeds=(0,))
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "record.json").write_text("{")
    done = inrbench(*arguments)
    assert done.exit_code == 2
    assert sentence in done.output
    assert done.output.startswith("error: ")


def test_whoever_stops_reading_gets_the_verdict_and_the_files_all_the_same(tmp_path):
    campaign(tmp_path / "base")
    command = f"{sys.executable} -m inrbench compare base base --json new/folder/out.json"
    shell = f"{command} | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "base against base: 5 ok\n"
    assert json.loads((tmp_path / "new/folder/out.json").read_text())["exit_code"] == 0


def test_an_error_of_the_suite_s_own_is_no_regression_either(tmp_path, monkeypatch):
    base = campaign(tmp_path / "base")
    monkeypatch.setattr("inrbench.compare.compare", lambda *_, **__: 1 / 0)
    done = inrbench(base.source, base.source)
    assert done.exit_code == 2 and "ZeroDivisionError" in done.output


def test_a_closed_output_is_no_regression(tmp_path):
    campaign(tmp_path / "base")
    command = f"{sys.executable} -m inrbench compare base base >&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_cannot_be_written_hides_no_regression(tmp_path):
    campaign(tmp_path / "base")
    campaign(tmp_path / "new", 1, slower={"b": 1.2})
    done = inrbench("base", "new", "--markdown", "base")
    assert done.exit_code == 1 and "error: " in done.output and "1 slower, 4 ok" in done.output
    assert inrbench("base", "base", "--markdown", "base").exit_code == 2
    done = inrbench("base", "base", "--markdown", "x", "--json", "x")
    assert done.exit_code == 2 and "both name x" in done.output


def test_nothing_is_written_unasked(tmp_path):
    campaign(tmp_path / "results" / "reference" / "m", methods=("a",))
    before = sorted(tmp_path.rglob("*"))
    assert inrbench("m", "m").exit_code == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_that_misses_its_target_takes_infinitely_many_iterations(tmp_path):
    for side, ends in (("base", (1e-6, 1e-6, 1e-6)), ("new", (1e-6, 9e-6, 9e-6))):
        for seed, end in enumerate(ends):
            folder = tmp_path / side / f"seed{seed}"
            write(folder, fields("a", seed, mse=end))
            history(folder, [1e-3, 1e-4, end])
    base, new = read(tmp_path / "base"), read(tmp_path / "new")
    found = compare(base, new, None)
    (line,) = target.reach(found, base, new)
    assert line.target == pytest.approx(1.05e-6)
    assert line.iterations == (2, math.inf)
    assert line.seconds == (1.0, math.inf)
    assert line.hits == ("3 of 3", "1 of 3")
    (line,) = target.reach(found, base, new, 1e-4)
    assert line.iterations == (1, 1)
    done = inrbench("base", "new", "--target", "base", "--json", "out.json")
    assert "inf" in done.output
    written = json.loads((tmp_path / "out.json").read_text())["targets"]
    assert written[0]["iterations"] == [2, None]


def test_a_run_that_failed_misses_it_too(tmp_path):
    for side, status in (("base", "ok"), ("new", "diverged")):
        folder = tmp_path / side
        write(folder, fields("a", 0, status=status))
        history(folder, [1e-3, 2e-6])
    base, new = read(tmp_path / "base"), read(tmp_path / "new")
    (line,) = target.reach(compare(base, new, None), base, new)
    assert line.iterations == (1, math.inf)
