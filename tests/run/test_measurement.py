"""Cells within a memory budget, and cells that their budget or the machine cannot hold."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from inrbench import datasets, tables
from inrbench.cells import records
from inrbench.cells.result import in_folder
from inrbench.cli.pages import record_page
from inrbench.errors import OutOfMemory
from inrbench.io.byte_size import human
from inrbench.memory import budget
from inrbench.memory.peak import peak
from inrbench.meters import host
from inrbench.run import measurement
from inrbench.run.parent import run_cell

SHAPES = (64, 64), (12, 32)
LARGER = {
    "datasets": {"forbild": {"size": 64, "views": 12, "columns": 32}},
    "parts": {"network": {"siren": {"width": 16, "layers": 2}},
              "gradient": {"exact": {"name": "jvp", "rate": 1}}},
    "methods": [
        {"name": "fbp"},
        {"name": "inr", "parameters": {"iterations": 3},
         "axes": {"network": "siren", "objective": "least_squares",
                  "gradient": ["autograd", "exact"]}},
    ],
}  # fmt: skip
EXACT, AUTOGRAD = "inr-siren-least_squares-exact", "inr-siren-least_squares-autograd"


def planned(cell, chunk):
    gradient = {**cell.spec["method"]["gradient"], "chunk": chunk}
    return peak(budget.with_gradient(cell.spec, gradient), *SHAPES)


@pytest.fixture
def run(tmp_path):
    """Run a cell in a process of its own; its record and its folder."""

    def runner(cell):
        record = run_cell(cell, tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
        return record, records.folder(tmp_path / "results", cell)

    return runner


@pytest.fixture
def measure(tmp_path, monkeypatch):
    """Measure a cell in this process, whose signals stay as they are."""
    monkeypatch.setattr(measurement.signal, "signal", lambda *_: None)

    def measurer(cell):
        job = {
            "spec": cell.spec,
            "base": ".",
            "seed": 0,
            "device": "cpu",
            "threads": 1,
            "folder": str(tmp_path),
        }
        return measurement.measure(job, lambda *_: None)

    return measurer


def test_a_budget_chooses_a_chunk_that_the_measured_peak_keeps_to(tiny, run):
    cell = tiny(EXACT, **LARGER)
    allowed = (planned(cell, 1024) + planned(cell, 2048)) // 2
    record, folder = run(tiny(EXACT, **LARGER, memory_budget=allowed))
    assert record.status == "ok", record.reason
    assert record.fit.chunk == 1024
    (measured,) = (one.bytes for one in record.memory if one.name == "tensor_peak")
    assert record.fit.modelled == measured == planned(cell, 1024)
    assert measured <= allowed < planned(cell, 2048)
    assert records.read(folder) == record
    # The spec stays as it was asked for, which tells whether the record is of this experiment.
    assert record.spec["memory_budget"] == allowed
    assert record.spec["method"]["gradient"]["chunk"] == "auto"
    assert record.gradient() == {"name": "jvp", "rate": 1, "chunk": 1024, "sampler": "uniform"}
    assert "in chunks of 1024 points" in record_page(record)


def test_what_cannot_fit_is_a_status_with_a_sentence_and_exit_code_zero(tmp_path, tiny):
    cell = tiny(EXACT, **LARGER, memory_budget="10KiB")
    command = [sys.executable, "-m", "inrbench", "run", "trial", "--cell", cell.id,
               "--machine", "test", "--device", "cpu", "--threads", "1"]  # fmt: skip
    where = os.environ | {"INRBENCH_EXPERIMENTS": str(tmp_path / "experiments")}
    done = subprocess.run(command, cwd=tmp_path, env=where, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    least = planned(cell, 256)
    record = records.read(records.folder(tmp_path / "results" / "test", cell))
    assert record.status == "out_of_memory" and record.metrics == {} and record.memory == []
    for words in (f"{planned(cell, None)} bytes", "memory_budget = 10.0 KiB",
                  f"even in chunks of 256 points it needs {human(least)} ({least} bytes)",
                  "raise the budget"):  # fmt: skip
        assert words in done.stdout and words in record.reason


def test_tables_show_the_status_and_count_nothing(tmp_path, tiny, run):
    allowed = 600 * 2**10
    folders = []
    for method in ("fbp", AUTOGRAD, EXACT):
        record, folder = run(tiny(method, **LARGER, memory_budget=allowed))
        assert record.status == ("out_of_memory" if method == AUTOGRAD else "ok"), record.reason
        folders.append(folder)
    tables.write(list(map(in_folder, folders)), tmp_path / "tables", "Trial", None)
    table = pd.read_csv(tmp_path / "tables" / "table.csv").set_index("gradient")
    assert table.status["autograd"] == "out_of_memory"
    assert table[["mse", "tensor_peak"]].isna().loc["autograd"].all()
    assert table.tensor_peak["exact"] <= allowed
    assert "1 of 3 cells did not finish" in (tmp_path / "tables" / "table.md").read_text()


def test_a_measured_peak_above_the_budget_is_out_of_memory(tiny, measure, monkeypatch):
    """As where the plan is wrong, or there is none and a cell runs as it is."""
    cell = tiny(EXACT, **LARGER, memory_budget=5000)
    monkeypatch.setattr("inrbench.memory.peak.peak", lambda *_: 1)
    outcome = measure(cell)
    assert outcome["status"] == "out_of_memory"
    (measured,) = (m["bytes"] for m in outcome["memory"] if m["name"] == "tensor_peak")
    assert measured > 5000 and "its tensor peak was" in outcome["reason"]
    assert f"({measured} bytes)" in outcome["reason"]
    assert "metrics" not in outcome


def test_a_cell_without_a_plan_runs_as_it_is_and_its_log_says_so(
    tiny, measure, monkeypatch, capsys
):
    def unknown(*_):
        raise ValueError("the memory of inr is not known before it runs")

    monkeypatch.setattr("inrbench.memory.peak.peak", unknown)
    outcome = measure(tiny(EXACT, **LARGER, memory_budget="1GiB"))
    assert outcome["status"] == "ok" and "fit" not in outcome
    assert "runs as it is" in capsys.readouterr().out


def test_a_tiny_cell_without_a_budget_is_not_rehearsed_and_has_no_fit(tiny, measure, monkeypatch):
    monkeypatch.delattr("inrbench.memory.peak.peak")
    outcome = measure(tiny(EXACT, **LARGER))
    assert outcome["status"] == "ok" and "fit" not in outcome


@pytest.mark.parametrize("method", ["fbp", AUTOGRAD])
def test_what_the_machine_cannot_hold_is_refused_before_the_case_is_read(
    tiny, measure, monkeypatch, method
):
    cell = tiny(method, **LARGER)
    datasets.prepared(cell.spec["dataset"])

    def read(path):
        raise AssertionError("the case was read")

    monkeypatch.setattr(measurement.Case, "open", read)
    monkeypatch.setattr(host, "available", lambda: 4 * 64**2)
    with pytest.raises(OutOfMemory, match=r"this machine has 16\.0 KiB"):
        measure(cell)


def test_a_volume_beyond_the_machine_is_a_status(tiny, run):
    """12 bytes for each of 10^12 pixels; nothing is simulated."""
    huge = {**LARGER, "datasets": {"forbild": {"size": 10**6, "views": 12, "columns": 32}}}
    record, _ = run(tiny("fbp", **huge))
    assert record.status == "out_of_memory"
    assert "preparing forbild on 1000000 x 1000000 points needs 10.9 TiB" in record.reason
    assert "Nothing was allocated" in record.reason
