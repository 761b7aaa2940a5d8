"""One cell -> one record, whatever happens to the process that computes it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from inrbench.cells import records
from inrbench.cells.history import HISTORY
from inrbench.errors import NoResult
from inrbench.meters import METERS
from inrbench.run.parent import run_cell

SIREN = {
    "name": "inr",
    "axes": {"network": "siren", "objective": "least_squares", "gradient": "autograd"},
}


@pytest.fixture
def run(tmp_path, tiny):
    """Run a cell of the tests' experiment; gives its record and its folder."""

    def runner(method, **changes):
        cell = tiny(method, **changes)
        record = run_cell(cell, tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
        folder = records.folder(tmp_path / "results", cell)
        assert json.loads((folder / "record.json").read_text())["status"] == record.status
        assert not (folder / ".partial").exists()
        return record, folder

    return runner


def workers_of(pid):
    """Processes that run a cell and were started by this one."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = status.with_name("cmdline").read_text().split("\0")
            parent = next(x for x in status.read_text().splitlines() if x.startswith("PPid:"))
        except (OSError, StopIteration):
            continue
        if "inrbench.run.worker" in command and int(parent.split()[1]) == pid:
            found.append(int(status.parent.name))
    return found


def wait_for(condition):
    """The first truthy value of the condition; an hour is longer than any machine takes."""
    end = time.monotonic() + 3600
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")


def test_a_finished_cell_leaves_a_whole_record(run):
    record, folder = run("inr-siren-least_squares-jvp25")
    assert record.status == "ok" and record.reason is None
    assert record.reference == "truth" and record.unit == "mm"
    assert record.projector == "astra matrix"
    history = records.read_history(folder)
    assert list(history.columns) == list(HISTORY)
    assert history.iteration.tolist() == list(range(1, 11))
    assert history.mse.notna().sum() == 5
    assert history.seconds.is_monotonic_increasing
    images = records.read_images(folder)
    assert images["final"].shape == (24, 24)
    # Every number of the record is that of the files beside it.
    assert record.metrics["mse"] == pytest.approx(history.mse.iloc[-1], rel=1e-6)
    assert record.metrics["best_mse"] == pytest.approx(history.mse.min(), rel=1e-9)
    meters = {reading.name: reading for reading in record.memory}
    assert set(meters) == {*METERS, "projector_bytes"}
    assert meters["tensor_peak"].bytes > 4 * 24 * 24
    assert all(reading.bytes != 0 and reading.how for reading in record.memory)
    assert meters["nvml_process_peak"].bytes is None  # a reason stands in its place
    assert record.time.timed == 7 and 0 < record.time.iteration <= record.time.total
    assert record.machine["key"]["threads"] == record.time.threads == 1
    assert record.time.pace is None or record.time.pace > 0
    assert len(record.machine["key"]["data_checksum"]) == 64
    width = record.spec["method"]["network"]["width"]
    layers = record.spec["method"]["network"]["layers"]
    inner = (layers - 1) * width * (width + 1)
    assert record.parameters == (2 + 1) * width + inner + width + 1
    assert run("fbp")[0].parameters is None


def test_the_same_cell_gives_the_same_image_and_the_same_tensor_peak(run):
    first, folder = run("inr-siren-least_squares-jvp25")
    image = records.read_images(folder)["final"]
    again, _ = run("inr-siren-least_squares-jvp25")
    assert (records.read_images(folder)["final"] == image).all()
    assert first.memory[0] == again.memory[0]


def test_divergence_is_a_status_and_keeps_the_curve(run):
    method = {**SIREN, "parameters": {"iterations": 50, "learning_rate": 1e4}}
    record, folder = run("inr-siren-least_squares-autograd", methods=[method])
    assert record.status == "diverged"
    assert "lower the learning rate" in record.reason
    assert record.metrics == {}
    assert 1 <= len(records.read_history(folder)) < 50


def test_too_little_memory_is_a_status_and_keeps_the_curve(run):
    limits = {"seconds": 3600, "memory": "60MiB"}
    record, folder = run("inr-large-least_squares-autograd", limits=limits)
    assert record.status == "out_of_memory", record.reason
    assert record.reason
    assert records.read_history(folder) is not None


def test_too_little_time_is_a_status_and_keeps_the_curve(run):
    """A slow machine has no step to keep after 5 s, but in the end it has some."""
    method = {**SIREN, "parameters": {"iterations": 10**7}}
    for seconds in (5, 20, 80, 320, 1280):
        record, folder = run(
            "inr-siren-least_squares-autograd", methods=[method], limits={"seconds": seconds}
        )
        assert record.status == "timeout"
        assert f"time limit of {seconds} s" in record.reason
        if len(records.read_history(folder)) > 10:
            return
    raise AssertionError("no time limit left a curve")


def test_a_killed_child_is_a_status_and_keeps_what_was_seen(run, monkeypatch):
    method = {**SIREN, "parameters": {"iterations": 10**7}}

    @contextmanager
    def kill(name, file):
        def at_the_first_step(*_):
            for pid in workers_of(os.getpid()):
                os.kill(pid, signal.SIGKILL)

        yield at_the_first_step

    monkeypatch.setattr("inrbench.run.parent.progress", kill)
    record, folder = run("inr-siren-least_squares-autograd", methods=[method])
    assert record.status == "error"
    assert "killed by SIGKILL" in record.reason
    assert len(records.read_history(folder)) >= 1


def test_a_fault_of_a_method_is_a_status_with_its_sentence(run):
    method = {"name": "cgls", "parameters": {"iterations": "many"}}
    record, _ = run("cgls", methods=[method])
    assert record.status == "error"
    assert "iterations='many': input should be a valid integer" in record.reason


def test_a_child_that_cannot_import_torch_says_nothing_of_the_cell(run, tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(NoResult, match=r"before the method began, .*ImportError: no torch here"):
        run("fbp")
    assert "Traceback" in (tmp_path / "run.log").read_text()
    assert not list((tmp_path / "results").rglob("record.json"))


def test_what_a_child_prints_is_in_its_log(run, tmp_path):
    run("fbp")
    assert "measured for" in (tmp_path / "run.log").read_text()


def test_a_killed_parent_leaves_no_record_and_no_process_and_the_next_goes_on(
    tmp_path, tiny, monkeypatch
):
    slow = {**SIREN, "parameters": {"iterations": 10**7}}
    cell = tiny("inr-siren-least_squares-autograd", methods=[slow])
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", str(tmp_path / "experiments"))
    command = [sys.executable, "-m", "inrbench", "run", "trial", "--cell", cell.id,
               "--machine", "test", "--device", "cpu", "--threads", "1"]  # fmt: skip
    folder = records.folder(tmp_path / "results" / "test", cell)
    first = subprocess.Popen(command, cwd=tmp_path)
    (worker,) = wait_for(lambda: workers_of(first.pid))
    wait_for((folder / ".partial").exists)
    # A second call finds the cell taken, says so and waits. It will end by its limit.
    tiny("inr-siren-least_squares-autograd", methods=[slow], limits={"seconds": 5})
    second = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert "waiting for another process" in second.stderr.readline()
    assert not workers_of(second.pid)
    first.kill()
    first.wait()
    wait_for(lambda: not Path(f"/proc/{worker}").exists())
    assert not (folder / "record.json").exists()
    # Now it is the second one's turn, and it does not stumble over what is left.
    assert second.wait() == 0
    assert records.read(folder).status == "timeout"
