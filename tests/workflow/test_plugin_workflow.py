"""A plug-in in the real workflow: its cells alone run again; a faulty one stops nobody else."""

import os

import pytest
from snake import CONFIG, snakemake

from inrbench.templates import write

pytestmark = pytest.mark.workflow

PLAIN = """
title: A method
presets: {tiny: {}}
seeds: [0]
datasets: {forbild: {size: 24, views: 12, columns: 32}}
methods: [{name: fbp}]
"""
RELAX = PLAIN.replace(
    "fbp}]\n", "fbp}, {name: relax, parameters: {iterations: 3}}]\nplugins: [relax.py]\n"
)


def found(place):
    return {path.parts[-3]: path.stat().st_mtime_ns for path in place.rglob("record.json")}


def test_an_edited_plug_in_runs_again_and_a_faulty_one_stops_nobody_else(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    path, _ = write("method", "relax", folder)
    (folder / "plain.yaml").write_text(PLAIN)
    (folder / "relax.yaml").write_text(RELAX)
    where = {"INRBENCH_EXPERIMENTS": str(folder)}
    code, text = snakemake(tmp_path, "relax", *CONFIG, **where)
    assert code == 0, text
    before = found(tmp_path)
    assert set(before) == {"fbp", "relax"}

    path.write_text(path.read_text().replace("+ projector", "+ 0.5 * projector"))
    code, text = snakemake(tmp_path, "relax", *CONFIG, **where)
    assert code == 0, text
    assert {name for name, time in found(tmp_path).items() if time != before[name]} == {"relax"}

    path.write_text("def f(:\n")
    code, text = snakemake(tmp_path, "plain", *CONFIG, **where)
    assert code == 0, text
    assert "relax.py, line 1: the plug-in is not valid Python" in text


def test_what_is_no_experiment_stops_none(tmp_path):
    """A pipe that nobody writes to, a folder and words beside the experiment that is asked for."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "plain.yaml").write_text(PLAIN)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder.yaml").mkdir()
    (folder / "words.yaml").write_text("words")
    where = {"INRBENCH_EXPERIMENTS": str(folder)}
    code, text = snakemake(tmp_path, "plain", "--dry-run", *CONFIG, **where)
    assert code == 0, text
    for sentence in (
        "pipe.yaml: is a pipe",
        "folder.yaml: is a folder",
        "words.yaml: expected keys",
    ):
        assert sentence in text
