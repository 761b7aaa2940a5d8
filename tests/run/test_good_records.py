"""Nothing good is replaced by something worse: what is no result, and what stays as it was."""

import json
import os
import resource
import subprocess
import sys

import pytest

from inrbench import datasets
from inrbench.cells import records
from inrbench.cells.record import CellName, Record, RestsOn
from inrbench.errors import NoResult
from inrbench.meters import host, machine
from inrbench.run import stale
from inrbench.run.parent import run_cell

CGLS = [{"name": "cgls", "parameters": {"iterations": 3}}]
IMAGE = b"of another run"


@pytest.fixture
def good(tmp_path):
    """Put an `ok` record of a cell, with its image and its mark, where it belongs."""

    def put(cell, **changes):
        folder = records.folder(tmp_path / "results", cell)
        partial = tmp_path / "partial"
        partial.mkdir(exist_ok=True)
        (partial / "image.npz").write_bytes(IMAGE)
        name = CellName(
            experiment=cell.experiment, preset=cell.preset, dataset=cell.dataset,
            method=cell.method, seed=cell.seed,
        )  # fmt: skip
        fields = {"cell": name, "labels": cell.labels, "status": "ok", "spec": cell.spec,
                  "command": "again", "created": "2026-01-01"}  # fmt: skip
        records.commit(folder, Record(**fields | changes), partial)
        stale.mark(folder, cell.spec, "cpu", 1).touch()
        return folder

    return put


@pytest.fixture
def run(tmp_path):
    def runner(cell, device="cpu"):
        return run_cell(cell, tmp_path / "results", device, 1, "again", tmp_path / "run.log")

    return runner


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != ".lock"}


def nothing_changes(run, cell, folder, sentence, **more):
    """The cell cannot run: it says why, and every byte beside it is as it was."""
    before = content(folder)
    with pytest.raises(NoResult, match=sentence):
        run(cell, **more)
    assert content(folder) == before


def test_a_flipped_byte_of_the_data_is_mended_by_the_cell_that_reads_it(run, tiny):
    first = run(tiny("fbp"))
    path = datasets.prepared_path(tiny("fbp").spec["dataset"])
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
    second = run(tiny("fbp"))
    assert (second.status, second.metrics) == ("ok", first.metrics)
    assert second.machine["key"] == first.machine["key"]
    assert path.read_bytes() == whole


