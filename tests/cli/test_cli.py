"""The command line: one sentence and a non-zero exit for a mistake, records shown for people."""

import hashlib
import os
import pty
import subprocess
import sys

import pytest
import yaml
from made_results import finished

from inrbench.cells import kept, records
from inrbench.experiments import files as experiments
from inrbench.meters import machine
from inrbench.run.parent import run_cell


def inrbench(*arguments, cwd=None, **more):
    """Exit code, standard output and standard error of a call."""
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", *arguments],
        cwd=cwd,
        env=os.environ | more,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_list_names_experiments_with_presets_and_cells():
    code, text, _ = inrbench("list")
    assert code == 0
    assert "quick" in text and "laptop (28 cells)" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "quik", "--cell", "x"), "unknown experiment 'quik': did you mean 'quick'"),
        (("run", "quick", "--cell", "forbild/fpb/seed0"), "did you mean 'forbild/fbp/seed0'"),
        (("run", "quick", "--cell", "x", "--preset", "lptop"), "did you mean 'laptop'"),
        (("data", "fetch", "toth"), "did you mean 'tooth'"),
        (("show", "nowhere"), "nowhere: neither a record"),
        (("claims", "quick", "--machine", "m"), "quick reproduces no paper"),
        (("claims", "najaf2026", "--machine", "nowhere"), "no record of najaf2026"),
        (("data", "prepare", "quick", "forbilt"), "did you mean 'forbild'"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_one(arguments, sentence):
    code, _, text = inrbench(*arguments)
    assert code == 1
    assert sentence in text
    assert text.startswith("error: ") and len(text.splitlines()) == 1


def test_measured_data_that_is_missing_says_how_to_fetch_it(tmp_path):
    code, _, text = inrbench("data", "prepare", "tooth", "tooth", INRBENCH_DATA=str(tmp_path))
    assert code == 1
    assert 'run "inrbench data fetch tooth"' in text


def test_verify_names_what_is_missing(tmp_path):
    code, _, text = inrbench("data", "verify", "tooth", INRBENCH_DATA=str(tmp_path))
    assert code == 1 and "tooth.h5 is missing" in text


def test_a_wrong_file_on_every_source_is_set_aside_and_named(tmp_path):
    """A mirror with wrong bytes, and no network behind it."""
    (tmp_path / "mirror" / "tooth").mkdir(parents=True)
    wrong = bytes(1043312)
    (tmp_path / "mirror" / "tooth" / "tooth.h5").write_bytes(wrong)
    digest = hashlib.sha256(wrong).hexdigest()
    code, _, text = inrbench(
        "data", "fetch", "tooth", INRBENCH_DATA=str(tmp_path / "data"),
        INRBENCH_MIRROR=str(tmp_path / "mirror"), https_proxy="http://127.0.0.1:9",
    )  # fmt: skip
    assert code == 1
    assert digest in text
    (left,) = (tmp_path / "data" / "tooth").glob("*.bad-*")
    assert left.read_bytes() == wrong
    assert not (tmp_path / "data" / "tooth" / "tooth.h5").exists()


@pytest.fixture
def reference(tmp_path):
    """A kept reference of najaf2026-tiny below a folder to work in."""
    experiment = experiments.load("najaf2026", "tiny")
    kept.write(tmp_path / "results" / "reference" / "m" / "najaf2026-tiny", finished(experiment),
               (), tmp_path / "none")  # fmt: skip
    return {"cwd": tmp_path, "INRBENCH_DATA": str(tmp_path / "data")}


def test_a_reference_has_claims_tables_and_figures_and_nothing_is_added_to_it(reference):
    asked = ["najaf2026", "--preset", "tiny", "--machine", "reference/m"]
    results = reference["cwd"] / "results"
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    code, text, _ = inrbench("claims", *asked, **reference)
    assert code == 0
    for words in ("Najaf and Ongie (2026)", "verdict", "seeds", "not tested", "FORBILD"):
        assert words in text
    for command, file in (("tables", "claims.md"), ("figures", "convergence.png")):
        code, text, said = inrbench(command, *asked, **reference)
        made = results / "kept" / "m" / "najaf2026-tiny" / command
        assert code == 0, said
        assert (made / file).exists() and text.strip() == str(made.relative_to(reference["cwd"]))
    code, _, said = inrbench("tables", *asked, "--to", "mine", **reference)
    assert code == 0 and (reference["cwd"] / "mine" / "table.csv").exists(), said
    kept_files = [path for path in (results / "reference").rglob("*") if path.is_file()]
    assert {path: path.read_bytes() for path in kept_files} == before


def test_validate_names_the_cell_and_the_parameter(tmp_path, tiny):
    tiny("fbp", parts={"gradient": {"jvp25": {"name": "jvp", "rate": 1.5}},
                       "network": {"large": {"name": "siren", "label": "l"}}})  # fmt: skip
    folder = str(tmp_path / "experiments")
    code, _, text = inrbench("validate", "trial", INRBENCH_EXPERIMENTS=folder)
    assert code == 1
    assert "inr-siren-least_squares-jvp25" in text and "rate=1.5" in text
    tiny("fbp")
    code, text, _ = inrbench("validate", "trial", INRBENCH_EXPERIMENTS=folder)
    assert code == 0 and "5 cells are valid" in text


def test_validate_tries_the_device_and_a_projector_for_it(tmp_path, tiny):
    """What is not here at all is told before any cell; where it is, nothing else changes."""
    tiny("fbp")
    where = {"INRBENCH_EXPERIMENTS": str(tmp_path / "experiments"), "CUDA_VISIBLE_DEVICES": ""}
    for device in ("cpu", "auto"):
        code, text, _ = inrbench("validate", "trial", "--device", device, **where)
        assert code == 0 and "5 cells are valid" in text
    code, _, text = inrbench("validate", "trial", "--device", "cuda", **where)
    assert code == 1 and text.startswith("error: device=cuda: torch finds no CUDA device here")
    (tmp_path / "astra.py").write_text("raise ImportError('libastra.so.0: no such file')")
    where["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    code, _, text = inrbench("validate", "trial", "--device", "cpu", **where)
    assert code == 1 and "astra cannot be imported (libastra.so.0: no such file)" in text


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"network": {"siren": {"widht": 3}}}, "did you mean 'width'"),
        ({"network": {"siren": {"width": 0}}}, "width=0"),
        ({"objective": {"least_squares": {"weigths": 3}}}, "no parameter 'weigths'"),
        ({"objective": {"least_squares": {"subsets": 0}}}, "subsets=0: expected a whole number"),
        ({"objective": {"least_squares": {"subsets": 1000}}}, "views, so at most as many"),
    ],
)
def test_validate_finds_parameters_of_every_part(tmp_path, tiny, part, sentence):
    tiny("fbp")
    path = tmp_path / "experiments" / "trial.yaml"
    document = yaml.safe_load(path.read_text())
    for axis, parts in part.items():
        document["parts"].setdefault(axis, {}).update(parts)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    code, _, text = inrbench("validate", "trial", INRBENCH_EXPERIMENTS=str(path.parent))
    assert code == 1 and sentence in text


