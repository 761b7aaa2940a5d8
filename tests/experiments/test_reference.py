"""Reference results: kept whole, never replaced unasked, and the evidence of what was chosen."""

from pathlib import Path

import pytest
from made_record import made

from inrbench.cells import records
from inrbench.cells.cell import Cell
from inrbench.experiments import files as experiments
from inrbench.experiments import reference, search

HERE = Path(__file__).parents[1] / "results" / "reference"
CHOSEN = experiments.FOLDER / "chosen"


class Finished:
    """An experiment of one cell, and its folder of results."""

    name, preset = "trial", "tiny"

    def __init__(self, results: Path):
        cell = Cell("trial", "tiny", "forbild", "fbp", 0, Path(), {}, {}, {})
        self._cells = [cell]
        folder = records.folder(results, cell)
        folder.mkdir(parents=True)
        name = {"experiment": "trial", "preset": "tiny", "dataset": "forbild", "method": "fbp",
                "seed": 0}  # fmt: skip
        record = made(cell=name)
        (folder / "record.json").write_text(record.model_dump_json())
        (folder / "image.npz").write_bytes(b"large")
        (results / "trial-tiny" / "kernels.json").write_text("{}")
        for path in ("tables/table.md", "figures/convergence.png", "figures/convergence.pdf"):
            file = results / "trial-tiny" / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(path)

    def cells(self):
        return self._cells


def test_records_tables_and_figures_are_kept_and_images_are_not(tmp_path):
    trial = Finished(tmp_path / "here")
    kept = reference.keep(trial, tmp_path / "here", tmp_path / "kept")
    files = {str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()}
    assert files == {
        "forbild/fbp/seed0/record.json", "tables/table.md", "figures/convergence.png",
        "kernels.json",
    }  # fmt: skip


def test_nothing_is_replaced_unasked(tmp_path):
    trial = Finished(tmp_path / "here")
    kept = reference.keep(trial, tmp_path / "here", tmp_path / "kept")
    (kept / "tables" / "table.md").write_text("mine")
    with pytest.raises(FileExistsError, match="--replace"):
        reference.keep(trial, tmp_path / "here", tmp_path / "kept")
    assert (kept / "tables" / "table.md").read_text() == "mine"
    reference.keep(trial, tmp_path / "here", tmp_path / "kept", replace=True)
    assert (kept / "tables" / "table.md").read_text() == "tables/table.md"


def test_the_reference_is_not_kept_from_itself_and_a_bad_record_spoils_nothing(tmp_path):
    trial = Finished(tmp_path / "here")
    with pytest.raises(ValueError, match="is the reference itself"):
        reference.keep(trial, tmp_path / "here", tmp_path / "here", replace=True)
    kept = reference.keep(trial, tmp_path / "here", tmp_path / "kept")
    record = records.folder(tmp_path / "here", trial.cells()[0]) / "record.json"
    record.write_text("{")
    with pytest.raises(ValueError, match="not a complete JSON file"):
        reference.keep(trial, tmp_path / "here", tmp_path / "kept", replace=True)
    assert (kept / "forbild/fbp/seed0/record.json").exists()


def test_an_unfinished_experiment_is_refused(tmp_path):
    trial = Finished(tmp_path / "here")
    record = records.folder(tmp_path / "here", trial.cells()[0]) / "record.json"
    record.unlink()
    with pytest.raises(FileNotFoundError, match="run `snakemake trial` first"):
        reference.keep(trial, tmp_path / "here", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("folder", sorted(HERE.glob("*/*-*")), ids=lambda path: path.name)
def test_reference_records_are_readable_and_whole(folder):
    """Each record fits its schema and its folder, and is of a cell that was run with this spec."""
    found = sorted(folder.glob("*/*/seed*/record.json"))
    assert found and (folder / "tables" / "table.md").exists()
    for path in found:
        record = records.read(path)
        assert records.folder(folder.parent, record.cell) == path.parent
        assert (path.parent / "history.parquet").exists() or record.status != "ok"


@pytest.mark.parametrize("name", [path.stem for path in sorted(CHOSEN.glob("*.yaml"))])
def test_what_is_committed_is_what_the_reference_search_chose(name):
    loaded = experiments.load(*name.split("-"))
    kept = sorted(HERE.glob(f"*/{name}"))
    assert kept, f"{name}: its records are not kept"
    for results in (path.parent for path in kept):
        found = [records.read(records.folder(results, cell)) for cell in loaded.cells()]
        again = search.choose(loaded, found)
        committed = search.read(name, experiments.FOLDER)
        assert [c.parameters for c in again.choices] == [c.parameters for c in committed.choices]
        assert again.seeds == committed.seeds
