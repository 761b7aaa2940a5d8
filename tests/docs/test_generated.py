"""Pages made from the code: a few facts that each must have."""

import ast
import json
import sys

import pytest
from pages import ROOT

import inrbench
from inrbench.experiments.experiment import Experiment


@pytest.fixture(autouse=True)
def generate(monkeypatch):
    """The folder of the scripts, as MkDocs has it."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "generate"))
    yield
    for name in ("api", "commands", "formats", "hours", "manifests", "parts", "source"):
        sys.modules.pop(name, None)


def test_the_python_page_has_every_public_name():
    import api

    headings = [line[3:] for line in api.page().splitlines() if line.startswith("## ")]
    assert headings == inrbench.__all__


def test_the_commands_page_has_every_option():
    import commands

    page = commands.page()
    assert "## inrbench data fetch" in page
    assert all(option in page for option in ("`--preset`", "`--time, --no-time`", "`--cell`"))


def test_the_formats_page_has_every_key_of_an_experiment():
    import formats

    page = formats.page().split("### Experiment\n")[1].split("\n## ")[0]
    keys = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert keys == list(Experiment.model_fields)


def test_hours_are_those_of_the_kept_records(tmp_path, monkeypatch):
    import hours

    place = tmp_path / "here" / "quick-tiny"
    place.mkdir(parents=True)
    with (place / "records.jsonl").open("w") as lines:
        for seconds in (1800.0, None):
            record = {"status": "ok", "time": {"setup": 900.0, "total": seconds}}
            lines.write(json.dumps(record) + "\n")
    monkeypatch.setattr(hours, "KEPT", tmp_path)
    assert hours.page().splitlines()[-1] == "| here | quick-tiny | 2 | 1.00 |"


def test_a_signature_is_one_that_python_reads():
    import source

    tree = ast.parse("def f(self, a: int, *, b: dict[str, int] = {}, **c: str) -> int: ...")
    assert source.signature(tree.body[0]) == (
        "f(a: int, *, b: dict[str, int]={}, **c: str) -> int"
    )
