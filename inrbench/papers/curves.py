"""MSE against iterations: read off a run's checkpoints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from inrbench import records


def curve(folder: Path) -> pd.Series | None:
    """MSE by iteration at the checkpoints of a cell; None where it left none."""
    history = records.read_history(folder)
    if history is None or not history.mse.notna().any():
        return None
    return history.set_index("iteration").mse.dropna()


def at(mse: pd.Series, iteration: float) -> float:
    """The MSE at an iteration, log MSE being linear between checkpoints and constant outside."""
    return float(np.exp(np.interp(iteration, mse.index, np.log(mse))))


def reached(mse: pd.Series, target: float) -> float:
    """The first iteration with MSE <= target, log MSE being linear between checkpoints.

    Before the first checkpoint nothing is known: what is below there has reached it there.
    Infinite for a curve that stays above.
    """
    below = np.flatnonzero(mse <= target)
    if not len(below):
        return float("inf")
    k = int(below[0])
    if k == 0:
        return float(mse.index[0])
    before, after = np.log(mse.iloc[k - 1]), np.log(mse.iloc[k])
    share = (before - np.log(target)) / (before - after)
    return float(mse.index[k - 1] + share * (mse.index[k] - mse.index[k - 1]))


def last_common(*curves: pd.Series) -> int:
    """The last iteration that all of them have taken."""
    return int(min(each.index[-1] for each in curves))
