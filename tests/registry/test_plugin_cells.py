"""Cells of a plug-in: run, recorded with the file that made them, and run again by the command."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from inrbench.cells import records
from inrbench.templates import write
from inrbench.testing.check import check

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CELL = "forbild/inr-mine-fls-jvp10/seed0"


def inrbench(*arguments, cwd, **more):
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", *arguments],
        cwd=cwd, env=os.environ | more, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def place(tmp_path, data_folder, monkeypatch):
    """A folder with a network as `inrbench new` writes it, and its experiment."""
    monkeypatch.setenv("INRBENCH_DATA", str(data_folder))
    code, text = inrbench("new", "network", "mine", cwd=tmp_path)
    assert code == 0 and text.startswith("mine.py\nmine.yaml\nNext: inrbench check mine.py")
    return tmp_path


def test_a_record_says_which_file_made_it_and_its_command_runs_again(place):
    run = ("run", "mine", "--cell", CELL, "--preset", "tiny", "--machine", "m", "--threads", "1",
           "--device", "cpu")  # fmt: skip
    code, text = inrbench(*run, cwd=place, INRBENCH_EXPERIMENTS=".")
    assert code == 0 and text.endswith(f"{CELL}: ok\n"), text
    folder = place / "results/m/mine-tiny" / CELL
    record = records.read(folder)
    path = place / "mine.py"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert record.machine["fingerprint"]["plugins"] == {str(path): digest}
    assert record.spec["method"]["network"]["name"] == "mine"
    assert record.spec["method"]["network"]["width"] == 64  # the file's own default
    assert record.command.startswith(f"INRBENCH_EXPERIMENTS={place} inrbench run mine --cell")
    again = record.command.replace("inrbench run", f"{sys.executable} -m inrbench run", 1)
    subprocess.run(again, shell=True, cwd=place, check=True, capture_output=True)
    assert records.read(folder).metrics == record.metrics


def test_new_overwrites_nothing_and_names_what_is_wrong(place):
    for arguments, sentence in (
        (("network", "mine"), "mine.py is there already: nothing was written"),
        (("netwrk", "other"), "unknown kind 'netwrk': did you mean 'network'"),
        (("network", "my-net"), "'my-net': expected a word"),
        (("network", "siren"), "'siren': a built-in network or experiment has it"),
        (("method", "quick"), "'quick': a built-in method or experiment has it"),
    ):
        before = sorted(place.iterdir())
        code, text = inrbench("new", *arguments, cwd=place)
        assert code == 1 and sentence in text
        assert sorted(place.iterdir()) == before


@pytest.mark.parametrize("name", ["gauss", "sirt"])
def test_a_worked_example_has_no_fault_and_its_experiment_is_valid(name):
    code, text = inrbench("check", f"examples/{name}.py", cwd=EXAMPLES.parent)
    assert code == 0 and text.endswith(" checks\n") and "no fault" in text
    code, text = inrbench("validate", name, cwd=EXAMPLES, INRBENCH_EXPERIMENTS=".")
    assert code == 0, text


@pytest.mark.parametrize("kind", ["objective", "gradient", "method"])
def test_the_experiment_of_a_template_is_valid(kind, tmp_path):
    write(kind, "mine", tmp_path)
    code, text = inrbench("validate", "mine", cwd=tmp_path, INRBENCH_EXPERIMENTS=".")
    assert code == 0, text


def test_check_ends_with_exit_code_one_and_the_sentences(place):
    path = place / "mine.py"
    path.write_text(path.read_text().replace(".squeeze(-1)", ""))
    code, text = inrbench("check", "mine.py", cwd=place)
    assert code == 1
    assert "network mine (Mine)\n  ok     The file can be imported" in text
    assert "\n  FAULT  (n, d) float32 -> (n,) float32, finite.\n         54 points in 2" in text
    assert "\n  -      It writes no file anywhere. (not tried)\n" in text
    assert re.search(r"\nmine.py: 1 fault in 2 checks, \d+ not tried\n$", text)
    code, text = inrbench("check", "no.py", cwd=place)
    assert code == 1 and "no.py: there is no such plug-in; correct the path" in text


def test_check_tries_every_name_of_a_file(place):
    path = place / "mine.py"
    text = path.read_text().replace(".squeeze(-1)", "")
    path.write_text(text + text.replace('"mine"', '"other"').replace("class Mine", "class Other"))
    found = [(finding.registration.name, finding.fault) for finding in check(path)]
    assert [name for name, fault in found if fault] == ["mine", "other"]
