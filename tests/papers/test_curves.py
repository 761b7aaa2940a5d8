"""MSE against iterations: read off checkpoints, on the iterations that curves have in common."""

import math

import numpy as np
import pandas as pd
import pytest
from made_record import made

from inrbench.cells.history import write_history
from inrbench.cells.result import Result
from inrbench.papers.curves import common, curve, reached

MSE = pd.Series([8.0, 2.0, 4.0], index=[10, 30, 50])


@pytest.mark.parametrize(
    ("target", "iteration"), [(9.0, 10), (8.0, 10), (4.0, 30), (2.0, 30), (1.9, math.inf)]
)
def test_a_target_is_reached_at_the_first_checkpoint_below_it(target, iteration):
    assert reached(MSE, target) == iteration


def test_a_curve_reaches_each_of_its_own_values_whatever_their_rounding():
    generator = np.random.default_rng(0)
    for _ in range(100):
        values = np.sort(generator.uniform(1e-7, 1e-3, 20))[::-1]
        mse = pd.Series(values, index=range(50, 1050, 50))
        assert [reached(mse, target) for target in mse] == list(mse.index)


def test_curves_meet_on_the_iterations_that_all_of_them_have():
    fine, coarse = (pd.Series(1.0, index=range(k, 201, k)) for k in (20, 50))
    table = common({"fine": fine, "coarse": coarse})
    assert list(table.columns) == ["fine", "coarse"] and list(table.index) == [100, 200]


def test_a_curve_has_the_checkpoints_of_a_history(tmp_path):
    rows = [{"iteration": 1, "loss": 1.0}, {"iteration": 2, "mse": 3.0}]
    write_history(tmp_path / "history.parquet", rows)
    assert curve(Result(made(), tmp_path)).to_dict() == {2: 3.0}
    assert curve(Result(made(), tmp_path / "nowhere")) is None


@pytest.mark.parametrize("last", [{}, {"mse": math.nan}, {"mse": 0.0}, {"mse": math.inf}])
def test_a_curve_that_ends_without_an_mse_above_zero_is_none(tmp_path, last):
    rows = [{"iteration": 1, "mse": 3.0}, {"iteration": 2, **last}]
    write_history(tmp_path / "history.parquet", rows)
    assert curve(Result(made(), tmp_path)) is None
