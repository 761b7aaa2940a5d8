"""pytest-benchmark's own files and comparison, with our comparison key in them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """Run the forward projection of the tiny preset under the real plug-in; gives its output."""
    place = tmp_path_factory.mktemp("bench")

    def run(*options):
        command = [sys.executable, "-m", "pytest", str(ROOT / "benchmarks" / "test_kernels.py"),
                   "-q", "-p", "no:cacheprovider", "-k", "forward and cpu", "--preset", "tiny",
                   "--benchmark-storage", str(place / "kept"), *options]  # fmt: skip
        environment = os.environ | {"INRBENCH_DATA": str(place), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("--benchmark-autosave")
    (run.saved,) = (place / "kept").rglob("*.json")
    return run


def test_the_key_is_that_of_records_and_has_no_clock(bench):
    info = json.loads(bench.saved.read_text())["machine_info"]
    key = info["comparison_key"]["cpu"]
    assert {"device", "torch", "threads", "float32_matmul_precision"} <= key.keys()
    assert key["threads"] == 1 and "data_checksum" not in key
    assert not [name for name in info["cpu"] if "actual" in name]


def test_a_second_run_is_compared_and_another_machine_warned_of(bench):
    """Both comparisons in one test: the first one is what the second one differs from."""
    same = bench("--benchmark-compare")
    assert "(NOW)" in same and "(0001_" in same
    assert "machine_info is different" not in same
    saved = json.loads(bench.saved.read_text())
    saved["machine_info"]["comparison_key"]["cpu"]["torch"] = "1.0"
    bench.saved.write_text(json.dumps(saved))
    other = bench("--benchmark-compare")
    assert "machine_info is different" in other and "(NOW)" in other