def test_an_input_that_cannot_be_had_says_nothing_of_the_cell(run, tiny, good, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", "")
    tooth = {"forbild": {"name": "tooth", "views": 31}}
    cell = tiny("cgls", methods=CGLS, datasets=tooth)
    nothing_changes(run, cell, good(cell), r"tooth.*inrbench data fetch tooth.*2026-01-01.* stays")


def test_without_a_good_record_there_is_none_either(run, tiny, tmp_path):
    cell = tiny("cgls", methods=CGLS, datasets={"forbild": {"name": "tooth", "views": 31}})
    with pytest.raises(NoResult, match="inrbench data fetch tooth"):
        run(cell)
    left = [path.name for path in records.folder(tmp_path / "results", cell).iterdir()]
    assert left == [".lock"]


def test_a_device_that_is_not_there_says_nothing_of_the_cell(run, tiny, good, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    cell = tiny("fbp")
    nothing_changes(run, cell, good(cell), "device=cuda: torch finds no CUDA", device="cuda")


def test_a_projector_that_is_not_there_says_nothing_of_the_cell(
    run, tiny, good, monkeypatch, tmp_path
):
    (tmp_path / "astra.py").write_text("raise ImportError('libastra.so.0: no such file')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    cell = tiny("cgls", methods=CGLS)
    datasets.prepared(cell.spec["dataset"])
    monkeypatch.setenv("PYTHONPATH", path)
    nothing_changes(run, cell, good(cell), "astra cannot be imported .libastra.* install astra")


UNSUPPORTED = [{"name": "fdk"}]  # of a fan beam


def test_unsupported_is_a_status_that_replaces_no_good_record(run, tiny, good):
    cell = tiny("fdk", methods=UNSUPPORTED)
    folder = good(cell)
    nothing_changes(run, cell, folder, "unsupported: fdk is for cone beams.* stays .* remove it")
    (folder / "record.json").unlink()
    record = run(cell)
    assert record.status == "unsupported"
    assert record.rests_on.model_dump(exclude={"needed"}) == machine.equipment()


def test_a_record_of_other_parameters_is_no_longer_this_cells(run, tiny, good):
    cell = tiny("fdk", methods=UNSUPPORTED)
    folder = good(cell, spec={**cell.spec, "checkpoints": 3})
    assert run(cell).status == "unsupported"
    assert not (folder / "image.npz").exists()


def test_too_small_a_host_is_a_status_that_replaces_no_good_record(run, tiny, good):
    """12 bytes for each of 10^12 pixels."""
    cell = tiny("fbp", datasets={"forbild": {"size": 10**6, "views": 12, "columns": 32}})
    folder = good(cell)
    nothing_changes(run, cell, folder, "out_of_memory: preparing forbild .* stays")
    (folder / "record.json").unlink()
    record = run(cell)
    assert record.status == "out_of_memory"
    assert record.rests_on.needed == 12 * (10**12 + 12 * 32)


def test_a_run_that_really_ran_replaces_a_good_record(run, tiny, good):
    """Whatever it came to: here a learning rate at which it diverges."""
    method = {"name": "inr", "parameters": {"iterations": 50, "learning_rate": 1e4},
              "axes": {"network": "siren", "objective": "least_squares",
                       "gradient": "autograd"}}  # fmt: skip
    cell = tiny("inr-siren-least_squares-autograd", methods=[method])
    good(cell)
    record = run(cell)
    assert record.status == "diverged" and record.rests_on is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("not JSON"),
        lambda path: path.write_bytes(b"\xff\xfe\x00{}"),
        lambda path: path.write_text(json.dumps({"schema_version": 0})),
        lambda path: path.write_text(json.dumps({"schema_version": 1, "status": "fine"})),
        lambda path: (path.unlink(), path.mkdir(), (path / "x").touch()),
        lambda path: (path.unlink(), path.symlink_to("nowhere")),
    ],
)
def test_a_damaged_record_is_set_aside_and_the_cell_runs(run, tiny, good, damage, capsys):
    cell = tiny("fbp")
    folder = good(cell)
    damage(folder / "record.json")
    assert stale.fault(folder, cell.spec).startswith("record.json is ")
    record = run(cell)
    assert records.read(folder) == record and record.status == "ok"
    assert os.path.lexists(folder / "record.damaged-1.json")
    assert "set aside as record.damaged-1.json, and the cell runs again" in capsys.readouterr().err
    assert stale.fault(folder, cell.spec) is None


@pytest.mark.parametrize("name", ["image.npz", "history.parquet"])
def test_what_is_lost_or_cut_beside_a_record_is_noticed(run, tiny, name, tmp_path):
    cell = tiny("fbp")
    run(cell)
    folder = records.folder(tmp_path / "results", cell)
    asked = folder, cell.spec, "cpu", 1, True
    made = stale.mark(*asked[:4])
    assert stale.fault(folder, cell.spec) is None and stale.wanted(*asked) == made
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-7])
    assert f"{name} of the run of" in stale.fault(folder, cell.spec)
    assert f"is of {len(whole) - 7} bytes in place of {len(whole)}" in stale.fault(
        folder, cell.spec
    )
    missing = stale.wanted(*asked)
    assert missing.parent == folder and missing != made and not missing.exists()
    (folder / name).unlink()
    assert stale.fault(folder, cell.spec).endswith("is lost")
    assert stale.wanted(*asked) not in (made, missing)
    (folder / "record.json").unlink()
    assert stale.fault(folder, cell.spec) == "record.json is lost"


def test_a_failed_cell_lacks_no_image(run, tiny, tmp_path):
    cell = tiny("fdk", methods=UNSUPPORTED)
    run(cell)
    assert stale.fault(records.folder(tmp_path / "results", cell), cell.spec) is None


def test_every_fault_is_asked_for_anew(run, tiny, tmp_path):
    """The same damage after another run, which has mended the first, is missed again."""
    cell = tiny("fbp")
    folder = records.folder(tmp_path / "results", cell)
    missing = set()
    for _ in range(2):
        run(cell)
        (folder / "record.json").unlink()
        missing.add(stale.wanted(folder, cell.spec, "cpu", 1, here=True))
        for path in missing:
            path.touch()  # as the workflow does it after the run
    assert len(missing) == 2


def test_a_mark_is_of_parameters_code_device_and_threads(tiny, tmp_path, monkeypatch):
    spec = tiny("fbp").spec
    first = stale.mark(tmp_path, spec, "cpu", 1)
    assert first == stale.mark(tmp_path, json.loads(json.dumps(spec)), "cpu", 1)
    asked = ({**spec, "checkpoints": 1}, "cpu", 1), (spec, "auto", 1), (spec, "cpu", 2)
    others = {stale.mark(tmp_path, *each) for each in asked}
    monkeypatch.setattr("inrbench.run.sources.digest_of_cell", lambda spec: "other code")
    others.add(stale.mark(tmp_path, spec, "cpu", 1))
    assert len({first, *others}) == 5


