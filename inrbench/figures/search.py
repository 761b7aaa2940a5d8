"""A search: final MSE against the parameter that was swept, with what was chosen."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from inrbench.figures.results import OBJECTIVE_COLOURS, Results

_MARKERS = ("o", "s", "^", "v", "D")


def draw(results: Results, parameter: str) -> Figure:
    """Final MSE against a parameter, a panel a network; colour: objective, marker: gradient mode.

    The bold line is the mean of log10 MSE over gradient modes, data sets and seeds, whose minimum
    (ring) is chosen, as `inrbench.search` has it. Failed cells are crosses at the upper edge.

    Args:
        results: of a search.
        parameter: that it sweeps.

    Raises:
        ValueError: a parameter that no cell has.
    """
    cells = results.cells()
    values = [record.spec["method"].get(parameter) for record, _ in results.found]
    cells = cells.assign(value=values)
    cells = cells[cells.value.notna()]
    if cells.empty:
        raise ValueError(f"no cell has a parameter {parameter!r}: draw this figure for its search")
    good = cells[cells.status == "ok"]
    top = 2 * good.mse.max() if len(good) else 1.0
    networks = list(cells.network.unique())
    figure, panels = plt.subplots(
        1, len(networks), figsize=(0.6 + 2.2 * len(networks), 2.5), sharey=True, squeeze=False
    )
    handles = {}
    for axes, network in zip(panels[0], networks, strict=True):
        mine = cells[cells.network == network]
        for objective, group in mine.groupby("objective", sort=False):
            colour = OBJECTIVE_COLOURS.get(objective, "0.3")
            for marker, (gradient, each) in zip(
                _MARKERS, group.groupby("gradient", sort=False), strict=False
            ):
                done = each[each.status == "ok"]
                handles[f"{objective}, {gradient}"] = axes.plot(
                    done.value, done.mse, color=colour, marker=marker, markersize=3,
                    linestyle="none", alpha=0.7,
                )[0]  # fmt: skip
                failed = each[each.status != "ok"]
                axes.plot(failed.value, np.full(len(failed), top), color=colour, marker="x",
                          linestyle="none", markersize=4)  # fmt: skip
            logs = np.log10(group.mse.where(group.status == "ok").astype(float))
            mean = logs.groupby(group.value).agg(lambda x: x.mean(skipna=False))
            handles[f"{objective}, mean"] = axes.plot(mean.index, 10**mean, color=colour)[0]
            if mean.notna().any():
                best = mean.idxmin()
                axes.plot(best, 10 ** mean[best], "o", markersize=9, markerfacecolor="none",
                          markeredgecolor=colour)  # fmt: skip
        axes.set(xscale="log", yscale="log", title=network, xlabel=parameter.replace("_", " "))
    panels[0, 0].set_ylabel(f"final MSE ({results.unit()}$^{{-2}}$)")
    figure.legend(handles.values(), handles.keys(), loc="outside right center")
    return figure
