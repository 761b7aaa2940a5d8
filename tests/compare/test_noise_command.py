"""`inrbench noise`: from cells to the noise floor's file, which is never overwritten unasked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from inrbench.compare import noise

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Call `inrbench noise` on an experiment of two cells, in a folder of its own."""
    place = tmp_path_factory.mktemp("noise")
    text = {"title": "One", "presets": {"tiny": {}}, "seeds": [0, 1], "threads": 1,
            "datasets": {"forbild": {"size": 24, "views": 12, "columns": 32}},
            "methods": [{"name": "cgls", "parameters": {"iterations": 5}}]}  # fmt: skip
    (place / "one.yaml").write_text(yaml.safe_dump(text))

    def run(*options):
        command = [sys.executable, "-m", "inrbench", "noise", "one", "--machine", "here",
                   "--device", "cpu", "--repeats", "2", *options]  # fmt: skip
        environment = os.environ | {"INRBENCH_EXPERIMENTS": str(place), "PYTHONPATH": str(ROOT),
                                    "INRBENCH_DATA": str(place / "data")}  # fmt: skip
        return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)

    run.results = place / "results"
    return run


def runs_in(text):
    return sum(line.startswith("forbild/cgls/") for line in text.splitlines())


def test_every_cell_runs_twice_and_the_floor_is_written_and_kept(call):
    done = call("--keep")
    assert done.returncode == 0, done.stderr
    assert runs_in(done.stdout) == 4
    found = noise.read(call.results / "here" / "noise.json")
    assert found.runs == 4 and found.key["threads"] == 1
    assert list(found.measures["time"]) == ["one-tiny/forbild/cgls"]
    assert set(found.measures["mse"]["one-tiny/forbild/cgls"]) == {"0", "1"}
    assert "tensor_peak" not in found.measures  # it repeats to the byte
    kept = call.results / "reference" / "here" / "noise.json"
    assert json.loads(kept.read_text()) == found.model_dump()
    assert "scatter of a seed" in done.stdout and "rss_peak" in done.stdout


def test_what_is_kept_is_replaced_only_when_asked_and_nothing_runs_twice(call):
    """Goes on from the test before."""
    kept = call.results / "reference" / "here" / "noise.json"
    kept.write_text("{}")
    refused = call("--keep")
    assert refused.returncode == 1 and "use --replace" in refused.stderr
    assert kept.read_text() == "{}" and runs_in(refused.stdout) == 0
    done = call("--keep", "--replace")
    assert done.returncode == 0, done.stderr
    assert runs_in(done.stdout) == 0 and noise.read(kept).runs == 4
