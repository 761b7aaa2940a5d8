"""Data files that a parameter names are part of what makes a cell stale."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest
import yaml

from inrbench import datasets, registry
from inrbench.cells import records
from inrbench.datasets import named_files
from inrbench.experiments import files as experiments
from inrbench.run.parent import run_cell

METHOD = """
import numpy as np, torch
from inrbench.plugins import register

@register("method", "kept_image", "Kept image", tiny={"image": ""})
class KeptImage:
    def __init__(self, image, others=()):
        self.image = image

    def reconstruct(self, scan, grid, monitor, generator):
        monitor.start(1, None)
        found = torch.as_tensor(np.load(self.image))
        monitor.step(1, None, lambda: found)
        return found
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """The experiment `trial` in a folder, of a method that reads `prior/image.npy` beside it."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    (tmp_path / "here" / "prior").mkdir(parents=True)
    (tmp_path / "here" / "method.py").write_text(METHOD)
    write(tmp_path / "here", 0.01)
    document = {
        "title": "t", "presets": {"tiny": {}}, "seeds": [0], "plugins": ["method.py"],
        "datasets": {"forbild": {"size": 16, "views": 8, "columns": 24}},
        "methods": [{"name": "kept_image", "parameters": {"image": "prior/image.npy",
                                                          "others": ["prior/image.npy", "no"]}}],
    }  # fmt: skip
    (tmp_path / "here" / "trial.yaml").write_text(yaml.safe_dump(document))

    def loader(folder="here"):
        registry._table["method"].pop("kept_image", None)
        return experiments.load("trial", folder=tmp_path / folder)

    yield loader
    registry._table["method"].pop("kept_image", None)


def write(folder, value):
    np.save(folder / "prior" / "image.npy", np.full((16, 16), value, np.float32))


def test_a_cell_reads_the_file_and_is_stale_once_it_changes(load, tmp_path):
    (cell,) = load().cells()
    image = cell.spec["method"]["image"]
    assert image["file"] == "prior/image.npy" and len(image["sha256"]) == 64
    assert cell.spec["method"]["others"] == [image, "no"]
    assert json.loads(json.dumps(cell.spec)) == cell.spec
    record = run_cell(cell, tmp_path / "results", "cpu", 1, "again", tmp_path / "run.log")
    assert record.status == "ok", record.reason
    folder = records.folder(tmp_path / "results", cell)
    assert np.all(records.read_images(folder)["final"] == np.float32(0.01))
    assert records.has_spec(folder, load().cells()[0].spec)
    write(tmp_path / "here", 0.02)
    assert not records.has_spec(folder, load().cells()[0].spec)


def test_a_folder_that_moves_makes_nothing_stale(load, tmp_path):
    (cell,) = load().cells()
    shutil.move(tmp_path / "here", tmp_path / "there")
    (moved,) = load("there").cells()
    assert moved.spec == cell.spec and moved.folder != cell.folder


def test_a_prepared_case_is_of_the_files_content(tmp_path):
    path = tmp_path / "scan.npy"
    names = []
    for content in (b"a", b"b"):
        path.write_bytes(content)
        part = named_files.watched({"name": "mine", "sinogram": "scan.npy"}, tmp_path)
        names.append(datasets.case_name(part))
        assert named_files.opened(part, tmp_path) == {"name": "mine", "sinogram": str(path)}
        assert named_files.watched(part, tmp_path) == part
    assert names[0] != names[1]


@pytest.mark.parametrize(
    "word", ["fan", "", ".", "a" * 5000, "no/such", "\0", "~nobody-here/x", 3]
)
def test_other_words_and_numbers_stay_as_they_are(word, tmp_path):
    (tmp_path / "inr").write_text("a file of a method's name")
    part = {"name": "inr", "beam": word}
    assert named_files.watched(part, tmp_path) == part


def test_a_fifo_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert named_files.watched({"name": "n", "file": "pipe"}, tmp_path)["file"] == "pipe"


def test_a_checksum_is_kept_until_the_file_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    path = tmp_path / "scan.npy"
    path.write_bytes(b"content")
    os.utime(path, (1e9, 1e9))
    before = named_files.checksum(path)
    monkeypatch.setattr(named_files.hashlib, "file_digest", None)  # not read again
    assert named_files.checksum(path) == before
    monkeypatch.undo()
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    path.write_bytes(b"changed")
    assert named_files.checksum(path) != before
    for kept in (tmp_path / "data" / "checksums").iterdir():
        kept.write_text("{")
    assert named_files.checksum(path) != before


def test_a_file_is_watched_although_its_checksum_cannot_be_kept(tmp_path, monkeypatch):
    """Else a full disk would make another cell of it."""
    monkeypatch.setenv("INRBENCH_DATA", "/dev/full/data")
    (tmp_path / "scan.npy").write_bytes(b"1")
    os.utime(tmp_path / "scan.npy", (0, 0))
    found = named_files.watched("scan.npy", tmp_path)
    assert found == {"file": "scan.npy", "sha256": hashlib.sha256(b"1").hexdigest()}
