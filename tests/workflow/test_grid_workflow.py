"""The grid and its rows in the real workflow: from a search of the strength to the table."""

import shutil
import subprocess

import pandas as pd
import pytest
import yaml
from snake import BIN, CONFIG, ROOT, environment, snakemake

from inrbench.experiments import files as experiments

pytestmark = pytest.mark.workflow


def test_the_grid_stands_beside_the_networks_with_its_parameters(tmp_path):
    code, text = snakemake(tmp_path, "grid", *CONFIG)
    assert code == 0, text
    results = tmp_path / "results" / "test" / "grid-tiny"
    table = pd.read_csv(results / "tables" / "table.csv")
    assert len(table) == 7 and (table.status == "ok").all()
    rows = table[table.network == "voxel grid, softplus"].set_index("objective")
    assert set(rows.index) == {"LS", "LS + TV"} and (rows.parameters == 32 * 32).all()
    assert table.parameters[table.network.isna()].isna().all()
    assert table.parameters[table.network.notna()].gt(0).all()
    assert "| LS + TV " in (results / "tables" / "brief.md").read_text()
    for figure in experiments.load("grid").figures:
        assert (results / "figures" / f"{figure}.png").exists()


def test_a_search_chooses_the_strength_and_its_file_says_for_what(tmp_path):
    folder = tmp_path / "experiments"
    folder.mkdir()
    shutil.copy(ROOT / "workflow" / "experiments" / "tune_grid.yaml", folder)
    where = {"INRBENCH_EXPERIMENTS": str(folder)}
    code, text = snakemake(tmp_path, "tune_grid", *CONFIG, **where)
    assert code == 0, text
    done = subprocess.run(
        [BIN / "inrbench", "choose", "tune_grid", "--preset", "tiny", "--machine", "test"],
        cwd=tmp_path, env=environment(tmp_path, **where), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    path = folder / "chosen" / "tune_grid-tiny.yaml"
    choices = yaml.safe_load(path.read_text())["choices"]
    found = {(each.get("network"), each.get("objective")): each["parameters"] for each in choices}
    grid = found["voxel_grid, softplus", "least_squares + tv"]
    assert grid["strength"] in (1e-4, 1e-3) and grid["learning_rate"] in (0.1, 0.3)
