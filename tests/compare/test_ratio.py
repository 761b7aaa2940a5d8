"""The ratio of a row: what it counts, and how often its interval holds the truth."""

import math

import numpy as np
import pytest

from inrbench.compare.ratio import Sides, ratios


def sides(base, new, paired=False):
    return Sides(tuple(np.log(base)), tuple(np.log(new)), paired)


def test_a_ratio_is_of_the_middle_half_of_the_runs():
    ((ratio, low, high),) = ratios([sides([1, 1, 1, 1, 1, 9], [2, 2, 2, 2, 2, 2])])
    assert ratio == pytest.approx(2) and low <= ratio <= high


def test_pairs_are_compared_pair_by_pair():
    drift = np.array([1.0, 3.0, 0.5, 2.0, 1.5, 0.7])
    found = ratios([sides(drift, 1.1 * drift, True), sides(drift, 1.1 * drift)])
    assert found[0] == pytest.approx([1.1] * 3)
    assert found[1, 1] < 0.8 and found[1, 2] > 1.3


def test_a_single_run_has_no_interval_and_none_no_ratio():
    found = ratios([sides([1], [2]), sides([], [2])])
    assert found[0, 0] == pytest.approx(2) and np.isnan(found[0, 1:]).all()
    assert np.isnan(found[1]).all()


def test_nine_of_ten_intervals_of_six_runs_hold_the_truth():
    """95 % are meant, of which six runs fall short."""
    draws = np.random.default_rng(0)
    rows = [
        Sides(*(tuple(0.1 * draws.standard_normal(6) + shift) for shift in (0, 0.3)), False)
        for _ in range(500)
    ]
    found = ratios(rows)
    held = np.mean((found[:, 1] <= math.exp(0.3)) & (math.exp(0.3) <= found[:, 2]))
    assert 0.85 < held < 0.97
