"""MSE against iterations: read off a run's checkpoints."""

from __future__ import annotations

import math

import pandas as pd

from inrbench.cells.result import Result

NO_CURVE = "without an MSE above 0 up to its end"
"""Why `curve` is None."""


def curve(result: Result) -> pd.Series | None:
    """MSE by iteration at the checkpoints of a cell.

    None where it left none, where the last iteration has none, and where one is not above 0 and
    finite, so that it has no ratio to another.
    """
    history = result.history()
    if history is None or history.mse.tail(1).isna().all():
        return None
    mse = history.set_index("iteration").mse.dropna()
    return mse if ((mse > 0) & (mse < math.inf)).all() else None


def common(curves: dict[str, pd.Series]) -> pd.DataFrame:
    """A column for each curve, on the iterations at which all of them have a checkpoint.

    A curve with more checkpoints than another would otherwise reach any target earlier.
    """
    return pd.concat(curves, axis=1, join="inner").sort_index()


def reached(mse: pd.Series, target: float) -> float:
    """The first iteration of a curve with MSE <= target; infinite for one that stays above."""
    below = mse.index[mse <= target]
    return float(below[0]) if len(below) else math.inf
