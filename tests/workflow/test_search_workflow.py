"""From a search to the experiment that reads its choices, and an ablation with its tables."""

import subprocess

import pandas as pd
import pytest
import yaml
from snake import BIN, CONFIG, environment, snakemake

from inrbench.experiments import files as experiments

pytestmark = pytest.mark.workflow

SMALL = {"network": {"siren": {"width": 8, "layers": 1}},
         "objective": {"fls": {"name": "filtered_least_squares"}},
         "gradient": {"jvp25": {"name": "jvp", "rate": 0.25}}}  # fmt: skip
AXES = {"network": "siren", "objective": "fls", "gradient": "jvp25"}


def experiment(axes, **more):
    return {
        "title": "Trial", "presets": {"tiny": {}},
        "datasets": {"forbild": {"size": 16, "views": 6, "columns": 24}}, "parts": SMALL,
        "methods": [{"name": "inr", "axes": axes, "parameters": {"iterations": 12}}], **more,
    }  # fmt: skip


def test_an_experiment_waits_for_its_search_and_then_runs_with_what_it_chose(tmp_path):
    folder = tmp_path / "experiments"
    folder.mkdir()
    search = experiment(
        {**AXES, "learning_rate": [1e-9, 1e-2]}, seeds=[100],
        figures={"search": {"parameter": "learning_rate"}},
    )  # fmt: skip
    (folder / "seek.yaml").write_text(yaml.safe_dump(search))
    user = experiment(AXES, seeds=[0], chosen="seek-tiny", figures={"convergence": {}})
    (folder / "use.yaml").write_text(yaml.safe_dump(user))
    where = {"INRBENCH_EXPERIMENTS": str(folder)}

    code, text = snakemake(tmp_path, "use", *CONFIG, **where)
    assert code != 0 and "run that search and then `inrbench choose`" in text
    code, text = snakemake(tmp_path, "seek", *CONFIG, **where)
    assert code == 0, text
    assert (tmp_path / "results/test/seek-tiny/figures/search.png").exists()
    done = subprocess.run(
        [BIN / "inrbench", "choose", "seek", "--machine", "test"],
        cwd=tmp_path, env=environment(tmp_path, **where), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "siren, filtered_least_squares" in done.stdout, done.stderr
    code, text = snakemake(tmp_path, "use", *CONFIG, **where)
    assert code == 0, text
    cells = experiments.load("use", folder=folder).cells()
    assert [cell.spec["method"]["learning_rate"] for cell in cells] == [1e-2]
    table = pd.read_csv(tmp_path / "results/test/seek-tiny/tables/table.csv")
    assert list(table.learning_rate) == [1e-9, 1e-2] and table.mse[1] < table.mse[0]


def test_the_ablation_writes_its_tables_and_figures(tmp_path):
    code, text = snakemake(tmp_path, "sampling", *CONFIG)
    assert code == 0, text
    results = tmp_path / "results/test/sampling-tiny"
    quality = pd.read_csv(results / "tables/gradient_quality.csv")
    assert set(quality.sampler) == {"autograd", "exact", "uniform", "stratified", "importance"}
    exact = quality[quality.rate == 1]
    assert (exact.relative_error < 1e-4).all()
    sampled = quality[quality.rate < 1].groupby(["sampler", "rate"]).variance.mean().unstack()
    assert (sampled[0.05] > sampled[0.25]).all()
    for name in ("gradient_quality.md", "gradient_quality.tex", "agreement.tex", "table.tex"):
        assert (results / "tables" / name).stat().st_size > 100
    for name in ("gradient_quality", "equal_cost", "convergence"):
        assert (results / "figures" / f"{name}.png").exists()


def test_the_papers_experiment_ends_with_its_tables_and_figures(tmp_path):
    code, text = snakemake(tmp_path, "najaf2026", *CONFIG)
    assert code == 0, text
    results = tmp_path / "results/test/najaf2026-tiny"
    agreement = pd.read_csv(results / "tables/agreement.csv")
    exact = agreement[agreement.gradient == "exact"]
    assert len(exact) == 2 and (exact.loss_difference < 0.01).all()
    assert exact.ratio.between(0.99, 1.01).all()
    for figure in experiments.load("najaf2026", "tiny").figures:
        assert (results / "figures" / f"{figure}.png").exists()


@pytest.mark.parametrize("name", ["htc2022", "tooth"])
def test_every_tiny_preset_can_be_planned(name, tmp_path):
    code, text = snakemake(tmp_path, name, "-n", *CONFIG)
    assert code == 0, text
    assert "reconstruct" in text
