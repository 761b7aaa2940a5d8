"""What the suite itself costs: starting a cell, planning a workflow, watching an iteration."""

import itertools
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from inrbench import gradients, networks, objectives, projectors
from inrbench.datasets.simulate import forbild
from inrbench.meters import watch_memory
from inrbench.meters.clock import Clock
from inrbench.meters.yardstick import Yardstick
from inrbench.run.monitor import TruthMonitor
from inrbench.run.worker import Reporter
from inrbench.solvers.adam import adam

ROOT = Path(__file__).resolve().parents[1]
CELLS = ("fbp", "inr-siren-fls-autograd", "inr-hash_encoding-ls-jvp10")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty folder to work in, with an experiment of 1,014 cells beside the usual ones."""
    source = ROOT / "workflow" / "experiments"
    text = (source / "quick.yaml").read_text()
    changed = re.sub(r"^seeds: .*$", f"seeds: {list(range(39))}", text, flags=re.M)
    shutil.copytree(source / "chosen", tmp_path / "experiments" / "chosen")
    (tmp_path / "experiments" / "many.yaml").write_text(changed)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("method", CELLS)
def test_start_up_of_a_cell(benchmark, method, capsys):
    """One cell of `quick` by `inrbench run`: how much of its time is not spent in its child's
    set-up, iterations, metrics and meters."""
    subprocess.run(["inrbench", "data", "prepare", "quick", "forbild"], check=True)
    command = ["inrbench", "run", "quick", "--cell", f"forbild/{method}/seed0",
               "--machine", "bench", "--device", "cpu", "--log", "run.log"]  # fmt: skip
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=3, warmup_rounds=1)
    measured = float(re.search(r"measured for (\S+) s", Path("run.log").read_text())[1])
    whole = benchmark.stats.stats.data[-1]
    benchmark.extra_info["start-up"] = whole - measured
    with capsys.disabled():
        print(f"\n{method}: {whole:.2f} s, of them start-up and end {whole - measured:.2f} s")


def test_planning_a_thousand_cells(benchmark, monkeypatch):
    """`snakemake -n` where nothing has run yet."""
    monkeypatch.setenv("INRBENCH_EXPERIMENTS", str(Path("experiments").resolve()))
    command = ["snakemake", "--snakefile", ROOT / "Snakefile", "--profile",
               ROOT / "profiles" / "default", "-n", "many", "--config", "device=cpu"]  # fmt: skip

    def plan():
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    text = benchmark.pedantic(plan, rounds=3)
    assert re.search(r"^reconstruct +1014$", text, flags=re.M)


def test_a_watched_iteration(benchmark, capsys):
    """An iteration of `quick`'s SIREN under clock, monitor, meters and reports, and a bare one."""
    case = forbild(size=128, views=60, columns=192)
    projector = projectors.make(case.scan.geometry, case.grid)
    objective = objectives.make("filtered_least_squares", case.scan, projector)
    network = networks.make("siren", case.grid, case.scale, width=128, layers=3)
    gradient = gradients.make("autograd")
    generator = torch.Generator().manual_seed(0)
    laps = {"bare": [], "watched": []}
    listening = []

    def block(kind, listen):
        stamps = [time.perf_counter()]

        def callback(k, value):
            begun = time.perf_counter()
            listen(k, value)
            stamps.append(time.perf_counter())
            if kind == "watched":
                listening.append(stamps[-1] - begun)

        def backward():
            return gradient.backward(network, case.grid, objective, generator)

        adam(network.parameters(), backward, 5, (1e-5,), callback)
        laps[kind] += [b - a for a, b in itertools.pairwise(stamps)]

    def watched():
        with open(os.devnull, "w") as pipe, watch_memory("cpu"):
            # The only checkpoint is never reached: metrics are no part of an iteration.
            monitor = TruthMonitor(case.reference, Clock("cpu"), 1, Reporter(pipe), Yardstick())
            monitor.start(10**6, projector)
            block("watched", lambda k, value: monitor.step(k, value, lambda: case.reference))

    turns = [lambda: block("bare", lambda k, value: None), watched]

    def both():
        turns.reverse()  # neither always follows the other
        for turn in turns:
            turn()

    benchmark.pedantic(both, rounds=40, warmup_rounds=1)
    ratio = statistics.median(laps["watched"]) / statistics.median(laps["bare"])
    benchmark.extra_info["ratio"] = ratio
    share = statistics.mean(listening) / statistics.median(laps["bare"])
    with capsys.disabled():
        print(
            f"\na watched iteration takes {ratio:.3f} times a bare one; "
            f"the monitor's own steps take {share:.2%} of it"
        )
