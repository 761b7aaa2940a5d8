"""What lies in results/ through the real workflow: mended where it is damaged, else left alone."""

import json
import os

import pytest
from snake import CONFIG, ELSEWHERE, snakemake

from inrbench import datasets
from inrbench.cells import records

pytestmark = pytest.mark.workflow

TEXT = """
title: Three methods
paper: najaf2026
presets: {tiny: {}}
seeds: [0]
datasets: {forbild: {size: 24, views: 12, columns: 32}}
methods: [{name: fbp}, {name: cgls, parameters: {iterations: 3}}, {name: fdk}]
"""
CUDA = [*CONFIG[:-2], "device=cuda", "threads=1"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Three cells that have run; FDK does not do a fan beam."""
    place = tmp_path_factory.mktemp("kept")
    (place / "trio.yaml").write_text(TEXT)
    code, text = call(place)
    assert code == 0, text
    statuses = [records.read(cell(place, name)).status for name in ("fbp", "cgls", "fdk")]
    assert statuses == ["ok", "ok", "unsupported"]
    return place


def call(place, *config, **more):
    return snakemake(
        place, "trio", *(config or CONFIG), INRBENCH_EXPERIMENTS=str(place), **more
    )  # fmt: skip


def cell(place, name):
    return place / "results" / "test" / "trio-tiny" / "forbild" / name / "seed0"


def times(place):
    return {name: (cell(place, name) / "record.json").stat().st_mtime_ns
            for name in ("fbp", "cgls", "fdk")}  # fmt: skip


def run_again(place, before):
    return {name for name, time in times(place).items() if time != before[name]}


def content(place):
    """Every file of the cells but logs and locks."""
    return {path: path.read_bytes() for name in ("fbp", "cgls", "fdk")
            for path in cell(place, name).iterdir()
            if path.name not in ("run.log", ".lock")}  # fmt: skip


def test_a_device_that_is_not_there_is_refused_before_any_cell(place):
    before = content(place)
    code, text = call(place, *CUDA, CUDA_VISIBLE_DEVICES="")
    assert code != 0 and "device=cuda: torch finds no CUDA device here" in text
    assert "trio-tiny: forbild/" not in text
    assert content(place) == before


def test_a_remote_job_without_the_device_leaves_what_is_there(place):
    """The machine that reads the workflow knows nothing of those that cells run on."""
    before = content(place)
    code, text = call(place, *ELSEWHERE, *CUDA, CUDA_VISIBLE_DEVICES="")
    assert code != 0 and text.count("Job 0: trio-tiny: forbild/") == 3
    assert text.count("device=cuda: torch finds no CUDA device here") == 3
    assert content(place) == before


def test_what_has_changed_beside_a_mark_runs_again_once_and_says_why(place):
    """An image is lost, a record is cut, and this machine was another when it refused a cell."""
    before = times(place)
    (cell(place, "fbp") / "image.npz").unlink()
    record = cell(place, "cgls") / "record.json"
    record.write_bytes(record.read_bytes()[:100])
    record = cell(place, "fdk") / "record.json"
    fields = json.loads(record.read_text())
    fields["rests_on"]["packages"]["torch"] = "0.1"
    record.write_text(json.dumps(fields))
    code, text = call(place)
    assert code == 0, text
    assert "forbild/fbp/seed0 runs again: image.npz of the run of" in text
    assert "forbild/cgls/seed0: set aside as record.damaged-1.json" in text
    assert "fdk/seed0 runs again: unsupported no longer holds: torch was 0.1 and is" in text
    assert run_again(place, before) == {"fbp", "cgls", "fdk"}
    assert records.read_images(cell(place, "fbp"))["final"].shape == (24, 24)


def test_every_table_is_missed_when_it_is_lost(place):
    before, claims = times(place), place / "results/test/trio-tiny/tables/claims.md"
    claims.unlink()
    code, text = call(place)
    assert code == 0 and "Writing the tables of trio-tiny" in text, text
    assert claims.exists() and run_again(place, before) == set()


def test_damaged_data_is_mended_by_the_cell_that_reads_it_and_no_other_runs(place, monkeypatch):
    before = times(place)
    monkeypatch.setenv("INRBENCH_DATA", str(place / "data"))
    path = datasets.prepared_path(records.read(cell(place, "fbp")).spec["dataset"])
    whole, time = path.read_bytes(), path.stat().st_mtime_ns
    path.write_bytes(whole[:4000] + bytes([whole[4000] ^ 8]) + whole[4001:])
    os.utime(path, ns=(time, time))  # a disk that forgets a bit does not say when
    history = cell(place, "cgls") / "history.parquet"
    history.write_bytes(history.read_bytes()[:-10])
    code, text = call(place)
    assert code == 0, text
    assert run_again(place, before) == {"cgls"}
    assert len(records.read_history(cell(place, "cgls"))) == 3
    assert path.read_bytes() == whole
    code, text = call(place)
    assert code == 0 and "Nothing to be done" in text, text
