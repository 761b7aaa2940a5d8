"""How often `compare` errs, and what it finds, where runs of all rows share a drift."""

import pytest
from simulation import ROWS, Machine, alarm, row, shared

from inrbench.compare import compare

SIREN = [k for k, one in enumerate(ROWS) if one.labels.get("network") == "SIREN"]


def turns(seed, **changes):
    return compare(*Machine(seed).turns(**changes), paired=True)


@pytest.mark.slow
@pytest.mark.parametrize("rounding", [0.3, 1.0])
def test_of_200_calls_without_a_change_two_at_most_raise_an_alarm(rounding):
    """However far rounding alone moves an MSE."""
    assert sum(alarm(Machine(k, rounding=rounding).call()) for k in range(200)) <= 2


@pytest.mark.slow
def test_of_200_calls_in_turns_on_a_machine_that_walks_away_two_at_most_raise_an_alarm():
    assert sum(alarm(turns(k)) for k in range(200)) <= 2


@pytest.mark.slow
def test_10_per_cent_that_all_rows_share_are_found_in_95_of_100_calls():
    found = [Machine(1000 + k).call(time=(None, 1.1)) for k in range(100)]
    assert sum(one.exit_code == 1 for one in found) >= 95
    assert sum(shared(one) == "slower" for one in found) >= 90
    assert sum(shared(turns(k, time=(None, 1.1))) == "slower" for k in range(100)) >= 95


@pytest.mark.slow
def test_in_turns_10_per_cent_of_a_network_are_found_in_95_of_100_calls():
    found = [turns(k, time=(SIREN, 1.1)) for k in range(100)]
    assert sum(shared(one, "network SIREN") == "slower" for one in found) >= 95
    assert sum(shared(one, "network hash") == "slower" for one in found) <= 2


@pytest.mark.slow
def test_one_row_of_26_that_is_twice_as_slow_is_found_in_95_of_100_calls():
    found = [row(Machine(2000 + k).call(time=(k % 26, 2.0)), k % 26) for k in range(100)]
    assert found.count("slower") >= 95


@pytest.mark.slow
def test_improvements_are_found_as_slowdowns_are():
    found = [Machine(3000 + k).call(time=(None, 1 / 1.1)) for k in range(20)]
    assert sum("improved" in {s.verdict for s in one.shared} for one in found) >= 18
    assert all(one.exit_code == 0 for one in found)


@pytest.mark.parametrize(
    ("measure", "verdict"), [("tensor_peak", "larger"), ("operations", "more work")]
)
def test_2_per_cent_of_memory_and_one_operation_are_always_found_in_one_run(measure, verdict):
    for k in range(26):
        machine = Machine(k, runs=1)
        found = compare(machine.side(), machine.side(**{measure: (k, 1.02)}))
        assert row(found, k) == verdict and found.exit_code == 1
        assert sum(one.verdict == verdict for one in found.rows) == 1
