"""A scan of one's own, and a data set of a plug-in, in an experiment: cells run, and are stale
once a file changes that the description names."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
import yaml
from written_scan import (
    COLUMNS,
    DEGREES,
    counts,
    description,
    geometry,
    line_integrals,
    save_hdf5,
    write,
)  # fmt: skip

from inrbench import datasets
from inrbench.cells import records
from inrbench.datasets import named_files
from inrbench.experiments import files as experiments
from inrbench.phantoms import ellipses
from inrbench.run.parent import run_cell
from inrbench.templates import write as template
from inrbench.testing.projectors import ASYMMETRIC

METHODS = [{"name": "fbp"}, {"name": "cgls", "parameters": {"iterations": 3}}]


def experiment(folder, parts, **more):
    document = {"title": "t", "presets": {"tiny": {}}, "seeds": [0], "datasets": parts,
                "methods": METHODS, **more}  # fmt: skip
    (folder / "trial.yaml").write_text(yaml.safe_dump(document))
    return experiments.load("trial", folder=folder)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with an experiment's own scan in it, counts in an HDF5 file."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    here = tmp_path / "here"
    (here / "scans").mkdir(parents=True)
    views, flats, darks = counts(line_integrals("fan"))
    save_hdf5(here / "scans/scan.h5", {"data": views, "dark": darks, "flat": flats})
    frames = {name: {"file": "scan.h5", "key": name} for name in ("dark", "flat")}
    data = {"file": "scan.h5", "key": "data", "are": "counts", **frames}
    write(here / "scans", description("fan", **data))
    return here


MINE = {"mine": {"name": "scan", "file": "scans/mine.scan.yaml", "label": "mine"}}


def test_a_cell_runs_and_is_judged_by_views_that_it_did_not_get(folder, tmp_path):
    cells = experiment(folder, MINE).cells()
    assert [cell.labels["dataset"] for cell in cells] == ["mine", "mine"]
    record = run_cell(cells[1], tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
    assert record.status == "ok", record.reason
    assert 0 < record.metrics["held_out"] < 0.5
    assert set(record.spec["dataset"]["file"]) == {"file", "sha256", "named"}


def test_a_cell_is_stale_once_a_file_changes_that_the_description_names(folder, tmp_path):
    cell, _ = experiment(folder, MINE).cells()
    record = run_cell(cell, tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
    assert record.status == "ok", record.reason
    kept = records.folder(tmp_path / "results", cell)
    assert records.has_spec(kept, experiment(folder, MINE).cells()[0].spec)
    with h5py.File(folder / "scans/scan.h5", "a") as file:
        file["data"][3, 4] += 1
    again = experiment(folder, MINE).cells()[0]
    assert not records.has_spec(kept, again.spec)
    assert datasets.case_name(again.spec["dataset"]) != datasets.case_name(cell.spec["dataset"])


def test_what_a_named_file_names_is_watched_too(tmp_path):
    (tmp_path / "views").mkdir()
    for k in range(3):
        (tmp_path / "views" / f"view_{k}.tif").write_bytes(b"%d" % k)
    (tmp_path / "geometry.json").write_text('{"vol": "vol.npy", "angle": [1, 2]}')
    (tmp_path / "vol.npy").write_bytes(b"1")
    stated = 'data: {file: "views/view_*.tif"}\ngeometry: {astra: geometry.json}\n'
    (tmp_path / "a.yaml").write_text(stated)
    seen = [named_files.watched("a.yaml", tmp_path)]
    for name in ("views/view_2.tif", "views/view_3.tif", "vol.npy", "geometry.json"):
        path = tmp_path / name
        path.write_bytes((path.read_bytes() if path.exists() else b"") + b" ")
        seen.append(named_files.watched("a.yaml", tmp_path))
    assert len({one["named"] for one in seen}) == 5 and len({one["sha256"] for one in seen}) == 1
    assert named_files.opened(seen[0], tmp_path) == str(tmp_path / "a.yaml")
    assert named_files.watched(seen[0], tmp_path) == seen[0]


def test_files_that_name_each_other_end(tmp_path):
    (tmp_path / "a.yaml").write_text("other: b.yaml\n")
    (tmp_path / "b.yaml").write_text("other: a.yaml\n")
    assert set(named_files.watched("a.yaml", tmp_path)) == {"file", "sha256", "named"}


def inrbench(*arguments, cwd, **more):
    done = subprocess.run(
        [sys.executable, "-m", "inrbench", *arguments],
        cwd=cwd, env=os.environ | more, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_from_a_file_to_a_record_by_what_the_commands_say(tmp_path, monkeypatch):
    """`inrbench new scan` fills in what the file says; `scan check` the axis and the scale."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    shifted = geometry("parallel", offset=4 * 2.8)
    views, flats, darks = counts(ellipses.line_integrals(ASYMMETRIC, shifted))
    p = np.stack([views, views], axis=1)
    frames = [np.stack([one, one], axis=1) for one in (darks, flats)]
    save_hdf5(tmp_path / "spot.h5", {"exchange/data": p, "exchange/data_dark": frames[0],
                                     "exchange/data_white": frames[1],
                                     "exchange/theta": DEGREES["parallel"]})  # fmt: skip
    code, text = inrbench("new", "scan", "spot.h5", cwd=tmp_path)
    assert code == 0 and text.splitlines()[:2] == ["spot.scan.yaml", "spot.yaml"]
    path = tmp_path / "spot.scan.yaml"
    stated = yaml.safe_load(path.read_text())
    assert stated["data"]["key"] == "exchange/data" and stated["data"]["are"] == "counts"
    assert stated["geometry"]["angles"]["key"] == "exchange/theta"
    listed = inrbench("list", cwd=tmp_path, INRBENCH_EXPERIMENTS=".")[1]
    assert "laptop (6 cells)" in listed and "spot.scan" not in listed
    code, text = inrbench("scan", "check", "spot.scan.yaml", cwd=tmp_path)
    assert code == 1 and (tmp_path / "spot.scan.png").stat().st_size > 10_000
    centre = float(text.split("geometry: centre: ")[1].split()[0])
    assert centre == pytest.approx((COLUMNS - 1) / 2 - 4, abs=0.3)
    scale = float(text.split("scale: ")[-1].split()[0])
    assert 0.5 < scale / (0.02 * 2.8) < 2  # per pixel
    lines = path.read_text().replace("# centre: 0", f"centre: {centre}")
    path.write_text(lines.replace("# scale:", f"scale: {scale}"))
    code, text = inrbench("scan", "check", "spot.scan.yaml", cwd=tmp_path)
    assert code == 0 and "WRONG" not in text, text
    run = ("run", "spot", "--cell", "spot/fbp/seed0", "--machine", "m", "--device", "cpu")
    code, text = inrbench(*run, cwd=tmp_path, INRBENCH_EXPERIMENTS=".")
    assert code == 0 and text.endswith("spot/fbp/seed0: ok\n"), text


def test_a_cell_of_a_data_set_that_a_plug_in_registers(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    template("dataset", "mine", tmp_path)
    loaded = experiment(tmp_path, {"mine": {"size": 32, "views": 12}}, plugins=["mine.py"])
    cell = loaded.cells()[0]
    assert cell.spec["dataset"] == {"name": "mine", "size": 32, "views": 12}
    record = run_cell(cell, tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
    assert record.status == "ok", record.reason
    assert str(tmp_path / "mine.py") in record.machine["fingerprint"]["plugins"]
