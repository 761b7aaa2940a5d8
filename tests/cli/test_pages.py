"""Pages for the terminal: whatever a record lacks, it is shown."""

from pathlib import Path

import pytest
from made_record import made
from made_results import finished

from inrbench.cells import kept
from inrbench.cells.record import Memory, Time
from inrbench.cli.pages import page, record_page
from inrbench.experiments import files as experiments
from inrbench.experiments.experiment import Experiment


@pytest.mark.parametrize(
    "time",
    [Time(), Time(iteration=0.5, timed=1, threads=2), Time(iteration=0.5, spread=0.1, timed=5)],
)
def test_a_record_of_a_run_that_ended_early_is_shown(time):
    record = made(status="diverged", reason="the loss is nan", time=time, command="inrbench run e",
                  memory=[Memory(name="rss_peak", bytes=None, how="no Linux")])  # fmt: skip
    text = record_page(record)
    for words in ("diverged: the loss is nan", "not read", "no Linux", "inrbench run e"):
        assert words in text


def test_a_record_says_how_fast_the_machine_was():
    time = Time(iteration=0.02, timed=9, pace=12.5, yardstick=0.0016, threads=1)
    assert "pace        12.5 yardsticks an iteration, each 0.0016 s" in record_page(
        made(time=time)
    )


def test_a_record_says_its_work_and_whose_defaults_it_has():
    text = record_page(
        made(work={"operations": 1590, "flops": 2 * 10**6, "unseen": "RTK"}, completed="ab12" * 10)
    )
    assert "1,590 operations and 2e+06 FLOPs an iteration, those of RTK not among them" in text
    assert "completed   by the defaults of revision ab12ab12ab" in text


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="neither a record"):
        page(tmp_path)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A kept reference of an experiment of this name."""
    monkeypatch.chdir(tmp_path)
    experiment = experiments.load("quick", "tiny")
    place = Path("results/reference/m/quick-tiny")
    kept.write(place, finished(experiment)[::-1], (), place / "none")
    return place


def test_an_experiment_has_its_table_and_says_how_to_make_the_others(place):
    lines = page(place).splitlines()
    experiment = experiments.load("quick", "tiny")
    assert lines[0].startswith(f"## {experiment.title} (tiny): ")
    rows = [line for line in lines if line.startswith("| ")][1:]
    assert rows[0].split("|")[1].strip() == experiment.cells()[0].labels["method"]
    assert lines[-1] == "inrbench figures quick --preset tiny --machine reference/m"


def test_tables_and_figures_that_were_made_are_pointed_to(place):
    for name in ("tables/claims.md", "tables/cells.csv", "figures/a.png"):
        file = Path("results/kept/m/quick-tiny") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    made = [
        "results/kept/m/quick-tiny/figures/a.png",
        "results/kept/m/quick-tiny/tables/claims.md",
    ]
    assert page(place).splitlines()[-3:] == ["", *made]


def test_a_kept_record_is_shown_by_the_place_of_its_cell(place):
    cell = experiments.load("quick", "tiny").cells()[0]
    assert page(place / cell.id).startswith(f"quick-tiny: {cell.id}\nstatus      ok")
    with pytest.raises(FileNotFoundError, match="seed77: neither a record"):
        page((place / cell.id).with_name("seed77"))


def test_an_experiment_that_is_no_more_still_has_a_table(tmp_path):
    gone = Experiment(title="t", seeds=[0], datasets={"d": {"name": "forbild"}}, name="gone",
                      preset="p", methods=[{"name": "fbp"}])  # fmt: skip
    kept.write(tmp_path / "gone-p", finished(gone), (), tmp_path / "none")
    assert page(tmp_path / "gone-p").startswith("## gone (p): 1 cell")
