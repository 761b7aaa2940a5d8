"""Where results lie that a person names."""

import pytest
from made_results import finished

from inrbench.cells import kept, machine_label
from inrbench.experiments import files as experiments
from inrbench.experiments.places import place_of
from inrbench.io import shipped
from inrbench.meters import machine


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with a kept reference of quick-tiny, and a working folder elsewhere."""
    place = tmp_path / "clone" / "results" / "reference" / "m" / "quick-tiny"
    kept.write(place, finished(experiments.load("quick", "tiny")), (), place / "none")
    monkeypatch.setattr(shipped, "ROOT", tmp_path / "clone")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return place


def test_results_of_the_clone_are_found_from_any_folder(clone):
    assert place_of("m/quick-tiny") == clone
    assert place_of("m") == clone.parent
    assert place_of("quick", "tiny", "reference/m") == clone
    assert place_of(str(clone)) == clone
    cell = experiments.load("quick", "tiny").cells()[0]
    assert place_of(str(clone / cell.id)) == clone / cell.id


def test_those_of_the_working_folder_come_first(clone, tmp_path):
    mine = tmp_path / "work" / "results" / "reference" / "m" / "quick-tiny"
    mine.mkdir(parents=True)
    assert place_of("quick", "tiny", "reference/m").resolve() == mine
    assert place_of("m/quick-tiny").resolve() == mine


def test_a_folder_of_results_may_be_named(clone, monkeypatch, tmp_path):
    monkeypatch.setattr(machine_label, "RESULTS", tmp_path / "disk")
    (tmp_path / "disk" / "m" / "quick-tiny").mkdir(parents=True)
    assert place_of("quick", "tiny", "m") == tmp_path / "disk" / "m" / "quick-tiny"
    assert machine_label.to_write("m") == tmp_path / "disk" / "m"


def test_tables_of_a_reference_in_the_clone_are_made_below_its_kept(clone):
    made = machine_label.made_in(clone)
    assert made == clone.parents[2] / "kept" / "m" / "quick-tiny"
    assert machine_label.label_of(clone.parent) == "reference/m"


def test_where_there_is_nothing_what_there_is_is_said(clone):
    with pytest.raises(FileNotFoundError) as caught:
        place_of("quick")
    said = str(caught.value)
    assert f"results/{machine.label()}/quick-laptop: no results of quick" in said
    for words in ("--preset tiny --machine reference/m", "`snakemake quick`", "INRBENCH_RESULTS"):
        assert words in said
    with pytest.raises(FileNotFoundError, match=r"`snakemake quick --config preset=tiny` makes"):
        place_of("quick", "tiny")


@pytest.mark.parametrize(
    ("what", "preset", "sentence"),
    [("quik", None, "did you mean 'quick'"), ("m/quick-tny", None, "did you mean 'm/quick-tiny'"),
     ("quick", "tny", "did you mean 'tiny'")],
)  # fmt: skip
def test_a_mistake_names_the_nearest(clone, what, preset, sentence):
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        place_of(what, preset)
