"""A part of an experiment: the cells that were asked for, and nothing of the others."""

import pytest
from made_results import finished

from inrbench import figures
from inrbench.experiments import files as experiments
from inrbench.experiments import part

WHOLE = experiments.load("quick", "tiny")


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        ("network=siren", lambda cell: cell.axes.get("network") == "siren"),
        ("network=siren,gradient=autograd",
         lambda cell: cell.axes == {**cell.axes, "network": "siren", "gradient": "autograd"}),
        ("network = siren, network = hash_encoding",
         lambda cell: cell.axes.get("network") in ("siren", "hash_encoding")),
        ("method=fbp,method=cgls", lambda cell: cell.method in ("fbp", "cgls")),
        ("dataset=forbild,seed=0,objective=ls", lambda cell: cell.axes.get("objective") == "ls"),
    ],
)  # fmt: skip
def test_a_part_has_the_cells_that_match_every_axis(only, wanted):
    found = experiments.load("quick", "tiny", only=only)
    assert [cell.id for cell in found.cells()] == [one.id for one in WHOLE.cells() if wanted(one)]
    assert found.title == f"{WHOLE.title}, only {part.words(found)}"
    same = {cell.id: cell.spec for cell in WHOLE.cells()}
    assert all(same[cell.id] == cell.spec for cell in found.cells())


def test_a_number_on_an_axis_is_written_as_folders_write_it():
    found = experiments.load("tune", "tiny", only="learning_rate=0.01")
    assert {cell.axes["learning_rate"] for cell in found.cells()} == {0.01}


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        ("network=sirn", "unknown network 'sirn': did you mean 'siren'"),
        ("netwrk=siren", "unknown axis 'netwrk': did you mean 'network'"),
        ("method=inr,network=siren,seed=7", "unknown seed '7': known are 0"),
        ("method=fbp,network=siren", "quick has no cell with all of these"),
        ("siren", "expected axis=value pairs"),
        ("network=", "expected axis=value pairs"),
        ("", "expected axis=value pairs"),
    ],
)
def test_what_is_no_part_gets_a_sentence(only, sentence):
    with pytest.raises(part.NoSuchPart) as caught:
        experiments.load("quick", "tiny", only=only)
    assert str(caught.value).startswith(f"only={only}: ") and sentence in str(caught.value)


def test_of_all_experiments_those_with_the_part_are_left(capsys):
    found = {one.name for one in experiments.load_all("tiny", only="gradient=jvp10")}
    assert "quick" in found and "conditioning" not in found
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("left out, without a part 'gradient=jvp10': ")
    assert "conditioning" in line


@pytest.mark.parametrize(
    ("only", "sentence"),
    [("network=sirn", "unknown network 'sirn': did you mean 'siren'"),
     ("netwrk=siren", "unknown axis 'netwrk': did you mean 'network'"),
     ("siren", "expected axis=value pairs")],
)  # fmt: skip
def test_a_part_of_no_experiment_names_the_nearest_of_any(only, sentence):
    with pytest.raises(part.NoSuchPart, match=sentence):
        experiments.load_all("tiny", only=only)


def test_a_figure_asks_for_the_labels_that_the_part_has():
    shown = experiments.load("quick", "tiny", only="network=siren,gradient=autograd")
    assert shown.figure("reconstructions")["only"] == {"gradient": ["autograd"]}
    assert set(shown.figures) == set(WHOLE.figures)
    baselines = experiments.load("quick", "tiny", only="method=fbp")
    assert baselines.figure("reconstructions")["only"] == {}
    others = experiments.load("quick", "tiny", only="gradient=jvp25")
    assert set(WHOLE.figures) - set(others.figures) == {"reconstructions"}


@pytest.mark.parametrize("only", ["method=fbp", "gradient=jvp25", "network=siren,objective=ls"])
def test_every_figure_of_a_part_is_drawn(tmp_path, monkeypatch, only):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    found = experiments.load("quick", "tiny", only=only)
    wanted = {key: found.figure(key) for key in found.figures}
    files = figures.draw(wanted, finished(found), tmp_path, found.title)
    assert {file.stem for file in files} == set(found.figures)
