"""A prepared case that is damaged is noticed when it is read, and made again."""

import os
import zipfile

import numpy as np
import pytest

from inrbench import datasets
from inrbench.datasets import prepare, prepared_path
from inrbench.datasets.case import Case
from inrbench.datasets.shapes import of_case

PART = {"name": "forbild", "size": 16, "views": 6, "columns": 24}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A prepared case of an hour ago."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    path = prepare(PART)
    os.utime(path, ns=(0, path.stat().st_mtime_ns - 3600 * 10**9))
    return path


def same(case, other):
    assert case.grid == other.grid and case.scale == other.scale and case.kind == other.kind
    assert (case.reference == other.reference).all()
    assert (case.scan.sinogram == other.scan.sinogram).all()


def flipped(content, position):
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def test_no_flipped_bit_reaches_a_cell(kept):
    """Wherever it is: what is read is the case as it was, and it is the file that is mended."""
    whole, case = kept.read_bytes(), Case.open(kept)
    made = 0
    for position in np.linspace(0, len(whole) - 1, 80).astype(int):
        kept.write_bytes(flipped(whole, position))
        same(datasets.read(PART, Case.open), case)
        made += kept.read_bytes() == whole
        assert datasets.is_whole(kept)
    assert made > 70  # the others are dates and the like, which nobody reads


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"PK\x05\x06" + bytes(18),  # a zip file of nothing
        lambda content: content.replace(b"about", b"abouT"),
        lambda content: os.urandom(len(content)),
    ],
)
def test_a_cut_or_foreign_file_is_made_again_and_keeps_its_time(kept, damage, capsys):
    case, time = Case.open(kept), kept.stat().st_mtime_ns
    kept.write_bytes(damage(kept.read_bytes()))
    os.utime(kept, ns=(time, time))
    same(datasets.read(PART, Case.open), case)
    assert f"{kept} is damaged" in capsys.readouterr().out
    assert kept.stat().st_mtime_ns == time  # so no cell that read it before is stale
    assert sorted(path.name for path in kept.parent.iterdir()) == [kept.name]


def test_its_head_is_checked_as_well(kept):
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b'"spacing"', b'"spaCing"'))
    assert datasets.read(PART, of_case) == ((16, 16), (6, 24))
    assert kept.read_bytes() == whole


def test_arrays_larger_than_memory_are_damage_where_the_file_is(kept):
    """A bit of an array's head may ask for any number of bytes before its sum is checked."""

    def greedy(path):
        if not datasets.is_whole(path):
            raise MemoryError
        return Case.open(path)

    kept.write_bytes(flipped(kept.read_bytes(), kept.stat().st_size // 2))
    datasets.read(PART, greedy)

    def full(path):
        raise MemoryError

    time = kept.stat().st_ino
    with pytest.raises(MemoryError):
        datasets.read(PART, full)
    assert kept.stat().st_ino == time  # nothing was made


def test_what_cannot_be_made_again_stays_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    part = {"name": "tooth", "views": 31}
    path = prepared_path(part)
    path.parent.mkdir()
    path.write_bytes(b"not a case")
    with pytest.raises(FileNotFoundError, match="inrbench data fetch tooth"):
        datasets.read(part, Case.open)
    assert path.read_bytes() == b"not a case"


def test_a_failed_preparation_leaves_nothing(kept, monkeypatch):
    def full(self, path):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("half", "of it")
        raise OSError(28, "No space left on device")

    whole = kept.read_bytes()
    monkeypatch.setattr(Case, "save", full)
    with pytest.raises(OSError, match=rf"No space left on device: '{kept}'"):
        prepare(PART)
    assert kept.read_bytes() == whole
    assert list(kept.parent.iterdir()) == [kept]
