"""A machine lent for minutes: cells in order until the time is out, and no cell twice."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from bounded import run_within  # noqa: E402


def test_cells_run_in_order_until_the_time_is_out():
    clock, ran = [0.0], []

    def run(cell, seconds):
        ran.append((cell, seconds))
        clock[0] += 50
        return cell != "c"

    count = run_within("abcde", lambda cell: cell == "a", run, 160.0, lambda: clock[0])
    assert ran == [("b", 160.0), ("c", 110.0), ("d", 60.0)]
    assert count == {"done before": 1, "run": 2, "cut off": 1, "left": 1}


def test_the_script_leaves_records_and_passes_over_them(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path / "data"))
    folder = tmp_path / "experiments"
    folder.mkdir()
    text = (ROOT / "workflow/experiments/quick.yaml").read_text()
    (folder / "short.yaml").write_text(text.replace("chosen: tune-laptop\n", "")
                                       + "\ninclude: [{method: [fbp, cgls]}]\n")  # fmt: skip
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", str(folder))
    command = [sys.executable, str(ROOT / "benchmarks/bounded.py"), "--device", "cpu",
               "--machine", "here", "cells", "short/tiny"]  # fmt: skip
    for line in ("0 done before, 2 run, 0 cut off, 0 left", "2 done before, 0 run"):
        call = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert f"short/tiny: {line}" in call.stdout
    assert len(list((tmp_path / "results/here/short-tiny").glob("*/*/seed0/record.json"))) == 2
