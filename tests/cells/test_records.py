"""Records: whole or absent, read with a sentence where they cannot be."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_record import made

from inrbench.cells import records
from inrbench.cells.history import HISTORY, write_history
from inrbench.cells.record import SCHEMA, CellName

NAME = CellName(experiment="e", preset="p", dataset="d", method="m", seed=3)


def record(**changes):
    return made(cell=NAME, **changes)


@pytest.fixture
def partial(tmp_path):
    folder = tmp_path / "partial"
    folder.mkdir()
    return folder


def test_folder_names_the_cell(tmp_path):
    assert records.folder(tmp_path, NAME) == tmp_path / "e-p" / "d" / "m" / "seed3"


def test_what_is_committed_is_read_back(tmp_path, partial):
    write_history(partial / "history.parquet", [{"iteration": 1, "loss": 2.0}])
    written = record(metrics={"mse": 1e-6, "psnr": None}, reason="none")
    written = records.commit(tmp_path / "cell", written, partial)
    found = records.read(tmp_path / "cell")
    assert found == written and found.cell == NAME
    history = records.read_history(tmp_path / "cell")
    assert history.loss.tolist() == [2.0] and history.mse.isna().all()


def test_a_record_never_stands_beside_another_runs_files(tmp_path, partial):
    (partial / "image.npz").write_bytes(b"first")
    records.commit(tmp_path / "cell", record(), partial)
    records.commit(tmp_path / "cell", record(status="timeout"), partial)  # left no image
    assert not (tmp_path / "cell" / "image.npz").exists()
    assert records.read(tmp_path / "cell").status == "timeout"


def test_the_record_comes_last(tmp_path, partial, monkeypatch):
    """If moving a file fails, no record says that the cell is done, and no older one either."""
    target = tmp_path / "cell"
    records.commit(target, record(), partial)
    (partial / "history.parquet").write_bytes(b"x")

    replace = records.os.replace

    def fail(old, new):
        if Path(new).parent == target:
            raise OSError("no more moving")
        replace(old, new)

    monkeypatch.setattr(records.os, "replace", fail)
    with pytest.raises(OSError, match="no more moving"):
        records.commit(target, record(), partial)
    assert not (target / "record.json").exists()


def test_a_record_that_cannot_be_written_replaces_nothing(tmp_path, partial, monkeypatch):
    target = tmp_path / "cell"
    (partial / "image.npz").write_bytes(b"first")
    records.commit(target, record(), partial)
    (target / ".made-0").touch()
    (partial / "image.npz").write_bytes(b"second")
    before = {path.name: path.read_bytes() for path in target.iterdir()}

    def full(path, *_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/record\.json'"):
        records.commit(target, record(), partial)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_a_record_says_how_large_the_files_beside_it_are(tmp_path, partial):
    (partial / "image.npz").write_bytes(b"12345")
    written = records.commit(tmp_path / "cell", record(), partial)
    assert written.files == {"image.npz": 5}
    assert records.read(tmp_path / "cell") == written


def test_a_mark_goes_with_the_record_that_it_stands_for(tmp_path, partial):
    target = tmp_path / "cell"
    records.commit(target, record(), partial)
    (target / ".made-0").touch()
    records.commit(target, record(), partial)
    assert not (target / ".made-0").exists()


def test_what_is_in_the_way_is_set_aside_under_names_of_its_own(tmp_path, partial):
    target = tmp_path / "cell"
    for _ in range(2):
        (partial / "image.npz").write_bytes(b"image")
        (target / "record.json").mkdir(parents=True)
        (target / "image.npz").mkdir()
        (target / "image.npz" / "inside").touch()
        records.commit(target, record(), partial)
        assert records.read(target).status == "ok"
        for name in ("record.json", "image.npz"):
            (target / name).unlink()
    assert sorted(path.name for path in target.iterdir()) == [
        "image.damaged-1.npz", "image.damaged-2.npz",
        "record.damaged-1.json", "record.damaged-2.json",
    ]  # fmt: skip
    assert (target / "image.damaged-1.npz" / "inside").exists()


def test_cut_off_other_schema_and_foreign_files_get_a_sentence(tmp_path):
    path = tmp_path / "record.json"
    whole = b'{"schema_version": 1, "cell"'
    for content in (whole, b"", b"\xff\xfe\x00", b"[" * 100_000):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"not a complete JSON file.*run its cell again"):
            records.read(path)
    for content in ({"schema_version": 0}, {}, []):
        path.write_text(json.dumps(content))
        with pytest.raises(ValueError, match=f"this inrbench reads {SCHEMA}"):
            records.read(path)
    with pytest.raises(FileNotFoundError):
        records.read(tmp_path / "nowhere" / "record.json")


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="status"):
        record(status="fine")


def test_residuals_have_columns_of_their_own(partial):
    rows = [{"iteration": 50, "primal": 2.0}, {"iteration": 100, "primal": 1.0, "dual": 3.0}]
    write_history(partial / "history.parquet", rows)
    history = records.read_history(partial)
    assert list(history.columns) == [*HISTORY, "primal", "dual"]
    assert history.primal.tolist() == [2.0, 1.0] and history.dual.isna().tolist() == [True, False]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", None])
def test_a_damaged_file_beside_a_record_is_named(partial, damage):
    write_history(partial / "history.parquet", [{"iteration": 1, "loss": 2.0}])
    np.savez(partial / "image.npz", final=np.ones((2, 2)), best=np.ones((2, 2)))
    assert records.read_images(partial)["best"].sum() == 4
    readers = {"history.parquet": records.read_history, "image.npz": records.read_images}
    for name, read in readers.items():
        if damage is None:  # a whole file, of something else
            pd.DataFrame({"loss": ["large"]}).to_parquet(partial / "history.parquet")
            np.savez(partial / "image.npz", final=np.array([None]))
        else:
            (partial / name).write_bytes(damage((partial / name).read_bytes()))
        with pytest.raises(ValueError, match=rf"{name}: .*run its cell again"):
            read(partial)
