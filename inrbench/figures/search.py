"""A search: final MSE against a parameter that was swept, with what was chosen."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inrbench.cells.plus import swept
from inrbench.figures.results import Results, objective_colours
from inrbench.tables import AXES

_MARKERS = ("o", "s", "^", "v", "D")


def draw(results: Results, parameter: str) -> Figure:
    """Final MSE against a parameter; a row a method, a panel a network, a line an objective.

    The line is the mean of log10 MSE over gradient modes, data sets and seeds, the points are the
    cells, with a marker for each gradient mode, and failed cells are crosses at the upper edge.
    Where a method sweeps another parameter besides, each of its values has a line of its own. A
    ring marks what is chosen, the least mean of all lines of a method, network and objective, as
    `inrbench.experiments.search` has it. Methods that do not sweep the parameter are left out.

    Args:
        results: of a search.
        parameter: that it sweeps.

    Raises:
        ValueError: a parameter that no cell has.
    """
    cells = results.cells()
    values = [swept(one.record.spec["method"], parameter) for one in results.found]
    cells = cells.assign(value=[one if type(one) in (int, float) else None for one in values])
    cells = cells[cells.value.notna()]
    if cells.empty:
        raise ValueError(f"no cell has a parameter {parameter!r}: draw this figure for its search")
    axes_of_cells = cells.columns[: cells.columns.get_loc("id")]
    others = [axis for axis in axes_of_cells if axis not in (*AXES, parameter)]
    top = 2 * cells.mse[cells.status == "ok"].max() if (cells.status == "ok").any() else 1.0
    rows = cells.groupby("method", sort=False)
    width = max(one.network.nunique(dropna=False) for _, one in rows)
    size = (1.8 + 2.1 * width, 2.5 * rows.ngroups)
    figure, grid = plt.subplots(rows.ngroups, width, figsize=size, sharey=True, squeeze=False)
    colours = objective_colours(cells.objective.dropna().unique())
    for row, (method, every) in zip(grid, rows, strict=True):
        handles: dict[str, object] = {}
        networks = list(every.groupby("network", sort=False, dropna=False))
        for axes in row[len(networks) :]:
            axes.set_visible(False)
        for axes, (network, mine) in zip(row, networks, strict=False):
            for _, group in mine.groupby("objective", sort=False, dropna=False):
                _chosen_among(axes, group, others, top, colours, handles)
            alone = rows.ngroups == 1
            words = [None if alone and pd.notna(network) else method, network]
            title = ": ".join(word for word in words if pd.notna(word))
            axes.set(xscale="log", yscale="log", title=title, xlabel=parameter.replace("_", " "))
            tried = sorted(mine.value.unique())
            axes.set_xticks(tried, [f"{value:g}" for value in tried], rotation=45, fontsize=6)
            axes.set_xticks([], minor=True)
        row[0].set_ylabel(f"final MSE ({results.unit()}$^{{-2}}$)")
        # Beside its row: the colours are a method's own.
        beside = {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)}
        row[len(networks) - 1].legend(handles.values(), handles.keys(), **beside)
    return figure


def _chosen_among(
    axes: Axes,
    group: pd.DataFrame,
    others: list[str],
    top: float,
    colours: dict[str, str],
    handles: dict[str, object],
) -> None:
    """The lines of one method, network and objective, and the ring at the least of them; where
    there is one gradient mode, a line's entry stands for its points."""
    besides = [axis for axis in others if group[axis].notna().any()]
    objective = group.objective.dropna().iloc[:1].tolist()
    lines = group.groupby(besides, sort=False) if besides else [((), group)]
    means = {}
    for position, (values, line) in enumerate(lines):
        words = [f"{a.replace('_', ' ')} {v}" for a, v in zip(besides, values, strict=True)]
        colour = f"C{position}" if besides else colours.get(*objective or [None], "0.3")
        modes = line.groupby("gradient", sort=False, dropna=False)
        several = modes.ngroups > 1
        for marker, (gradient, each) in zip(_MARKERS, modes, strict=False):
            done, failed = each[each.status == "ok"], each[each.status != "ok"]
            points = axes.plot(done.value, done.mse, color=colour, marker=marker, markersize=3,
                               linestyle="none", alpha=0.7)[0]  # fmt: skip
            axes.plot(failed.value, np.full(len(failed), top), color=colour, marker="x",
                      linestyle="none", markersize=4)  # fmt: skip
            if several:
                handles[", ".join([*objective, *words, str(gradient)])] = points
        logs = np.log10(line.mse.where(line.status == "ok").astype(float))
        mean = logs.groupby(line.value).agg(lambda x: x.mean(skipna=False))
        name = ", ".join([*objective, *words, *(["mean"] if several else [])])
        handles[name] = axes.plot(mean.index, 10**mean, color=colour)[0]
        means |= {(colour, value): log for value, log in mean.dropna().items()}
    if means:
        colour, value = min(means, key=means.__getitem__)
        axes.plot(value, 10 ** means[colour, value], "o", markersize=9, markerfacecolor="none",
                  markeredgecolor=colour)  # fmt: skip
