"""What `validate` refuses of outputs and regularisers before anything runs."""

import pytest
import torch
import yaml

from inrbench.datasets import prepared_path
from inrbench.datasets.simulate import forbild
from inrbench.experiments import files as experiments
from inrbench.run.validate import validate


@pytest.fixture
def load(tmp_path, monkeypatch):
    """An experiment of one cell, its network and objective as given."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))

    def loader(network=None, objective=None):
        document = {
            "title": "t", "presets": {"tiny": {}}, "seeds": [0],
            "datasets": {"forbild": {"size": 16, "views": 8, "columns": 24}},
            "parts": {"network": {"mine": network or {"name": "voxel_grid"}},
                      "objective": {"ls": {"name": "least_squares", **(objective or {})}}},
            "methods": [{"name": "inr", "axes": {
                "network": "mine", "objective": "ls", "gradient": "autograd"}}],
        }  # fmt: skip
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump(document))
        return experiments.load("trial", folder=tmp_path)

    return loader


def prepare(experiment, least, kind="truth"):
    """The prepared case of the experiment's data set, its reference shifted to this minimum."""
    case = forbild(size=16, views=8, columns=24)
    path = prepared_path(experiment.dataset("forbild"))
    path.parent.mkdir(parents=True, exist_ok=True)
    shifted = case.reference - case.reference.min() + least
    type(case)(case.scan, case.grid, torch.as_tensor(shifted), kind, case.scale).save(path)


@pytest.mark.parametrize("output", ["softplus", "sigmoid"])
def test_an_output_above_0_is_refused_for_a_truth_below_it(load, output):
    experiment = load({"name": "siren", "output": output})
    assert validate(experiment) == 1  # nothing is known yet
    prepare(experiment, -0.003)
    with pytest.raises(ValueError, match=f"output='{output}': the truth of forbild goes down to "
                                         r"-0\.003.*take output: linear"):  # fmt: skip
        validate(experiment)
    assert validate(load({"name": "siren"})) == 1


@pytest.mark.parametrize(("least", "kind"), [(0.0, "truth"), (-0.003, "reference")])
def test_a_truth_above_0_and_the_noise_of_a_reference_are_no_contradiction(load, least, kind):
    experiment = load({"name": "siren", "output": "softplus"})
    prepare(experiment, least, kind)
    assert validate(experiment) == 1


@pytest.mark.parametrize(("network", "objective", "sentence"), [
    (None, {"plus": [{"name": "tv", "strength": -1}]}, "strength=-1: expected a finite share"),
    (None, {"plus": [{"name": "tv"}]}, "missing a required argument: 'strength'"),
    ({"name": "voxel_grid", "nodes": 2**17}, None, "nodes=131072, a voxel grid of"),
    ({"name": "voxel_grid", "nodes": 1}, None, "nodes=1: expected at least 2"),
])  # fmt: skip
def test_impossible_values_get_a_sentence_with_the_cell(load, network, objective, sentence):
    with pytest.raises(ValueError, match=f"trial, cell forbild/inr-mine-ls.*: {sentence}"):
        validate(load(network, objective))


@pytest.mark.parametrize(("network", "objective", "sentence"), [
    ({"name": "siren", "output": "relu"}, None, "output='relu': expected one of"),
    (None, {"plus": "tv"}, "plus='tv': expected a list"),
    (None, {"plus": [{"name": "tvv", "strength": 1.0}]}, "unknown regulariser 'tvv'"),
])  # fmt: skip
def test_unknown_words_are_refused_when_the_experiment_is_read(load, network, objective, sentence):
    with pytest.raises(ValueError, match=sentence):
        load(network, objective).cells()
