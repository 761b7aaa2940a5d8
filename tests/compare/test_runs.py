"""Which runs a source has; what cannot be read is named and loses nothing else."""

import shutil

import pytest
from campaign import campaign, fields, write

from inrbench.cells import machine_label
from inrbench.compare.runs import read


def test_a_row_is_a_cell_without_its_seed_and_holds_all_repeats(tmp_path):
    for k in range(2):
        write(tmp_path / f"run{k}", campaign(k, methods=("a", "b"), seeds=(0, 1)))
    found = read(tmp_path)
    assert list(found.rows) == ["quick-laptop/forbild/a", "quick-laptop/forbild/b"]
    mine = [run.record for run in found.rows["quick-laptop/forbild/a"]]
    assert [(one.created, one.cell.seed) for one in mine] == [
        ("0", 0),
        ("0", 1),
        ("1", 0),
        ("1", 1),
    ]


def test_a_run_that_was_copied_counts_once_whatever_was_edited(tmp_path):
    write(tmp_path / "run0", campaign(methods=("a",), seeds=(0,)))
    shutil.copytree(tmp_path / "run0", tmp_path / "run1")
    (file,) = (tmp_path / "run1").rglob("record.json")
    file.write_text(file.read_text().replace('"again"', '"again and again"'))
    found = read(tmp_path)
    assert len(found.runs) == 1 and found.copies == 1


def test_what_was_not_finished_and_campaigns_beside_a_machines_results_are_no_runs(tmp_path):
    one = campaign(methods=("a",), seeds=(0,))
    places = (".partial", "noise/run0", "ab/123-456/a/run0", "ab/123-456/b/run0")
    for place in ("", *places):
        write(tmp_path / "m" / place, one)
    assert len(read(tmp_path / "m").runs) == 1
    for place in ("noise", "ab/123-456/a"):  # named themselves
        assert len(read(tmp_path / "m" / place).runs) == 1


def test_a_source_is_a_folder_a_file_or_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_label, "RESULTS", tmp_path)
    write(tmp_path / "reference" / "m", campaign(methods=("a",), seeds=(0, 1)))
    assert len(read("m").runs) == 2
    assert len(read("m/quick-laptop").runs) == 2
    file = next((tmp_path / "reference").rglob("record.json"))
    assert len(read(file).runs) == 1
    with pytest.raises(FileNotFoundError, match=r"did you mean 'm/quick-laptop'\?"):
        read("m/quick-lptop")
    assert len(read("quick", "laptop", "reference/m").runs) == 2


def test_a_record_that_cannot_be_read_is_named_and_the_others_are_kept(tmp_path):
    write(tmp_path, campaign(methods=("a",)))
    cut, old = (
        tmp_path / "quick-laptop" / "forbild" / "a" / f"seed{k}" / "record.json" for k in range(2)
    )
    cut.write_text(cut.read_text()[:500])
    old.write_text(old.read_text().replace('"schema_version":2', '"schema_version":0'))
    found = read(tmp_path)
    assert len(found.runs) == 4
    assert [text.split(": ")[0] for text in found.unread] == [str(cut), str(old)]
    assert "not a complete JSON file" in found.unread[0]
    assert "schema version 0, this inrbench reads 2" in found.unread[1]
    assert all("\n" not in text for text in found.unread)


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no record below it"):
        read(tmp_path)
    write(tmp_path, [fields("a", 0)])
    next(tmp_path.rglob("record.json")).write_text("{")
    with pytest.raises(ValueError, match=r"record\.json: not a complete JSON file"):
        read(tmp_path)
