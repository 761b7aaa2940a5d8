"""Final MSE against what a run cost: samplers and rates, each given the same work."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from inrbench.figures.blank import blank
from inrbench.figures.results import SAMPLER_COLOURS, Results


def draw(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """Final MSE against the sampling rate (left) and against seconds (right), a dot a seed.

    A colour a sampler, lines through the geometric means over seeds; the exact gradient is the
    level (left) and the black dots (right). An experiment makes the cost equal by its iterations.

    Args:
        results: of an experiment with several rates or samplers.
        only: the cells to show, see `Results.only`.
    """
    cells = results.only(only).cells()
    cells = cells[(cells.status == "ok") & cells.rate.notna() & (cells.method == "INR")]
    sampled, exact = cells[cells.rate < 1], cells[cells.rate == 1]
    if sampled.empty:
        return blank("no cell with a sampled gradient finished")
    figure, (left, right) = plt.subplots(1, 2, figsize=(5.6, 2.3), sharey=True)
    for sampler, mine in sampled.groupby("sampler", sort=False):
        colour = SAMPLER_COLOURS.get(sampler, "0.3")
        mean = mine.groupby("rate")[["mse", "total_seconds"]].agg(_geometric_mean)
        left.plot(100 * mine.rate, mine.mse, "o", color=colour, markersize=2.5, alpha=0.6)
        left.plot(100 * mean.index, mean.mse, color=colour)
        right.plot(mine.total_seconds, mine.mse, "o", color=colour, markersize=2.5)
    if len(exact):
        left.axhline(_geometric_mean(exact.mse), color="0.2", linewidth=0.8)
        right.plot(exact.total_seconds, exact.mse, "o", color="0.2", markersize=2.5)
    left.set(xscale="log", yscale="log", xlabel="sampling rate (%)",
             ylabel=f"final MSE ({results.unit()}$^{{-2}}$)")  # fmt: skip
    rates = sorted(100 * sampled.rate.unique())
    left.set_xticks(rates, [f"{rate:g}" for rate in rates])
    left.xaxis.set_minor_locator(NullLocator())
    right.set_xlabel("computation (s)")
    names = [name for name in SAMPLER_COLOURS if name in set(sampled.sampler)]
    handles = [Line2D([], [], color=SAMPLER_COLOURS[name]) for name in names]
    figure.legend([*handles, Line2D([], [], color="0.2")], [*names, "exact"],
                  loc="outside right center")  # fmt: skip
    return figure


def _geometric_mean(values) -> float:
    return float(np.exp(np.log(values.astype(float)).mean()))
