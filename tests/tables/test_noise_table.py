"""The noise floor as people read it: numbers of known runs, and a warning of a busy machine."""

import math

import pytest
from made_record import made

from inrbench.cells.record import Memory, Time
from inrbench.compare.noise import estimate
from inrbench.tables.noise import noise_page


def record(seconds, mse, seed, repeat, load=1.0):
    machine = {"key": {"device": "x"}, "fingerprint": {"cpu": {"load": [load, 0, 0]}}}
    return made(
        seed, metrics={"mse": mse}, time=Time(iteration=seconds, threads=2),
        memory=[Memory(name="tensor_peak", bytes=1000, how="")], machine=machine,
        created=f"{repeat}",
    )  # fmt: skip


def column(page, measure):
    at = page.columns["measure"].index(measure)
    return {name: entries[at] for name, entries in page.columns.items()}


def test_seeds_and_runs_of_a_seed_are_told_apart_in_the_unit_of_the_measure():
    """Two runs a seed, 10 % apart; two seeds whose MSE differ by a factor of ten."""
    runs = [
        record(seconds, mse, seed, repeat)
        for seed, mse in ((0, 1e-5), (1, 1e-4))
        for repeat, seconds in enumerate((1.0, 1.1))
    ]
    page = noise_page(estimate(runs), "e-p on here", runs)
    # Half the difference from the middle, as a normal law's scale, of two runs: sqrt(2).
    expected = 100 * math.expm1(1.4826 * math.log(1.1) / 2 * math.sqrt(2))
    time, mse = column(page, "time"), column(page, "log10 MSE")
    assert float(time["same seed"].removesuffix(" %")) == pytest.approx(expected, abs=0.01)
    assert time["different seeds"] == "0.00 %"
    assert mse["same seed"] == "0.0000"
    assert float(mse["different seeds"]) == pytest.approx(1.4826 / 2 * math.sqrt(2), abs=1e-4)
    assert mse["widest row, from least to most"] == "1.0000: d/m"
    assert column(page, "tensor_peak")["same seed"] == "0.00 %"
    assert page.warnings == []


def test_a_busy_machine_is_warned_of():
    runs = [record(1.0, 1e-5, 0, repeat, load=5.0) for repeat in range(2)]
    (warning,) = noise_page(estimate(runs), "e-p on here", runs).warnings
    assert "a load of 5.0 while cells ran on 2 threads" in warning
