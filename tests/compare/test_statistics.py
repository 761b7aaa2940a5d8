"""The pieces of the test, each against what is known in closed form."""

import math

import numpy as np
import pytest
from scipy import stats

from inrbench.compare.bootstrap import intervals
from inrbench.compare.floor import Machine, busier, of_groups
from inrbench.compare.noise import MeasureNoise, Noise
from inrbench.compare.null import draw
from inrbench.compare.shift import shift
from inrbench.compare.significance import holm


def test_holm_of_an_example():
    # Four tests: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04 raised to what comes before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert len(holm([])) == 0


def test_slow_runs_do_not_move_the_lower_half():
    base = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    slow = np.array([[1.0, 2.0, 3.0, 40.0, 50.0]])
    size, _ = shift(base, slow, "lower half")
    assert size == 0
    size, scatter = shift(base, base + 0.1, "lower half")
    assert size == pytest.approx(0.1)
    assert scatter == pytest.approx(1.0)  # that of 1, 2, 3


def test_runs_far_off_to_either_side_do_not_move_the_middle():
    base = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    odd = np.array([[-50.0, 2.0, 3.0, 4.0, 50.0]])
    assert shift(base, odd, "middle")[0] == 0
    size, scatter = shift(base, base + 0.1, "middle")
    assert size == pytest.approx(0.1)
    assert scatter == pytest.approx(1.0)  # that of 2, 3, 4


def test_of_pairs_only_their_difference_counts():
    drift = np.array([[0.0, 5.0, -3.0, 2.0, 9.0, 1.0]])
    size, scatter = shift(drift, drift + 0.1, "pairs")
    assert size == pytest.approx(0.1)
    assert scatter == pytest.approx(0.0, abs=1e-12)


def test_the_floor_finds_the_scale_of_each_row_despite_outliers():
    generator = np.random.default_rng(0)
    groups = {}
    for k, scale in enumerate([0.01] * 10 + [0.04] * 10):
        runs = scale * generator.standard_normal(400)
        runs[::20] += 1
        groups[f"row {k}"] = [runs]
    floor = of_groups(groups)
    assert [floor.scale[f"row {k}"] for k in range(10)] == pytest.approx([0.01] * 10, rel=0.2)
    assert [floor.scale[f"row {k}"] for k in range(10, 20)] == pytest.approx([0.04] * 10, rel=0.2)


def test_rows_that_are_alike_share_their_scale():
    generator = np.random.default_rng(0)
    groups = {f"row {k}": [0.02 * generator.standard_normal(10)] for k in range(40)}
    floor = of_groups(groups)
    assert [*floor.scale.values()] == pytest.approx([0.02] * 40, rel=0.25)


@pytest.mark.parametrize(("base", "new"), [(1, 1), (3, 3), (1, 3), (3, 1)])
def test_the_noisier_side_says_how_noisy_a_call_is(base, new):
    """So that the floor is at least what both scatter by, the root of the mean of squares."""
    generator = np.random.default_rng(0)
    rows = {
        f"r{k}": [base * one, new * other]
        for k, (one, other) in enumerate(generator.standard_normal((260, 2, 6)))
    }
    floor = of_groups(rows)
    raised = busier(floor, rows) * np.mean([*floor.scale.values()])
    assert 0.9 <= raised / (math.hypot(base, new) / math.sqrt(2)) <= 1.3
    assert busier(floor, dict(list(rows.items())[:4])) == 1


def test_of_pairs_of_a_a_runs_each_differs_from_the_next_of_its_seed():
    made = np.random.default_rng(0).standard_normal((200, 6, 3))
    rows = {f"r{k}": dict(zip("012345", row.tolist(), strict=True)) for k, row in enumerate(made)}
    for rounds in (2, 3):
        some = {name: {s: runs[:rounds] for s, runs in row.items()} for name, row in rows.items()}
        measure = MeasureNoise(same_seed=1.0, seeds=None, rows=some)
        noise = Noise(key={}, created="", revision=None, runs=1, measures={"time": measure})
        scale = of_groups(Machine(noise).groups("time", True)).scale
        assert np.mean([*scale.values()]) == pytest.approx(math.sqrt(2), rel=0.1)


@pytest.mark.parametrize("way", ["lower half", "middle", "pairs"])
def test_p_values_of_runs_without_a_change_are_uniform(way):
    generator = np.random.default_rng(1)
    floor = of_groups({f"row {k}": [generator.standard_normal(40)] for k in range(40)})
    paired = way == "pairs"
    null = draw(floor, way, (6, 6), (40, 6) if paired else (40, 6, 6))
    base, new = generator.standard_normal((2, 4000, 6))
    if paired:
        base = 0 * base
    size, scatter = shift(base, new, way)
    p = [null.p(abs(s) / max(t, 1)) for s, t in zip(size, scatter, strict=True)]
    assert stats.kstest(p, "uniform").statistic < 0.04


def test_p_values_go_on_beyond_the_draws_and_critical_values_are_their_inverse():
    generator = np.random.default_rng(1)
    floor = of_groups({f"row {k}": [generator.standard_normal(40)] for k in range(40)})
    null = draw(floor, "lower half", (6, 6), (40, 6, 6))
    for p in (0.2, 0.01, 1e-4, 1e-7):
        assert null.p(null.critical(p)) == pytest.approx(p, rel=0.01)
    assert null.p(1e3) > 0


def test_an_interval_covers_the_change_and_needs_two_runs():
    generator = np.random.default_rng(0)
    base, new = 0.02 * generator.standard_normal((2, 500, 8))
    low, high = intervals(base, new + math.log(1.1), "pairs")
    covered = np.mean((low < math.log(1.1)) & (math.log(1.1) < high))
    assert 0.85 < covered < 0.99
    assert np.isnan(intervals(base[:, :1], new[:, :1], "lower half")).all()
