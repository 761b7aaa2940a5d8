"""How far an experiment is, by what lies in its folder of results."""

import json
import os
import pty
import subprocess
import sys
import time
from dataclasses import asdict

import pytest
from made_results import finished

from inrbench.cells import machine_label, records
from inrbench.cells.record import Time
from inrbench.cli.watch import page
from inrbench.experiments import files as experiments
from inrbench.io import shipped
from inrbench.io.progress import Step
from inrbench.run.parent import PARTIAL, PROGRESS
from inrbench.run.watch import QUIET, Watch, to_come

PART = experiments.load("quick", "tiny", only="network=siren,objective=ls")
CELLS = PART.cells()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A machine's folder of results, and no other."""
    monkeypatch.setattr(machine_label, "RESULTS", tmp_path)
    monkeypatch.setattr(shipped, "INSTALLED", True)
    return tmp_path / "m"


def end(place, cell, status="ok", total=9.0):
    """Leave a cell's record."""
    (made,) = (one for one in finished(PART) if one.record.cell.id == cell.id)
    fields = {"status": status, "time": Time(setup=1.0, total=total)}
    folder = records.folder(place, cell)
    folder.mkdir(parents=True, exist_ok=True)
    text = made.record.model_copy(update=fields).model_dump_json()
    (folder / "record.json").write_text(text)


def begin(place, cell, completed=None, ago=0.0):
    """Leave what a running cell has."""
    partial = records.folder(place, cell) / PARTIAL
    partial.mkdir(parents=True)
    if completed is not None:
        step = Step(cell.id, completed, 100, "MSE 1e-6", 5.0, time.time() - ago)
        (partial / PROGRESS).write_text(json.dumps(asdict(step)))


def test_nothing_has_begun(place):
    view = Watch(CELLS, place).look()
    assert (view.done, view.total, view.running, view.left) == (0, 4, (), None)
    lines = page(view, "snakemake quick")
    assert lines[0] == "0 of 4 cells done"
    assert "`snakemake quick` goes on where it was" in lines[1]


def test_cells_that_are_done_and_that_run_are_told_apart(place):
    watched = Watch(CELLS, place)
    end(place, CELLS[0])
    end(place, CELLS[1], status="diverged")
    begin(place, CELLS[2], completed=25)
    view = watched.look()
    assert (view.done, view.statuses["diverged"]) == (2, 1)
    (one,) = view.running
    assert one.cell == CELLS[2].id and one.step.completed == 25
    lines = page(view, "snakemake quick")
    assert lines[0].startswith("2 of 4 cells done (1 diverged)")
    assert lines[1] == f"  {CELLS[2].id}: 25 %, MSE 1e-6, 15 s left"


def test_the_time_left_is_that_of_the_cells_to_come(place):
    """Nine seconds and one of set-up each: of four, one is done, and one is at a quarter."""
    end(place, CELLS[0])
    begin(place, CELLS[1], completed=25)
    view = Watch(CELLS, place).look()
    assert view.left == pytest.approx(10 * (0.75 + 1 + 1))
    assert view.sources == ("m",)
    begin(place, CELLS[2], completed=50)
    assert Watch(CELLS, place).look().left == pytest.approx(10 * (0.75 + 0.5 + 1) / 2)


def test_a_cell_that_runs_again_is_not_done(place):
    end(place, CELLS[0])
    begin(place, CELLS[0])
    view = Watch(CELLS, place).look()
    assert view.done == 0 and page(view, "")[1] == f"  {CELLS[0].id}: starts"


def test_a_record_of_other_parameters_is_not_done(place):
    end(place, CELLS[0])
    path = records.folder(place, CELLS[0]) / "record.json"
    path.write_text(path.read_text().replace('"checkpoints":25', '"checkpoints":24'))
    assert Watch(CELLS, place).look().done == 0


def test_a_cell_without_a_word_is_said_so(place):
    begin(place, CELLS[0], completed=25, ago=4 * QUIET)
    assert page(Watch(CELLS, place).look(), "")[1].endswith("; no word for 20 min")


def test_a_watch_sees_what_comes_later_and_the_end(place):
    watched = Watch(CELLS, place)
    for count, cell in enumerate(CELLS):
        assert watched.look().done == count
        end(place, cell)
    assert page(watched.look(), "") == ["4 of 4 cells done"]
    (records.folder(place, CELLS[0]) / "record.json").write_text("{")
    assert watched.look().statuses["unreadable"] == 1


def test_a_workflow_says_at_its_start_what_it_has_to_do(place):
    said = to_come(CELLS, "m", "inrbench watch quick")
    assert said.startswith("quick-tiny: 4 cells to run. Ctrl-C stops it")
    assert "`inrbench watch quick`" in said
    end(place, CELLS[0])
    words = "4 cells to run, some 40 s one after another by the seconds of m, without the start"
    assert words in to_come(CELLS, "m", "")


def test_on_a_terminal_it_looks_until_every_cell_is_done(place, tmp_path):
    ours, theirs = pty.openpty()
    part = "network=siren,objective=ls"
    process = subprocess.Popen(
        [sys.executable, "-m", "inrbench", "watch", "quick", "--preset", "tiny", "--machine", "m",
         "--only", part],
        stdout=theirs, env=os.environ | {"INRBENCH_RESULTS": str(tmp_path), "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    while True:
        try:
            drawn += os.read(ours, 65536)
        except OSError:  # the other end has closed
            break
        if b"0 of 4 cells done" in drawn:  # by now it looks again and again
            for cell in CELLS:
                end(place, cell)
    assert process.wait() == 0 and b"4 of 4 cells done" in drawn