def test_show_prints_a_record_with_the_command_that_repeats_it(tmp_path, tiny):
    cell = tiny("fbp")
    run_cell(cell, tmp_path, "cpu", 1, "inrbench run trial --cell x", tmp_path / "log")
    code, text, _ = inrbench("show", str(records.folder(tmp_path, cell)))
    assert code == 0
    for words in ("status      ok", "mse", "tensor_peak", "inrbench run trial --cell x"):
        assert words in text


@pytest.mark.parametrize("asked", [None, machine.cores()])
def test_a_cell_has_the_threads_of_its_experiment_unless_told_otherwise(tmp_path, tiny, asked):
    cell = tiny("fbp", threads=1)
    options = [] if asked is None else ["--threads", str(asked)]
    code, _, text = inrbench(
        "run", "trial", "--cell", cell.id, "--machine", "m", "--device", "cpu", *options,
        cwd=tmp_path, INRBENCH_EXPERIMENTS=str(tmp_path / "experiments"),
    )  # fmt: skip
    assert code == 0, text
    record = records.read(records.folder(tmp_path / "results" / "m", cell))
    threads = asked or 1
    assert record.time.threads == record.machine["key"]["threads"] == threads
    assert record.command.endswith(f"--threads {threads}")


@pytest.mark.parametrize("asked", [["--threads", "1000000000"], []])
def test_more_threads_than_cores_are_refused_before_anything_runs(tmp_path, tiny, asked):
    cell = tiny("fbp", threads=1000000000)
    code, _, text = inrbench(
        "run", "trial", "--cell", cell.id, "--machine", "m", "--device", "cpu", *asked,
        cwd=tmp_path, INRBENCH_EXPERIMENTS=str(tmp_path / "experiments"),
    )  # fmt: skip
    assert code == 1 and f"choose from 1 to {machine.cores()}" in text
    assert len(text.splitlines()) == 1 and not (tmp_path / "results").exists()


def test_the_command_in_a_record_is_plain_words_to_a_shell(tmp_path, tiny):
    """Whatever the folder of experiments is called, a shell runs nothing but inrbench."""
    cell = tiny("fbp")
    folder = tmp_path / "mine; touch $(echo touched) `touch too` 'x'"
    (tmp_path / "experiments").rename(folder)
    place = {"cwd": tmp_path, "INRBENCH_EXPERIMENTS": str(folder)}
    code, _, text = inrbench("run", "trial", "--cell", cell.id, "--machine", "m", "--device",
                             "cpu", "--threads", "1", **place)  # fmt: skip
    assert code == 0, text
    command = records.read(records.folder(tmp_path / "results" / "m", cell)).command
    shown = command.replace("inrbench run", "echo run")
    done = subprocess.run(shown, shell=True, cwd=tmp_path, capture_output=True, text=True)
    words = f"run trial --cell {cell.id} --preset tiny --machine m --device cpu --threads 1"
    assert done.stdout.strip() == words and done.stderr == ""
    assert not (tmp_path / "touched").exists() and not (tmp_path / "too").exists()


def test_a_bar_runs_when_a_person_watches(tmp_path, tiny):
    """On a terminal the bar shows iterations and the MSE; without one nothing is drawn."""
    cell = tiny("inr-siren-least_squares-autograd")
    command = [sys.executable, "-m", "inrbench", "run", "trial", "--cell", cell.id]
    command += ["--machine", "m", "--device", "cpu", "--threads", "1"]
    where = os.environ | {"INRBENCH_EXPERIMENTS": str(tmp_path / "experiments"), "TERM": "xterm"}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=tmp_path, env=where, stderr=theirs, stdout=subprocess.PIPE
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            drawn += os.read(ours, 65536)
        except OSError:  # the other end has closed
            break
    assert process.wait() == 0
    assert b"MSE" in drawn and b"%" in drawn and cell.id.encode() in drawn
    quiet = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True)
    assert quiet.stderr == b"" and b": ok" in quiet.stdout
