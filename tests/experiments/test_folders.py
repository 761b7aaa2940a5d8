"""Folders of experiments: a user's add to the built-in ones, and come first."""

import os

import pytest

from inrbench.experiments import files as experiments

TEXT = """
title: {title}
presets: {{tiny: {{}}}}
seeds: [0]
datasets: {{forbild: {{size: 24, views: 12, columns: 32}}}}
methods: [{{name: fbp}}]
"""


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Two folders of a user's, with an experiment each."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        (folder / f"my_{folder.name}.yaml").write_text(TEXT.format(title=folder.name))
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", os.pathsep.join(map(str, folders)))
    return folders


def test_every_folder_adds_to_the_built_in_ones(two):
    built_in = experiments.available(experiments.SHIPPED)
    assert experiments.available() == sorted([*built_in, "my_one", "my_two"])
    assert experiments.load("my_two").folder == two[1]
    assert experiments.load("quick", "tiny").folder == experiments.SHIPPED
    assert {"my_one", "my_two", "quick"} <= {one.name for one in experiments.load_all("tiny")}


def test_one_may_extend_an_experiment_of_another_folder(two):
    (two[0] / "more.yaml").write_text("extends: my_two\nseeds: [0, 1]")
    assert [cell.seed for cell in experiments.load("more").cells()] == [0, 1]


def test_a_users_own_is_taken_in_place_of_a_built_in_one_and_a_line_says_so(two, capsys):
    (two[1] / "quick.yaml").write_text(TEXT.format(title="mine"))
    experiments._say.cache_clear()
    assert experiments.load("quick").title == "mine"
    assert experiments.load("quick").title == "mine"
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"quick is that of {two[1]}, in place of the built-in experiment"


def test_one_name_in_two_folders_is_refused(two):
    (two[0] / "my_two.yaml").write_text(TEXT.format(title="again"))
    with pytest.raises(ValueError, match=r"my_two.yaml is in .*one and in .*two; rename one"):
        experiments.available()


def test_a_folder_may_be_named_twice_and_the_built_in_one_too(two, monkeypatch):
    names = [two[0], two[0], experiments.SHIPPED, ""]
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", os.pathsep.join(map(str, names)))
    assert experiments.folders() == [two[0], experiments.SHIPPED]


@pytest.mark.parametrize("what", ["nowhere", "one/my_one.yaml"])
def test_what_is_no_folder_is_named(two, monkeypatch, what):
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", str(two[0].parent / what))
    with pytest.raises(ValueError, match=f"INRBENCH_EXPERIMENTS: .*{what} is no folder"):
        experiments.load("quick")
