"""Disk and memory."""

import shutil

import pytest

from inrbench.doctor import room
from inrbench.meters import host


@pytest.mark.parametrize("name", ["results", "data", "scratch"])
def test_a_disk_without_room_is_broken(tmp_path, monkeypatch, name):
    free = shutil._ntuple_diskusage(2**40, 2**40, 10 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    found = room.disk(name, tmp_path)
    assert found.state == "broken"
    assert "10.0 MiB free, where the default experiments want 1.00 GiB" in found.says
    assert found.mend == room.ELSEWHERE[name]


def test_a_folder_that_cannot_be_written_is_broken(tmp_path):
    (tmp_path / "file").touch()
    found = room.disk("data", tmp_path / "file" / "data")
    assert found.state == "broken" and "could not be written into" in found.says
    assert found.mend == "export INRBENCH_DATA=/a/disk/with/room"


def test_a_folder_that_is_yet_to_be_made_is_tried_where_it_will_be(tmp_path):
    found = room.disk("results", tmp_path / "results" / "here")
    assert found.state == "ok" and list(tmp_path.iterdir()) == []


def test_memory_that_no_cell_fits_into_is_broken(monkeypatch):
    monkeypatch.setattr(host, "available", lambda: 2**28)
    assert room.memory().state == "broken"
    assert "256 MiB available, where a cell's process wants 1.00 GiB" in room.memory().says
    monkeypatch.setattr(host, "available", lambda: None)
    assert room.memory().state == "ok"
