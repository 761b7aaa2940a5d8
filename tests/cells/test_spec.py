"""A spec has every parameter, so that a changed default makes cells stale, and no claim rests on
records of another value."""

import json

import pytest
import yaml

from inrbench import compare, registry
from inrbench.cells import records, spec
from inrbench.cells.record import CellName, Record
from inrbench.compare import runs
from inrbench.experiments import files as experiments
from inrbench.papers import evidence

NETWORK = """
import torch
from inrbench.plugins import register

@register("network", "{name}", "Mine")
class Mine(torch.nn.Module):
    def __init__(self, dimension, scale=1.0, *, width={width}): ...
"""


def test_what_is_given_wins_and_what_the_suite_hands_over_is_left_out():
    assert spec.part("network", {"name": "siren", "width": 8}) == {
        "name": "siren", "frequency": 30.0, "width": 8, "layers": 5,
    }  # fmt: skip
    assert spec.part("objective", {"name": "least_squares", "subsets": 3})["subsets"] == 3
    assert set(spec.method({"name": "conditioning", "network": {"name": "siren"}})) == {
        "name", "network",
    }  # fmt: skip


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(ValueError, match="unknown network 'sirenn': did you mean 'siren'"):
        spec.part("network", {"name": "sirenn"})


def test_filling_twice_changes_nothing():
    method = {"name": "inr", "network": {"name": "siren"}, "objective": {"name": "least_squares"},
              "gradient": {"name": "jvp"}}  # fmt: skip
    once = spec.method(method)
    assert spec.method(once) == once and once["gradient"]["rate"] == 0.1


@pytest.mark.parametrize("experiment", experiments.available())
def test_every_shipped_cell_holds_every_parameter_as_json(experiment):
    for preset in experiments.presets(experiment):
        for cell in experiments.load(experiment, preset).cells():
            assert json.loads(json.dumps(cell.spec, allow_nan=False)) == cell.spec
            assert cell.spec["method"] == spec.method(cell.spec["method"])
            assert cell.spec["dataset"] == spec.part("dataset", cell.spec["dataset"])


@pytest.fixture
def load(tmp_path):
    """The experiment `trial` around a plug-in network whose default width is given."""
    name = f"mine_{tmp_path.name.strip('0123456789')}"

    def loader(width):
        (tmp_path / f"mine{width}.py").write_text(NETWORK.format(name=name, width=width))
        registry._table["network"].pop(name, None)
        document = {
            "title": "t", "presets": {"tiny": {}}, "seeds": [0], "paper": "najaf2026",
            "plugins": [f"mine{width}.py"], "datasets": {"forbild": {"size": 16}},
            "methods": [{"name": "inr", "axes": {
                "network": name, "objective": "least_squares", "gradient": "jvp"}}],
        }  # fmt: skip
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump(document))
        return experiments.load("trial", folder=tmp_path)

    yield loader
    registry._table["network"].pop(name, None)


def keep(cell, results):
    """A record of the cell as a run of it would leave it."""
    record = Record(
        cell=CellName(experiment=cell.experiment, preset=cell.preset, dataset=cell.dataset,
                      method=cell.method, seed=cell.seed),
        labels=cell.labels, status="ok", metrics={"mse": 1.0}, spec=cell.spec, command="again",
        created="2026-11-30", machine={"key": {"device": "d"}, "fingerprint": {}}, unit="mm",
    )  # fmt: skip
    folder = records.folder(results, cell)
    folder.mkdir(parents=True)
    (folder / "record.json").write_text(record.model_dump_json())
    return folder


def test_a_changed_default_makes_the_cell_stale_and_takes_its_record_out_of_the_claims(
    load, tmp_path
):
    before = load(8)
    (cell,) = before.cells()
    assert cell.spec["method"]["network"]["width"] == 8
    folder = keep(cell, tmp_path / "results")
    assert records.has_spec(folder, cell.spec)
    assert len(evidence.read([before], tmp_path / "results").found) == 1

    after = load(9)
    (changed,) = after.cells()
    assert not records.has_spec(folder, changed.spec)  # so Snakemake runs it again
    found = evidence.read([after], tmp_path / "results")
    assert not found.found and found.stale == 1


def test_records_of_two_defaults_are_not_comparable(load, tmp_path):
    sides = []
    for width in (8, 9):
        keep(load(width).cells()[0], tmp_path / f"{width}")
        sides.append(runs.read(tmp_path / f"{width}"))
    (row,) = compare.compare(*sides, None).rows
    assert (row.verdict, row.fields) == ("not comparable", ("spec.method.network.width",))
