"""Code in a folder is asked as it is there, whatever is installed or lies where one works."""

import shutil
from pathlib import Path

import pytest
import yaml

from inrbench.compare.code_state import ask
from inrbench.experiments import files as experiments
from inrbench.run import sources

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """An experiment of two cells."""
    text = {"title": "Two", "presets": {"tiny": {}, "other": {"seeds": [7]}}, "seeds": [0],
            "datasets": {"forbild": {"size": 24, "views": 12, "columns": 32}},
            "methods": [{"name": "fbp"}, {"name": "cgls"}]}  # fmt: skip
    (tmp_path / "pair.yaml").write_text(yaml.safe_dump(text, sort_keys=False))
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", str(tmp_path))
    return tmp_path


def test_this_code_has_the_cells_and_digests_of_this_code(pair):
    state = ask("here", ROOT, "pair", None)
    cells = experiments.load("pair", folder=pair).cells()
    assert (
        state.preset == "tiny"
        and state.threads is None
        and list(state.cells) == [cell.id for cell in cells]
    )
    for cell in cells:
        asked = state.cells[cell.id]
        assert asked.spec == cell.spec and asked.dataset == "forbild"
        assert asked.code == sources.digest_of_cell(cell.spec)
    assert list(ask("here", ROOT, "pair", "other").cells) == ["forbild/fbp/seed7",
                                                              "forbild/cgls/seed7"]  # fmt: skip


def test_it_says_on_how_many_threads_the_experiment_runs(pair):
    path = pair / "pair.yaml"
    path.write_text(path.read_text() + "threads: 1\n")
    assert ask("here", ROOT, "pair", None).threads == 1


def test_an_edit_of_the_code_in_the_folder_is_seen(pair, other_code, monkeypatch):
    """Python would take the package of the working folder, were it not told otherwise."""
    monkeypatch.chdir(ROOT)
    here, there = ask("here", ROOT, "pair", None), ask("there", other_code, "pair", None)
    cell = "forbild/cgls/seed0"
    assert here.cells[cell].spec == there.cells[cell].spec
    assert here.cells[cell].code != there.cells[cell].code
    assert here.cells["forbild/fbp/seed0"].code == there.cells["forbild/fbp/seed0"].code


@pytest.fixture
def other_code(tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(ROOT / "inrbench", folder / "inrbench",
                    ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    shutil.copytree(ROOT / "workflow", folder / "workflow")
    path = folder / "inrbench" / "solvers" / "cgls.py"
    path.write_text(path.read_text() + "\nEDITED = True\n")
    return folder


def test_what_it_does_not_have_gets_its_own_sentence(pair):
    with pytest.raises(ValueError, match=r"v1: unknown experiment 'pear': did you mean 'pair'"):
        ask("v1", ROOT, "pear", None)
    with pytest.raises(ValueError, match="v1: pair has no preset 'tinny'"):
        ask("v1", ROOT, "pair", "tinny")


def test_a_folder_without_the_package_is_not_answered_for_by_another(pair, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"v0: (Python imports inrbench from|.*No module named)"):
        ask("v0", tmp_path / "empty", "pair", None)


@pytest.mark.parametrize(("edit", "sentence"), [
    (("experiments.cells, ", ""), "v1: its inrbench cannot list its own cells, so it is too old"),
    (('"records": record.SCHEMA', '"records": 1'), "v1: it writes records of schema version 1"),
])  # fmt: skip
def test_a_revision_that_cannot_be_compared_is_refused_in_a_sentence(
    pair, other_code, edit, sentence
):
    old, new = edit
    for path in (other_code / "inrbench" / "cli").glob("*.py"):
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=sentence):
        ask("v1", other_code, "pair", None)
