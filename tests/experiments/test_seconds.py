"""Seconds of cells: those of records with the same data set and method, this machine's first."""

import pytest
from made_results import finished

from inrbench.cells import kept, machine_label
from inrbench.cells.record import Time
from inrbench.cells.result import Result
from inrbench.experiments import files as experiments
from inrbench.experiments.seconds import known
from inrbench.io import shipped

TINY = experiments.load("quick", "tiny")


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Keeps results of some cells with these seconds under a label."""
    monkeypatch.setattr(machine_label, "RESULTS", tmp_path)
    monkeypatch.setattr(shipped, "INSTALLED", True)

    def write(label, total, experiment=TINY, **fields):
        found = [
            Result(one.record.model_copy(update={"time": Time(setup=1.0, total=total), **fields}),
                   one.place, one.kept)
            for one in finished(experiment)
        ]  # fmt: skip
        kept.write(tmp_path / label / "quick-tiny", found, (), tmp_path / "none")

    return write


def test_this_machines_come_before_what_is_kept_of_it_and_of_others(keep):
    cells = TINY.cells()
    assert known(cells, "m") == {}
    for label, total in (("reference/a", 8.0), ("reference/m", 4.0)):
        keep(label, total)
        found = known(cells, "m")
        assert {(one.seconds, one.source) for one in found.values()} == {(1 + total, label)}
    keep("m", 2.0, experiments.load("quick", "tiny", only="method=fbp"))
    sources = {cell: one.source for cell, one in known(cells, "m").items()}
    assert [cell for cell, source in sources.items() if source == "m"] == ["forbild/fbp/seed0"]
    assert len(sources) == len(cells)


def test_what_failed_and_what_had_other_parameters_tells_nothing(keep):
    keep("m", 2.0, status="timeout", reason="late")
    assert known(TINY.cells(), "m") == {}
    keep("m", 2.0)
    larger = [cell for cell in experiments.load("quick", "laptop").cells()]
    assert known(larger, "m") == {}
