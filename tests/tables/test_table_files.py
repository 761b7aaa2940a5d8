"""The files of an experiment's tables: what is declared is what is written."""

import subprocess
import sys

import pandas as pd
import pytest
from made_record import made

from inrbench import tables
from inrbench.cells import records
from inrbench.cells.record import CellName
from inrbench.cells.result import in_folder
from inrbench.experiments import files as experiment_files
from inrbench.experiments import table_files
from inrbench.experiments.experiment import Experiment


def experiment(methods, paper):
    return Experiment(
        title="t", seeds=[0], datasets={"forbild": {}}, name="e", preset="p", paper=paper,
        methods=[{"name": name} for name in methods],
    )  # fmt: skip


@pytest.fixture
def results(tmp_path):
    """The results of a cell of each method; all failed, so that none noted anything."""
    found = []
    for method in ("fbp", "gradient_quality", "conditioning"):
        name = CellName(experiment="e", preset="p", dataset="d", method=method, seed=0)
        spec = {"dataset": {"name": "forbild"}, "method": {"name": method}}
        record = made(cell=name, labels={"dataset": "D", "method": method}, status="error",
                      reason="r", spec=spec)  # fmt: skip
        (tmp_path / "partial").mkdir(exist_ok=True)
        folder = records.folder(tmp_path, name)
        records.commit(folder, record, tmp_path / "partial")
        found.append(in_folder(folder))
    return found


@pytest.mark.parametrize("paper", [None, "najaf2025"])
@pytest.mark.parametrize("methods", [["fbp"], ["fbp", "gradient_quality", "conditioning"]])
def test_what_is_declared_is_written_even_if_every_cell_failed(results, tmp_path, methods, paper):
    wanted = experiment(methods, paper)
    target = tmp_path / "tables"
    tables.write(results, target, "Title", None, paper, methods)
    assert sorted(path.name for path in target.iterdir()) == sorted(table_files.files(wanted))
    if "conditioning" in methods:
        assert "No cell of the method conditioning" in (target / "conditioning.md").read_text()
        assert pd.read_csv(target / "conditioning.csv").empty


def test_records_of_other_parameters_are_counted_above_every_table(results, tmp_path):
    specs = [one.record.spec for one in results]
    target = tmp_path / "tables"
    tables.write(results, target, "Title", None, specs=specs)
    assert "of other parameters" not in (target / "table.md").read_text()
    specs[1] = specs[1] | {"checkpoints": 3}
    tables.write(results, target, "Title", None, specs=specs)
    for name in ("table", "brief", "agreement"):
        text = (target / f"{name}.md").read_text()
        assert "1 of 3 records is of other parameters than there are now." in text


@pytest.mark.parametrize(
    ("name", "table"),
    [("sampling", "gradient_quality"), ("conditioning", "conditioning"), ("najaf2025", "claims")],
)
def test_the_shipped_experiments_declare_what_their_methods_and_papers_add(name, table):
    kept = table_files.files(experiment_files.load(name))
    assert {f"{table}.csv", f"{table}.md", f"{table}.tex"} <= set(kept)


def test_neither_pandas_nor_torch_is_imported():
    code = (
        "import sys, inrbench.experiments.table_files; "
        "assert not {'pandas', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
