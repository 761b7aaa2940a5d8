"""`inrbench compare` on thousands of records, and how often it errs on the noise of a machine.

`pytest benchmarks/test_compare.py -s` deals the sweeps of A/A runs in a noise.json (that of
$INRBENCH_NOISE, or the kept one) to both sides of calls. `tests/compare/simulation.py` has calls
on a synthetic noise, which the tests hold to two alarms in 200 and 95 finds in 100.
"""

import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from inrbench.cells.records import Record
from inrbench.cells.result import Result
from inrbench.compare import Runs, compare, noise, runs

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "compare"), str(ROOT / "tests")]
KEPT = ROOT / "results" / "reference" / "amd-epyc" / "noise.json"
RECORDS = 5000
SIX = 6


@pytest.fixture
def many(tmp_path):
    """BASE and NEW, with 2,500 records each, of cells of six seeds."""
    from campaign import fields, write

    for number, side in enumerate(("base", "new")):
        write(tmp_path / side, [
            fields(f"method{k // 6}", k % 6, 0.08 + 1e-4 * (k % 7), created=f"{number}")
            for k in range(RECORDS // 2)
        ])  # fmt: skip
    return tmp_path / "base", tmp_path / "new"


def test_compare_thousands_of_records(benchmark, many):
    """Reading 5,000 records and judging 416 rows of six runs, and one of fewer."""
    found = benchmark.pedantic(lambda: compare(*map(runs.read, many)), rounds=3, warmup_rounds=1)
    assert found.counts["ok"] == RECORDS // 2 // SIX


class Deals:
    """Calls whose two sides are dealt from the sweeps of A/A runs: what rows share is kept."""

    def __init__(self, known, clock):
        from campaign import fields

        self.known, self.clock, self.rows = known, clock, known.measures[clock]
        seeds = next(iter(self.rows.values()))
        self.sweeps = [(seed, k) for seed, mine in seeds.items() for k in range(len(mine))]
        self.template = Record.model_validate(fields("a", 0))
        self.key = {k: v for k, v in known.key.items() if v is not None}

    def call(self, seed, factor=1.0):
        """A comparison; the times of NEW are multiplied."""
        deal = np.random.default_rng(seed).permutation(len(self.sweeps))
        return compare(self._side(deal[:SIX], 1.0), self._side(deal[SIX : 2 * SIX], factor),
                       self.known)  # fmt: skip

    def _side(self, deal, factor):
        found = []
        for name, row in self.rows.items():
            experiment, dataset, method = name.split("/")
            for number, sweep in enumerate(deal):
                seed, k = self.sweeps[sweep]
                time = factor * math.exp(row[seed][k])
                paced = {"pace": time, "yardstick": 1.0, "yardstick_version": 1}
                more = paced if self.clock == "pace" else {"pace": None}
                found.append(Result(self.template.model_copy(update={
                    "created": f"{number} {sweep}", "memory": [], "metrics": {},
                    "machine": {"key": self.key},
                    "labels": {"dataset": dataset, **_labels(method)},
                    "cell": self.template.cell.model_copy(update={
                        "experiment": experiment.split("-")[0], "dataset": dataset,
                        "preset": experiment.split("-")[1], "method": method, "seed": number}),
                    "time": self.template.time.model_copy(update={"iteration": time} | more),
                }), Path()))  # fmt: skip
        return Runs("side", tuple(found))


def _labels(method):
    """Of "inr-<network>-<objective>-<gradient>", or of another method."""
    parts = method.split("-")
    axes = ("method", "network", "objective", "gradient") if len(parts) == 4 else ("method",)
    return dict(zip(axes, parts, strict=False))


@pytest.mark.parametrize("clock", ["pace", "time"])
def test_false_alarms_and_what_is_found_on_the_noise_of_a_machine(benchmark, capsys, clock):
    """Six sweeps a side: 200 calls without a change, 100 with all rows 10 % slower."""
    deals = Deals(noise.read(Path(os.environ.get("INRBENCH_NOISE", KEPT))), clock)

    def rate():
        alarms = sum(deals.call(k).exit_code == 1 for k in range(200))
        return alarms, sum(deals.call(k, 1.1).exit_code == 1 for k in range(100))

    alarms, found = benchmark.pedantic(rate, rounds=1)
    with capsys.disabled():
        print(f"\n{clock}: {alarms} alarms in 200 A/A calls; 10 % in all rows found in {found} "
              "of 100")  # fmt: skip
