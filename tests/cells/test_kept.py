"""Kept results: the same results in one folder, and a sentence for each thing that spoils them."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from made_results import finished
from pyarrow import parquet

from inrbench.cells import kept, result
from inrbench.cells.records import Damaged
from inrbench.experiments.experiment import Experiment

CELLS = ["d/cgls/seed0", "d/fbp/seed0", "d/fbp/seed1"]


@pytest.fixture
def results():
    """FBP and CGLS with two seeds; residuals, notes and images of some of them."""
    experiment = Experiment(
        title="t", seeds=[0, 1], datasets={"d": {"name": "forbild", "size": 24}}, name="e",
        preset="p", methods=[{"name": "fbp"}, {"name": "cgls"}],
    )  # fmt: skip
    found = finished(experiment)
    files = found[0].kept
    files.histories["d/cgls/seed0"][2]["gap"] = 0.5
    files.histories["d/cgls/seed1"] = None  # its process was killed at once
    files.noted["d/fbp/seed0"] = [{"sampler": "exact", "rate": 1.0, "rank": 3, "bias": np.nan}]
    files.noted["d/fbp/seed1"] = [{"sampler": "uniform", "rate": 0.1, "rank": 4, "bias": 0.5}]
    files.noted["d/cgls/seed0"] = [{"objective": "least_squares", "resolved": True}]
    generator = np.random.default_rng(0)
    for cell in CELLS[:2]:
        final = generator.normal(0, 0.02, (24, 24)).astype(np.float32)
        files.pictures[cell] = {"final": final, "best": 2 * final}
    return found


@pytest.fixture
def folder(tmp_path, results):
    kernels = tmp_path / "kernels.json"
    kernels.write_text('{"benchmarks": []}')
    kept.write(tmp_path / "e-p", results, CELLS, kernels)
    return tmp_path / "e-p"


def test_what_is_kept_is_read_back_to_the_last_digit(folder, results):
    found = result.below(folder)
    own = {one.record.cell.id: one for one in results}
    assert [one.record.cell.id for one in found] == [*CELLS[:1], "d/cgls/seed1", *CELLS[1:]]
    for one in found:
        other = own[one.record.cell.id]
        assert one.record == other.record
        for mine, theirs in ((one.history(), other.history()), (one.notes(), other.notes())):
            assert (mine is None) == (theirs is None)
            if mine is not None:
                pd.testing.assert_frame_equal(mine, theirs, check_exact=True)


def test_an_image_is_kept_within_sixteen_bits_of_its_largest_value(folder, results):
    for one, name in zip(result.below(folder)[::2], ("best", "final"), strict=True):
        (shown,) = one.images().items()
        image = results[0].kept.pictures[one.record.cell.id][name]
        assert shown[0] == one.shown == name and shown[1].dtype == np.float32
        error = np.abs(shown[1] - image).max()
        assert 0 < error <= 1.001 * 2**-12 * np.abs(image).max()


def test_cells_that_no_figure_shows_have_no_image(tmp_path, results):
    kept.write(tmp_path / "e-p", results, CELLS[:1], tmp_path / "none")
    assert [bool(one.images()) for one in result.below(tmp_path / "e-p")] == [True, *[False] * 3]
    kept.write(tmp_path / "e-p", results, (), tmp_path / "none")
    assert not any(one.images() for one in result.below(tmp_path / "e-p"))


def test_a_record_is_a_line_and_the_same_results_are_the_same_bytes(folder, results, tmp_path):
    lines = (folder / "records.jsonl").read_text().splitlines()
    assert [json.loads(line)["cell"]["seed"] for line in lines] == [0, 1, 0, 1]
    changed = results[1].record.model_copy(update={"status": "diverged"})
    again = [
        results[3],
        results[2],
        replace(results[1], record=changed),
        results[0],
    ]
    kept.write(tmp_path / "again" / "e-p", again, CELLS, tmp_path / "kernels.json")
    for file in folder.iterdir():
        other = tmp_path / "again" / "e-p" / file.name
        if file.name == "records.jsonl":
            pairs = zip(lines, other.read_text().splitlines(), strict=True)
            assert [a == b for a, b in pairs] == [True, True, True, False]
        else:
            assert file.read_bytes() == other.read_bytes(), file.name


def test_what_was_kept_before_goes_and_so_do_folders_of_cells(folder, results, tmp_path):
    (folder / "d" / "fbp" / "seed0").mkdir(parents=True)
    (folder / "d" / "fbp" / "seed0" / "record.json").write_text("{}")
    for one in results:
        one.kept.noted.clear()
    kept.write(folder, results, (), tmp_path / "none")
    assert {file.name for file in folder.iterdir()} == {"records.jsonl", "histories.parquet"}


@pytest.mark.parametrize("name", ["write_table", "savez_compressed"])
def test_on_a_full_disk_what_is_kept_stays(folder, results, tmp_path, monkeypatch, name):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet if name == "write_table" else np, name, full)
    with pytest.raises(OSError, match=r"No space left on device: '.*(parquet|npz)'"):
        kept.write(folder, results[:2], CELLS, tmp_path / "none")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_columns_that_one_table_cannot_hold_are_refused(folder, results, tmp_path):
    results[0].kept.noted["d/fbp/seed0"][0]["objective"] = 3.5
    with pytest.raises(ValueError, match="in columns of one name, which one table cannot hold"):
        kept.write(folder, results, (), tmp_path / "none")
    results[0].kept.noted["d/fbp/seed0"] = [{"cell": 1}]
    with pytest.raises(ValueError, match="d/fbp/seed0 noted a column 'cell'"):
        kept.write(folder, results, (), tmp_path / "none")


def edited(change):
    """A function that changes the lines of a file of records."""
    return lambda data: b"\n".join(change(data.splitlines())) + b"\n"


def with_field(line, **fields):
    return json.dumps({**json.loads(line), **fields}).encode()


@pytest.mark.parametrize(
    ("change", "sentence", "left"),
    [
        (lambda data: data[:-40], "line 4: not a complete JSON file", 3),
        (edited(lambda x: [x[0], b"<<<<<<< HEAD", *x[1:]]), "line 2: not a complete JSON file", 4),
        (edited(lambda x: [*x[:3], b""]), "line 4: not a complete JSON file", 3),
        (edited(lambda x: [*x[:3], b"[]"]), "line 4: schema version None", 3),
        (edited(lambda x: [with_field(x[0], schema_version=1), *x[1:]]),
         "line 1: schema version 1, this inrbench reads 2; put the kept file back", 3),
        (edited(lambda x: [with_field(x[0], status="fine"), *x[1:]]), "line 1: .*status: ", 3),
        (edited(lambda x: [*x, x[1]]), "line 5: its cell has line 2 already; remove", 4),
        (lambda data: b"\xff\xfe" + data, "line 1: not a complete JSON file", 3),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_read(
    folder, change, sentence, left
):
    path = folder / "records.jsonl"
    path.write_bytes(change(path.read_bytes()))
    found = list(result.each(path))
    (error,) = (one for one in found if isinstance(one, ValueError))
    assert str(error).startswith(f"{path}, line ") and str(error).isprintable()
    assert len(found) == left + 1
    with pytest.raises(ValueError, match=sentence):
        result.below(folder)


def middle(data):
    """With one bit of its middle turned."""
    half = len(data) // 3
    return data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], middle, lambda data: b""])
@pytest.mark.parametrize("name", ["histories.parquet", "notes.parquet", "images.npz"])
def test_a_file_that_is_cut_or_changed_is_named(folder, name, damage):
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    one = result.below(folder)[0]
    read = {"histories.parquet": one.history, "notes.parquet": one.notes}.get(name, one.images)
    with pytest.raises(Damaged, match=rf"{name}: not .*; put the kept file back"):
        read()


def test_a_file_of_something_else_is_named(folder):
    path = folder / "histories.parquet"
    for columns, sentence in (
        ({"loss": [1.0]}, "has no column 'cell'"),
        ({"cell": CELLS[:1], "loss": ["large"]}, "has no numbers in a"),
    ):
        parquet.write_table(pa.table(columns), path)
        with pytest.raises(Damaged, match=sentence):
            result.below(folder)[0].history()
    path.unlink()
    with pytest.raises(Damaged, match=r"histories\.parquet: not a whole table"):
        result.below(folder)[0].history()
    np.savez(folder / "images.npz", about="[]")
    with pytest.raises(Damaged, match=r"images\.npz: not whole"):
        result.below(folder)[0].images()
