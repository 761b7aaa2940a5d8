"""What rows share: which runs may change sides, and how the tests of several groups are held."""

import math

import numpy as np
import pytest

from inrbench.compare.groups import ALPHA, exchange_pairs, exchange_sweeps, members, sweeps

ALL = {"all rows": tuple("abcdefgh")}


def rows(values):
    """By name, with shape (rows, sweeps)."""
    return {
        name: dict(enumerate(map(float, row)))
        for name, row in zip("abcdefgh", values, strict=True)
    }


def noise(seed, runs=6, scale=0.05):
    return scale * np.random.default_rng(seed).standard_normal((8, runs))


def test_groups_are_all_rows_and_those_alike_in_an_axis_of_five_or_more():
    labels = {f"{net}{k}": {"method": "INR", "network": net} for net in "xy" for k in range(5)}
    labels |= {"tv": {"method": "TV"}, "z": {"method": "INR", "network": "z"}}
    found = members(labels)
    assert list(found) == ["all rows", "method INR", "network x", "network y"]
    assert list(map(len, found.values())) == [12, 11, 5, 5]
    alike = {row: {"method": "INR"} for row in "abcde"}
    assert list(members(alike)) == ["all rows"]  # said once


def test_a_sweep_has_what_most_rows_do_and_not_what_one_does():
    values = noise(0, scale=0.0)
    values[:, 2] += 0.1
    values[0, 3] += 5.0
    found = sweeps(list(rows(values).values()))
    assert found[2] - found[1] == pytest.approx(0.1)
    assert found[3] - found[1] == pytest.approx(0, abs=1e-12)


def test_a_change_is_found_by_all_permutations_of_six_sweeps_and_by_drawn_ones_of_more():
    for runs in (6, 12):
        base, new = rows(noise(1, runs)), rows(noise(2, runs) + 0.1)
        outcome = exchange_sweeps(base, new, ALL)["all rows"]
        assert outcome.size == pytest.approx(0.1, abs=0.03) and outcome.p <= 2 / math.comb(12, 6)
        assert outcome.runs == (runs, runs)


def test_a_drift_that_all_rows_of_a_sweep_share_counts_once_and_not_row_by_row():
    """Eight rows times three sweeps are not 24 runs: three sweeps prove nothing."""
    drift = np.array([0.1, 0.12, 0.11])
    outcome = exchange_sweeps(rows(noise(1, 3)), rows(noise(2, 3) + drift), ALL)["all rows"]
    assert math.isnan(outcome.p)
    one = exchange_sweeps(rows(noise(1, 1)), rows(noise(2, 1)), ALL)["all rows"]
    assert math.isnan(one.p) and one.runs == (1, 1)
    walk = np.array([-0.1, 0.1, 0, -0.1, 0.1, 0.2])
    outcome = exchange_sweeps(rows(noise(1)), rows(noise(2) + walk), ALL)["all rows"]
    assert outcome.p > ALPHA


def test_rows_that_lack_a_sweep_which_most_have_are_left_out():
    base, new = rows(noise(1)), rows(noise(2))
    del new["h"][3]
    assert exchange_sweeps(base, new, ALL)["all rows"].rows == tuple("abcdefg")
    assert exchange_sweeps({}, {}, ALL) == {}


def test_pairs_change_sides_one_by_one_and_show_what_their_rows_share():
    outcome = exchange_pairs(rows(noise(3, 2) + 0.1), ALL)["all rows"]
    assert outcome.size == pytest.approx(0.1, abs=0.05) and outcome.p < ALPHA
    assert exchange_pairs(rows(noise(3, 2)), ALL)["all rows"].p > 0.05
    assert exchange_pairs({}, ALL) == {}


@pytest.mark.parametrize("exchange", ["sweeps", "pairs"])
def test_of_groups_without_a_change_one_call_in_200_has_one_below_the_level(exchange):
    """Six groups that overlap, on draws of which every call has its own."""
    groups = ALL | {f"group {k}": tuple("abcdefgh"[k : k + 5]) for k in range(4)}
    found = 0
    for k in range(300):
        base, new = noise(2 * k), noise(2 * k + 1)
        tests = (
            exchange_sweeps(rows(base), rows(new), groups)
            if exchange == "sweeps"
            else exchange_pairs(rows(new - base), groups)
        )
        found += any(one.p <= 0.05 for one in tests.values())
    assert 3 <= found <= 30  # of 15 that are due at 5 %
