"""Commands on a part of an experiment, and on one that has not run to its end."""

import pytest
from made_results import finished
from typer.testing import CliRunner

from inrbench.cells import kept
from inrbench.cli import app
from inrbench.experiments import files as experiments

PART = "network=siren,gradient=autograd"


def inrbench(*words):
    """(standard output, error) of a call."""
    done = CliRunner().invoke(app, list(words))
    return done.output, done.exception


@pytest.fixture
def kept_as(tmp_path, monkeypatch):
    """Keeps results of a part of najaf2026-tiny as a reference below the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))

    def keep(only):
        found = finished(experiments.load("najaf2026", "tiny", only=only))
        place = tmp_path / "results" / "reference" / "m" / "najaf2026-tiny"
        kept.write(place, found, (), place / "none")

    return keep


ASKED = ("najaf2026", "--preset", "tiny", "--machine", "reference/m")


def test_cells_and_validate_take_a_part():
    said, _ = inrbench("cells", "quick", "--preset", "tiny", "--only", PART)
    assert said.splitlines() == [
        "forbild/inr-siren-ls-autograd/seed0", "forbild/inr-siren-fls-autograd/seed0",
    ]  # fmt: skip
    said, _ = inrbench("validate", "quick", "--preset", "tiny", "--only", "method=fbp")
    assert "the parameters of 1 cells are valid" in said
    _, error = inrbench("cells", "quick", "--only", "network=sirn")
    assert "did you mean 'siren'" in str(error)


def test_tables_and_figures_of_a_part_stand_apart_and_say_so(kept_as, tmp_path):
    kept_as(None)
    for command in ("tables", "figures"):
        said, error = inrbench(command, *ASKED, "--only", PART)
        assert error is None and said.strip() == f"results/kept/m/najaf2026-tiny/only/{PART}/" + (
            command
        )
    made = tmp_path / "results" / "kept" / "m" / "najaf2026-tiny"
    assert [one.name for one in made.iterdir()] == ["only"]
    table = (made / "only" / PART / "tables" / "table.md").read_text()
    assert f", only {PART} (tiny): " in table and "JVP" not in table and "SIREN" in table
    claims = (made / "only" / PART / "tables" / "claims.md").read_text()
    assert "cells have no record yet" in claims
    assert (made / "only" / PART / "figures" / "convergence.png").exists()
    said, _ = inrbench("show", *ASKED, "--only", PART)
    assert f", only {PART} (tiny): " in said and "JVP" not in said
    assert f"{PART}/figures/convergence.png" in said


def test_what_has_not_run_to_its_end_has_tables_of_the_cells_there_are(kept_as, tmp_path):
    kept_as(PART)
    cells = len(experiments.load("najaf2026", "tiny").cells())
    there = len(experiments.load("najaf2026", "tiny", only=PART).cells())
    to_come = f" (tiny), {cells - there} of {cells} to come: {there} cells"
    for command in ("tables", "figures"):
        _, error = inrbench(command, *ASKED)
        assert error is None
    made = tmp_path / "results" / "kept" / "m" / "najaf2026-tiny"
    assert to_come in (made / "tables" / "table.md").read_text()
    assert to_come in inrbench("show", *ASKED)[0]
    _, error = inrbench("tables", *ASKED, "--only", "method=fbp")
    assert isinstance(error, FileNotFoundError) and "no record; run `snakemake" in str(error)


def test_a_plan_has_seconds_of_cells_and_their_sum(kept_as):
    kept_as(None)
    said, error = inrbench("plan", "quick", "--preset", "tiny", "--only", PART, "--no-time")
    assert error is None
    assert "No record tells the seconds of these cells." in said
    said, _ = inrbench("plan", "quick", "--preset", "tiny", "--only", PART)
    assert (
        ", cells one after another (2 by an estimate). " in said
        and said.count("| an estimate") == 2
    )
    assert "| s/cell " in said
