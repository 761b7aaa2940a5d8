"""`inrbench compare` on thousands of records, and how often it errs and what it finds.

`INRBENCH_NOISE=results/reference/<machine>/noise.json pytest benchmarks/test_compare.py -s` rates
the verdicts on the noise of a machine; without it, on the synthetic noise of the tests. Asked for
are two alarms at most in 200 calls without a change, and 95 finds in 100 of 10 %.
"""

import math
import os
import shutil
import sys
from pathlib import Path

import pytest

from inrbench.cells.records import read
from inrbench.compare import compare, noise, runs

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "compare"))
RECORDS = 5000
GIVEN = os.environ.get("INRBENCH_NOISE")


@pytest.fixture
def many(tmp_path):
    """BASE and NEW, with 2,500 records each: copies of a record, as cells of six seeds."""
    cell = "quick-laptop/forbild/inr-siren-ls-autograd"
    source = ROOT / "results" / "reference" / "amd-epyc" / cell / "seed0"
    record = read(source)
    for side in ("base", "new"):
        for k in range(RECORDS // 2):
            method, seed = f"method{k // 6}", k % 6
            name = record.cell.model_copy(update={"method": method, "seed": seed})
            own = record.time.model_copy(update={"iteration": 0.08 + 1e-4 * (k % 7)})
            folder = tmp_path / side / method / f"seed{seed}"
            folder.mkdir(parents=True)
            changed = record.model_copy(update={"cell": name, "time": own})
            (folder / "record.json").write_text(changed.model_dump_json())
            shutil.copy(source / "history.parquet", folder)
    return tmp_path / "base", tmp_path / "new"


def test_compare_thousands_of_records(benchmark, many):
    """Reading 5,000 records and judging 416 rows of six runs, and one of fewer."""

    def whole():
        return compare(*map(runs.read, many), None)

    found = benchmark.pedantic(whole, rounds=3, warmup_rounds=1)
    assert found.counts["ok"] == RECORDS // 2 // 6


@pytest.mark.parametrize("runs", [6, 12, 24, 36] if GIVEN else [6])
def test_false_alarms_and_what_is_found(benchmark, capsys, runs):
    """200 A/A calls, 100 with one row 10 % slower and 100 with all of them."""
    import simulation

    if GIVEN:
        calls = simulation.Calls.of(noise.read(Path(GIVEN)), runs=runs)
    else:
        calls = simulation.Calls(*simulation.synthetic(), runs=runs)
    slower = math.log(1.1)

    def rate():
        rows = calls.rows
        alarms = sum(simulation.alarms(calls.call(k)) for k in range(200))
        one = sum(
            calls.call(1000 + k, **{calls.clock: (k % rows, slower)})[calls.clock, k % rows]
            == "slower"
            for k in range(100)
        )
        every = sum(
            "slower" in calls.call(2000 + k, **{calls.clock: (None, slower)}).values()
            for k in range(100)
        )
        return alarms, one, every

    alarms, one, every = benchmark.pedantic(rate, rounds=1)
    with capsys.disabled():
        print(
            f"\n{runs} runs a side: {alarms} alarms in 200 A/A calls of {calls.rows} rows (asked "
            f"for: 2 at most); 10 % slower: found in one row {one} times of 100, in any of all "
            f"rows {every} times (asked for: 95)"
        )


def test_what_rows_share(benchmark, capsys):
    """Six runs a side: 100 calls with each group's rows 10 % slower, and 200 of real A/A runs."""
    import simulation

    given = noise.read(Path(GIVEN)) if GIVEN else None
    calls = (
        simulation.Calls(*simulation.synthetic()) if given is None else simulation.Calls.of(given)
    )

    def rate():
        deals = [] if given is None else [simulation.dealt(given, k) for k in range(200)]
        found = {name: calls.finds(name, math.log(1.1), 100) for name in calls.groups}
        return sum(map(simulation.alarms, deals)), found

    alarms, found = benchmark.pedantic(rate, rounds=1)
    with capsys.disabled():
        print("\nSix runs a side, 10 % slower: found in the group itself, of 100 (asked for: 95):")
        print("\n".join(f"{times:4d}  {name}" for name, times in found.items()))
        if given is not None:
            print(f"Alarms in 200 calls of real A/A runs, dealt to both sides: {alarms}")
