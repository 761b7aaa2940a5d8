"""The noise as people read it: numbers of known runs, and a warning of a busy machine."""

import math
from pathlib import Path

import pytest
from made_record import made

from inrbench.cells.record import Memory, Time
from inrbench.cells.result import Result
from inrbench.compare.noise import estimate
from inrbench.compare.noise_page import noise_page
from inrbench.tables.page import ABSENT


def record(seconds, mse, seed, repeat, load=1.0):
    machine = {"key": {"device": "x"}, "fingerprint": {"cpu": {"load": [load, 0, 0]}}}
    return made(
        seed, metrics={"mse": mse}, time=Time(iteration=seconds, threads=2),
        memory=[Memory(name="tensor_peak", bytes=1000, how="")], machine=machine,
        created=f"{repeat}",
    )  # fmt: skip


def page_of(records):
    return noise_page(estimate(Result(one, Path()) for one in records), "e-p on here", records)


def test_a_row_a_noisy_measure_and_the_scatter_of_runs_of_a_seed():
    """Two runs a seed, 10 % apart; two seeds whose MSE differ by a factor of ten."""
    page = page_of([
        record(seconds, mse, seed, repeat)
        for seed, mse in ((0, 1e-5), (1, 1e-4))
        for repeat, seconds in enumerate((1.0, 1.1))
    ])  # fmt: skip
    assert page.columns["measure"] == ["time", "mse"]
    time, mse = page.columns["scatter of a seed"]
    expected = 100 * math.expm1(math.log(1.1) / math.sqrt(2))
    assert float(time.removesuffix(" %")) == pytest.approx(expected, abs=0.05) and mse == "0.0 %"
    assert page.columns["least effect"] == [ABSENT, ABSENT]  # of one row
    assert page.warnings == []


def test_a_busy_machine_is_warned_of():
    (warning,) = page_of([record(1.0, 1e-5, 0, repeat, load=5.0) for repeat in range(2)]).warnings
    assert "a load of 5.0 while cells ran on 2 threads" in warning
