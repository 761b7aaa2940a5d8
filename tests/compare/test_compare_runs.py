"""Which runs a source has; what cannot be read is named and loses nothing else."""

import shutil

import pytest
from campaign import campaign, fields, write

from inrbench.compare.runs import read


def test_a_row_is_a_cell_without_its_seed_and_holds_all_repeats(tmp_path):
    for k in range(2):
        campaign(tmp_path / f"run{k}", k, methods=("a", "b"), seeds=(0, 1))
    found = read(tmp_path)
    assert list(found.rows) == ["quick-laptop/forbild/a", "quick-laptop/forbild/b"]
    seeds = [run.record.cell.seed for run in found.rows["quick-laptop/forbild/a"]]
    assert sorted(seeds) == [0, 0, 1, 1]


def test_a_copied_record_counts_once(tmp_path):
    campaign(tmp_path / "run0", methods=("a",), seeds=(0,))
    shutil.copytree(tmp_path / "run0", tmp_path / "run1")
    found = read(tmp_path)
    assert len(found.runs) == 1
    assert found.copies == 1


def test_a_cell_that_was_not_finished_is_no_run(tmp_path):
    campaign(tmp_path, methods=("a",), seeds=(0,))
    write(tmp_path / "quick-laptop" / "forbild" / "a" / "seed1" / ".partial", fields("a", 1))
    assert len(read(tmp_path).runs) == 1


def test_a_source_is_a_folder_a_file_or_a_name(tmp_path):
    campaign(tmp_path / "reference" / "m", methods=("a",), seeds=(0, 1))
    assert len(read("m", tmp_path).runs) == 2
    assert len(read("m/quick-laptop", tmp_path).runs) == 2
    file = next((tmp_path / "reference").rglob("record.json"))
    assert len(read(file).runs) == 1
    with pytest.raises(FileNotFoundError, match=r"did you mean 'm/quick-laptop'\?"):
        read("m/quick-lptop", tmp_path)


def test_a_record_that_cannot_be_read_is_named_and_the_others_are_kept(tmp_path):
    campaign(tmp_path, methods=("a",))
    cut, old, odd = (
        tmp_path / "quick-laptop" / "forbild" / "a" / f"seed{k}" / "record.json" for k in range(3)
    )
    cut.write_text(cut.read_text()[:500])
    old.write_text(old.read_text().replace('"schema_version": 2', '"schema_version": 0'))
    odd.write_text(odd.read_text().replace('"status": "ok"', '"status": "fine"'))
    found = read(tmp_path)
    assert len(found.runs) == 3
    assert [text.split(": ")[0] for text in found.unread] == [str(cut), str(old), str(odd)]
    assert "not a complete JSON file" in found.unread[0]
    assert "schema version 0, this inrbench reads 2" in found.unread[1]
    assert "status" in found.unread[2]
    assert all("\n" not in text for text in found.unread)


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no record\.json below it"):
        read(tmp_path)
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(ValueError, match=r"record\.json: not a complete JSON file"):
        read(tmp_path)
