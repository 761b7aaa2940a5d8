"""How often `compare` errs, and what it finds, on the noise of a machine."""

import math

import pytest
from simulation import Calls, alarms, synthetic


@pytest.fixture(scope="module")
def machine():
    return synthetic()


def test_of_200_calls_without_a_change_two_at_most_raise_an_alarm(machine):
    calls = Calls(*machine)
    assert sum(alarms(calls.call(seed)) for seed in range(200)) <= 2


@pytest.mark.parametrize("rounding", [0.0, 0.02, 1.0])
def test_a_change_of_rounding_raises_none_however_much_it_moves_the_mse(machine, rounding):
    calls = Calls(*machine, rounding=rounding)
    assert sum(alarms(calls.call(seed, ("mse",))) for seed in range(60)) <= 1


def test_a_row_that_is_10_per_cent_slower_is_found(machine):
    calls = Calls(*machine)
    found = [
        calls.call(seed, time=(seed % 26, math.log(1.1)))["time", seed % 26] == "slower"
        for seed in range(100)
    ]
    assert sum(found) >= 95


def test_so_are_all_rows_at_once(machine):
    calls = Calls(*machine)
    found = [calls.call(seed, ("time",), time=(None, math.log(1.1))) for seed in range(40)]
    assert sum("slower" in verdicts.values() for verdicts in found) == 40
    slower = sum(list(verdicts.values()).count("slower") for verdicts in found)
    assert slower >= 0.9 * 40 * 26


def test_memory_that_grows_by_2_per_cent_is_always_found_and_only_where_it_does(machine):
    calls = Calls(*machine, runs=1)
    for seed in range(100):
        verdicts = calls.call(seed, ("tensor_peak",), tensor_peak=(3, math.log(1.02)))
        assert [row for (_, row), verdict in verdicts.items() if verdict == "larger"] == [3]


def test_improvements_are_found_as_slowdowns_are(machine):
    calls = Calls(*machine)
    found = [calls.call(k, ("time",), time=(k, -math.log(1.1)))["time", k] for k in range(20)]
    assert found.count("improved") >= 18


@pytest.mark.parametrize(
    ("busy", "known"),
    [((3, 3), True), ((1, 3), True), ((3, 1), True), ((1, 3), False), ((3, 1), False)],
)
def test_a_machine_that_is_busier_than_when_its_noise_was_measured_raises_no_alarm(
    machine, busy, known
):
    """Nor one that is busier on one side, whether its noise is known or not."""
    noise, scales = machine
    calls = Calls(noise if known else None, scales, busy=busy)
    assert sum(alarms(calls.call(seed, ("time",))) for seed in range(60)) <= 1


def test_without_noise_of_the_machine_the_runs_are_their_own_floor(machine):
    calls = Calls(None, machine[1])
    assert sum(alarms(calls.call(seed, ("time",))) for seed in range(60)) <= 1
    found = [calls.call(k, ("time",), time=(k, math.log(1.2)))["time", k] for k in range(20)]
    assert found.count("slower") >= 19


def test_calls_follow_a_measured_noise(machine):
    calls = Calls.of(machine[0])
    assert calls.rows == 26
    assert sum(alarms(calls.call(seed, ("time",))) for seed in range(60)) <= 1
