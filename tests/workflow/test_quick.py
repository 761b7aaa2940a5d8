"""The real workflow on the tiny preset: from nothing to tables and figures, and back after a kill.

One story in order, since each step goes on from the one before.
"""

import os
import shutil
import signal
import subprocess
import time

import pandas as pd
import pytest
from snake import BIN, CONFIG, CORES, ROOT, command, environment, snakemake

from inrbench.cells import records
from inrbench.experiments import files as experiments

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("workflow")


def found(place):
    return {path: path.stat().st_mtime_ns for path in place.glob("results/**/record.json")}


def test_alone_it_lists_the_experiments(place):
    code, text = snakemake(place)
    assert code == 0, text
    for name in experiments.available():
        assert experiments.load(name).title in text


def test_a_killed_workflow_leaves_whole_records_only(place):
    process = subprocess.Popen(
        command(place, "quick", *CONFIG),
        env=environment(place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    while len(found(place)) < 6:
        assert process.poll() is None
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for path in found(place):
        assert records.read(path).status == "ok"


def test_the_next_call_goes_on_and_ends_with_tables_and_figures(place):
    before = found(place)
    code, text = snakemake(place, "quick", *CONFIG)
    assert code == 0, text
    assert "same command goes on where it was" in text
    assert "`inrbench watch quick --preset tiny --machine test`" in text
    after = found(place)
    assert len(after) == 28
    # No more cells than ran at a time can have ended without the workflow's taking note.
    assert sum(after[path] != time for path, time in before.items()) <= CORES
    results = place / "results" / "test" / "quick-tiny"
    table = pd.read_csv(results / "tables" / "table.csv")
    assert len(table) == 28 and (table.status == "ok").all()
    assert table.mse.between(1e-7, 1e-3).all()
    assert table.tensor_peak.gt(0).all()
    agreement = pd.read_csv(results / "tables" / "agreement.csv")
    assert len(agreement) == 18 and (agreement.baseline == "autograd").all()
    assert (agreement.seeds == 1).all()
    note = experiments.load("quick").note
    assert note in (results / "tables" / "table.md").read_text()
    for figure in experiments.load("quick").figures:
        assert (results / "figures" / f"{figure}.png").read_bytes().startswith(b"\x89PNG")
        assert (results / "figures" / f"{figure}.pdf").read_bytes().startswith(b"%PDF")


def test_exact_and_autograd_agree_in_the_table(place):
    """The same seed, the same iterates: exact is autograd in bounded memory."""
    table = pd.read_csv(place / "results/test/quick-tiny/tables/table.csv")
    pairs = table[table.network.notna()].pivot(
        index=["network", "objective"], columns="gradient", values="mse"
    )
    pairs = pairs[pairs["exact"].notna()]  # the voxel grid is trained by autograd alone
    assert len(pairs) == 6
    assert ((pairs["exact"] / pairs["autograd"] - 1).abs() < 0.02).all()


def test_a_third_call_has_nothing_to_do(place):
    before = found(place)
    code, text = snakemake(place, "quick", *CONFIG)
    assert code == 0 and "Nothing to be done" in text
    assert found(place) == before


def test_a_part_has_tables_and_figures_of_its_own(place):
    """Its cells have run, so that nothing else is to do; those of the whole stay."""
    before, part = found(place), "network=siren,gradient=autograd"
    results = place / "results" / "test" / "quick-tiny"
    whole = (results / "tables" / "table.md").read_bytes()
    code, text = snakemake(place, "quick", *CONFIG, f"only={part}")
    assert code == 0, text
    assert found(place) == before and "to run" not in text
    table = (results / "only" / part / "tables" / "table.md").read_text()
    assert f", only {part} (tiny): 2 cells" in table
    figures = {path.stem for path in (results / "only" / part / "figures").glob("*.png")}
    assert figures == set(experiments.load("quick").figures)
    assert (results / "tables" / "table.md").read_bytes() == whole


def test_a_lost_record_runs_its_cell_alone(place):
    before = found(place)
    lost = next(path for path in before if "fbp" in str(path))
    lost.unlink()
    code, text = snakemake(place, "quick", *CONFIG)
    assert code == 0, text
    after = found(place)
    assert {path for path in after if after[path] != before[path]} == {lost}


def test_the_command_in_a_record_runs_the_cell_again(place):
    path = next(path for path in found(place) if "siren-ls-jvp10" in str(path))
    first = records.read(path)
    done = subprocess.run(
        f"{BIN}/{first.command}", shell=True, cwd=place, env=environment(place),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    again = records.read(path)
    assert again.created > first.created
    assert again.metrics == first.metrics


def changed(folder, old, new):
    """The experiment `quick` with one change, in a folder of its own with what it reads."""
    source = ROOT / "workflow" / "experiments"
    text = (source / "quick.yaml").read_text()
    assert old in text
    shutil.copytree(source / "chosen", folder / "chosen")
    (folder / "quick.yaml").write_text(text.replace(old, new))
    return {"INRBENCH_EXPERIMENTS": str(folder)}


def test_a_bad_parameter_stops_before_any_cell_runs(place, tmp_path):
    where = changed(tmp_path / "experiments", "rate: 0.25", "rate: 1.5")
    code, output = snakemake(tmp_path, "quick", *CONFIG, **where)
    assert code != 0
    assert "rate=1.5: the sampling rate must lie in (0, 1]" in output
    assert not found(tmp_path)


def test_an_unknown_name_stops_while_the_workflow_is_read(place, tmp_path):
    where = changed(tmp_path / "experiments", "network: [fourier", "network: [furier")
    code, output = snakemake(tmp_path, "quick", *CONFIG, **where)
    assert code != 0
    assert "unknown network 'furier_features': did you mean 'fourier_features'" in output
    assert "Traceback" not in output


def test_an_unknown_preset_names_the_nearest(place):
    code, output = snakemake(place, "quick", "--config", "preset=tinny")
    assert code != 0
    assert "did you mean 'tiny'" in output


def test_a_new_seed_runs_its_own_cells_in_a_single_call(tmp_path):
    text = """
title: Two methods
presets: {tiny: {}}
seeds: [0]
datasets: {forbild: {size: 24, views: 12, columns: 32}}
methods: [{name: fbp}, {name: cgls, parameters: {iterations: 3}}]
"""
    path = tmp_path / "pair.yaml"
    path.write_text(text)
    where = {"INRBENCH_EXPERIMENTS": str(tmp_path)}
    code, output = snakemake(tmp_path, "pair", *CONFIG, **where)
    assert code == 0, output
    before = found(tmp_path)
    assert len(before) == 2
    path.write_text(text.replace("[0]", "[0, 1]").replace("Two methods", "A pair"))
    code, output = snakemake(tmp_path, "pair", *CONFIG, **where)
    assert code == 0, output
    after = found(tmp_path)
    assert len(after) == 4
    assert all(after[record] == time for record, time in before.items())
    (table,) = tmp_path.glob("results/**/table.md")
    assert "A pair" in table.read_text()
    path.write_text(path.read_text().replace("iterations: 3", "iterations: 4"))
    code, output = snakemake(tmp_path, "pair", *CONFIG, **where)
    assert code == 0, output
    changed = {record for record, time in found(tmp_path).items() if after[record] != time}
    assert len(changed) == 2 and all("cgls" in str(record) for record in changed)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("device=gpu", "expected auto, cpu or cuda"),
        ("threads=0", "at least 1"),
        ("threads=1000000000", "choose from 1 to"),
        ("machine=reference/m", "not run over"),
        ("machine=x/../reference/m", "expected letters, digits"),
        ("presett=tiny", "did you mean 'preset'"),
        ("only=network=sirn", "unknown network 'sirn': did you mean 'siren'"),
    ],
)
def test_wrong_configuration_gets_a_sentence(place, setting, sentence):
    code, output = snakemake(place, "quick", "--config", setting)
    assert code != 0 and sentence in output
