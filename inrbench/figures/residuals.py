"""Residuals of solvers along a run: TV's duality gap, ADMM's primal and dual residual."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from inrbench.cells.history import HISTORY
from inrbench.cells.record import Record
from inrbench.figures.blank import blank
from inrbench.figures.results import BASELINE_COLOURS, NETWORK_COLOURS, Results

# Of the columns that `history` describes; another method's go by their own name.
_LABELS = {
    "gap": "relative duality gap",
    "primal": r"primal, $\|x_k - E_k\| / \|E_k\|$",
    "dual": r"dual, $\|E_k - E_{k-1}\| / \|E_k\|$",
}
_OTHER = "#56B4E9"


def draw(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """Residuals against iterations: a panel each, a row a data set, a line a cell.

    A run that did not end well has a cross where it stopped, and its status beside.

    Args:
        results: of an experiment with methods that leave residuals.
        only: the cells to show, see `Results.only`.
    """
    runs = []
    for one in results.only(only).found:
        history = one.history()
        for name in history.columns.difference(HISTORY) if history is not None else ():
            curve = history.loc[history[name] > 0, ["iteration", name]]
            runs.append((one.record, name, curve.set_index("iteration")[name]))
    runs = [run for run in runs if len(run[2])]
    if not runs:
        return blank("no run of this experiment left residuals")
    datasets = list(dict.fromkeys(record.labels["dataset"] for record, *_ in runs))
    found = {name for _, name, _ in runs}
    names = [*(name for name in _LABELS if name in found), *sorted(found - set(_LABELS))]
    size = (0.6 + 2.6 * len(names), 0.6 + 2.2 * len(datasets))
    figure, grid = plt.subplots(len(datasets), len(names), figsize=size, squeeze=False)
    handles = {}
    for row, dataset in zip(grid, datasets, strict=True):
        for axes, name in zip(row, names, strict=True):
            mine = [(r, curve) for r, n, curve in runs
                    if n == name and r.labels["dataset"] == dataset]  # fmt: skip
            for record, curve in mine:
                label, colour = _look(record)
                handles[label] = _line(axes, record, curve, colour)
            title = _LABELS.get(name, name)
            axes.set(yscale="log", xlabel="iteration", ylabel="residual",
                     title=title if len(datasets) == 1 else f"{dataset}: {title}")  # fmt: skip
    figure.legend(handles.values(), handles.keys(), loc="outside right center")
    return figure


def _look(record: Record) -> tuple[str, str]:
    """How the legend names a cell, and its colour: those of its network, else of its method."""
    method, network = record.labels["method"], record.labels.get("network")
    if network is None:
        return method, BASELINE_COLOURS.get(method, _OTHER)
    return f"{method}, {network}", NETWORK_COLOURS.get(network, _OTHER)


def _line(axes: plt.Axes, record: Record, curve: pd.Series, colour: str) -> plt.Line2D:
    (line,) = axes.plot(curve.index, curve, color=colour, linewidth=0.8)
    if record.status != "ok":
        end = (curve.index[-1], curve.iloc[-1])
        axes.plot(*end, "x", color=colour)
        axes.annotate(record.status, end, (3, 3), textcoords="offset points", fontsize=6)
    return line
