"""MSE against iterations: log-linear between checkpoints."""

import math

import pandas as pd
import pytest

from inrbench import records
from inrbench.papers.curves import at, curve, last_common, reached

MSE = pd.Series([8.0, 2.0, 4.0], index=[10, 30, 50])


def test_between_checkpoints_the_logarithm_is_linear_and_outside_constant():
    assert at(MSE, 20) == pytest.approx(4.0) and at(MSE, 30) == pytest.approx(2.0)
    assert at(MSE, 1) == pytest.approx(8.0) and at(MSE, 99) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("target", "iteration"), [(9.0, 10), (8.0, 10), (4.0, 20), (2.0, 30), (1.9, math.inf)]
)
def test_a_target_is_reached_where_the_curve_first_crosses_it(target, iteration):
    assert reached(MSE, target) == pytest.approx(iteration)


def test_the_last_common_iteration_is_that_of_the_shortest_run():
    assert last_common(MSE, MSE.iloc[:2]) == 30


def test_a_curve_has_the_checkpoints_of_a_history(tmp_path):
    rows = [{"iteration": 1, "loss": 1.0}, {"iteration": 2, "mse": 3.0}]
    records.write_history(tmp_path / "history.parquet", rows)
    assert curve(tmp_path).to_dict() == {2: 3.0}
    records.write_history(tmp_path / "history.parquet", rows[:1])
    assert curve(tmp_path) is None and curve(tmp_path / "nowhere") is None
