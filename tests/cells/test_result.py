"""Results are the same, whether each cell has a folder or all are kept in one."""

import subprocess
import sys
from pathlib import Path

import pytest
from made_results import finished

from inrbench.cells import kept, records, result
from inrbench.cells.history import write_history
from inrbench.experiments.experiment import Experiment
from inrbench.tables import write

EXPERIMENT = Experiment(
    title="t", seeds=[0, 1], datasets={"d": {"name": "forbild", "size": 24}}, name="e", preset="p",
    methods=[
        {"name": "fbp"},
        {"name": "inr", "axes": {"network": ["siren"], "objective": ["least_squares"],
                                 "gradient": ["autograd", "jvp"]},
         "parameters": {"iterations": 5}},
    ],
)  # fmt: skip


def in_folders(results):
    """Leave the results of EXPERIMENT in folders of cells, as runs do."""
    for one in finished(EXPERIMENT):
        folder = records.folder(results, one.record.cell)
        folder.mkdir(parents=True)
        write_history(folder / "history.parquet", one.kept.histories[one.record.cell.id])
        (folder / "record.json").write_text(one.record.model_dump_json())
    return results


def together(results):
    """Keep the same results in one folder."""
    kept.write(results / "e-p", finished(EXPERIMENT), (), results / "none")
    return results


@pytest.fixture(params=[in_folders, together])
def results(request, tmp_path):
    return request.param(tmp_path / "m")


def test_tables_of_both_forms_are_the_same(tmp_path):
    for form in (in_folders, together):
        found = result.of_experiment(form(tmp_path / form.__name__), EXPERIMENT)
        assert [one.record.cell.id for one in found] == [cell.id for cell in EXPERIMENT.cells()]
        write(found, tmp_path / "tables" / form.__name__, "Title", None)
    for file in (tmp_path / "tables" / "together").iterdir():
        assert file.read_bytes() == (tmp_path / "tables" / "in_folders" / file.name).read_bytes()


def test_a_cell_has_one_result_and_a_place_that_leads_to_it(results):
    (cell,) = (cell for cell in EXPERIMENT.cells() if cell.id == "d/fbp/seed1")
    (one,) = result.of_cells(results, [cell])
    assert one.place == results / "e-p" / "d" / "fbp" / "seed1"
    found = result.at(one.place)
    assert found.record == one.record and found.history().equals(one.history())
    assert result.at(results / "e-p" / "d" / "fbp" / "seed2") is None
    assert result.at(results / "e-p") is None
    assert result.at(Path("x")) is None


def test_a_cell_without_a_record_is_none_or_a_sentence(results):
    more = EXPERIMENT.model_copy(update={"seeds": [0, 7]})
    found = result.of_cells(results, more.cells())
    assert [one is None for one in found] == [cell.seed == 7 for cell in more.cells()]
    with pytest.raises(FileNotFoundError, match="fbp/seed7: no record; run `snakemake e`"):
        result.of_experiment(results, more)
    assert result.of_cells(results.parent / "nobody", more.cells()) == [None] * len(found)
    assert result.below(results.parent / "nobody") == []


def test_the_record_of_another_cell_is_refused(tmp_path):
    results = in_folders(tmp_path / "m")
    own, other = (results / "e-p" / "d" / "fbp" / f"seed{seed}" / "record.json" for seed in (0, 1))
    own.write_bytes(other.read_bytes())
    with pytest.raises(ValueError, match=r"fbp/seed0: its record is that of .*/fbp/seed1; run"):
        result.of_experiment(results, EXPERIMENT)
    (together(tmp_path) / "e-p").rename(tmp_path / "e-q")
    renamed = EXPERIMENT.model_copy(update={"preset": "q"})
    with pytest.raises(ValueError, match=r"e-q/d/fbp/seed0: its record is that of .*e-p"):
        result.of_experiment(tmp_path, renamed)
    assert len(result.below(tmp_path / "e-q")) == len(EXPERIMENT.cells())


def test_neither_pandas_nor_torch_is_imported_before_a_file_is_read():
    code = "import sys, inrbench.cells.result; assert not {'pandas', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