NOW = {"packages": {"torch": "2", "itk-rtk": None}, "memory": 2**30, "gpu": None, "driver": None}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, None),
        ({"memory": 2**31}, "memory was 1073741824 and is 2147483648"),
        ({"gpu": "NVIDIA H200"}, "gpu was None and is NVIDIA H200"),
        ({"driver": 560}, "driver was None and is 560"),
        ({"packages": {"torch": "2", "itk-rtk": "2.7"}}, "itk-rtk was absent and is 2.7"),
    ],
)
@pytest.mark.parametrize("status", ["unsupported", "out_of_memory"])
def test_what_this_machine_could_not_do_runs_again_when_it_has_changed(
    good, tiny, monkeypatch, changed, sentence, status
):
    cell = tiny("fbp")
    folder = good(cell, status=status, rests_on=RestsOn(**NOW))
    monkeypatch.setattr(machine, "equipment", lambda: NOW | changed)
    found = stale.fault(folder, cell.spec)
    assert found is None if sentence is None else sentence in found
    assert stale.fault(folder, cell.spec, here=False) is None  # where cells run elsewhere


def test_what_was_too_large_runs_again_when_there_is_room(good, tiny, monkeypatch):
    rests = RestsOn(**NOW, needed=1000)
    cell = tiny("fbp")
    folder = good(cell, status="out_of_memory", rests_on=rests)
    monkeypatch.setattr(machine, "equipment", lambda: NOW)
    monkeypatch.setattr(host, "available", lambda: 999)
    assert stale.fault(folder, cell.spec) is None
    monkeypatch.setattr(host, "available", lambda: 1000)
    assert "1000 bytes of memory are available" in stale.fault(folder, cell.spec)


@pytest.mark.parametrize(
    ("most", "file"), [(50, "run.log"), (1200, "history.parquet"), (3000, "image.npz")]
)
def test_on_a_full_disk_it_says_so_and_leaves_all_as_it_was(tiny, good, tmp_path, most, file):
    """No file may grow beyond so many bytes, which ends a run as a full disk does."""
    cell = tiny("inr-siren-least_squares-jvp25")
    folder = good(cell)
    before = content(folder)
    datasets.prepared(cell.spec["dataset"])
    command = [sys.executable, "-m", "inrbench", "run", "trial", "--cell", cell.id,
               "--machine", "m", "--device", "cpu", "--threads", "1"]  # fmt: skip
    (tmp_path / "results" / "m").symlink_to(".")
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"INRBENCH_EXPERIMENTS": str(tmp_path / "experiments")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "File too large" in done.stderr and f"{file}'" in done.stderr
    now = content(folder)
    now.pop("run.log")
    assert now == before


def test_a_log_is_written_over_and_nothing_else(tiny, tmp_path):
    cell = tiny("fbp")
    for name, text in (("thesis.tex", "\\begin"), ("commands.sh", "inrbench run quick")):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(FileExistsError, match=f"--log {path}: this is not a log"):
            run_cell(cell, tmp_path, "cpu", 1, "again", path)
        assert path.read_text() == text
    for place in (tmp_path, tmp_path / "nowhere"):
        (tmp_path / "nowhere").symlink_to("missing") if place.name == "nowhere" else None
        with pytest.raises(FileExistsError, match="this is not a log"):
            run_cell(cell, tmp_path, "cpu", 1, "again", place)
    assert not list(tmp_path.rglob("record.json"))
    log = tmp_path / "log"
    log.touch()
    for _ in range(2):
        run_cell(cell, tmp_path, "cpu", 1, "again", log)
        assert log.read_text().count("measured for") == 1
    own = records.folder(tmp_path, cell) / "run.log"
    own.write_text("of a version before")
    run_cell(cell, tmp_path, "cpu", 1, "again", own)
    assert "measured for" in own.read_text()


@pytest.mark.parametrize("name", ["image.npz", "history.parquet"])
def test_a_byte_that_was_changed_in_place_is_noticed(run, tiny, name, tmp_path):
    """Of equal size: by the checksums in the file, read where it is newer than its record."""
    cell = tiny("fbp")
    run(cell)
    folder = records.folder(tmp_path / "results", cell)
    content = bytearray((folder / name).read_bytes())
    (folder / name).write_bytes(content)
    assert stale.fault(folder, cell.spec) is None  # newer, and the same
    at = content.find(b"\x00" * 8, len(content) // 3) if name == "history.parquet" else -2000
    content[at if at else len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert f"{folder / name}: not " in stale.fault(folder, cell.spec)


def test_the_record_of_another_cell_or_of_other_parameters_does_not_stand(good, tiny):
    cell, other = tiny("fbp"), tiny("inr-siren-least_squares-autograd")
    folder, another = good(cell), good(other)
    (folder / "record.json").write_bytes((another / "record.json").read_bytes())
    assert stale.fault(folder, cell.spec) == "record.json is of another cell"
    assert stale.fault(another, cell.spec) == "record.json is of other parameters"


def test_a_cell_that_is_forgotten_runs_again(good, tiny):
    cell = tiny("fbp")
    folder = good(cell)
    assert stale.mark(folder, cell.spec, "cpu", 1).exists()
    stale.forget(folder)
    assert not stale.mark(folder, cell.spec, "cpu", 1).exists()
