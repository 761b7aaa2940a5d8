"""Image MSE along a run: against iterations (najaf2026, figure 2) and against seconds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from inrbench.figures.blank import blank
from inrbench.figures.results import BASELINE_COLOURS, Results, objective_colours

# Solid for the reference gradient, the more broken the less it sees.
_DASHES = {"autograd": "", "exact": (7, 2)}
_HALO = [withStroke(linewidth=1.5, foreground="white")]  # for what is written over curves
_FURTHER_DASHES = [(3, 1.2), (1, 1), (3, 1, 1, 1), (5, 1, 1, 1, 1, 1), (1, 3)]


def against_iterations(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """MSE against iterations, the mean over seeds in the band of all; a panel a network, FBP or
    FDK, CGLS (its best) and TV as levels.

    Args:
        results: of an experiment with networks.
        only: the cells to show, see `Results.only`.
    """
    results = results.only(only)
    figure, panels = _curves(results, "iteration", "iteration")
    cells = results.cells()
    for (dataset, _), axes in panels.items():
        axes.margins(y=0.08)  # for what is written above the highest level
        for name, colour in BASELINE_COLOURS.items():
            mine = cells[(cells.dataset == dataset) & (cells.method == name)]
            # CGLS is stopped at its best; the others are what they end with.
            level = (mine.best_mse if name == "CGLS" else mine.mse).min()
            if pd.notna(level):
                axes.axhline(level, color=colour, linewidth=0.8, linestyle=":")
                axes.annotate(
                    f"{name}, best" if name == "CGLS" else name, (1, level), (-2, 1),
                    xycoords=("axes fraction", "data"), textcoords="offset points",
                    ha="right", va="bottom", fontsize=6, color=colour, path_effects=_HALO,
                )  # fmt: skip
    return figure


def against_seconds(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """MSE against seconds of computation, set-up apart; a panel a network, FBP, CGLS and TV (their
    first seed) drawn in each.

    Args:
        results: of an experiment with networks.
        only: the cells to show, see `Results.only`.
    """
    results = results.only(only)
    figure, panels = _curves(results, "seconds", "time (s)")
    histories = results.histories()
    for (dataset, _), axes in panels.items():
        axes.set_xscale("log")
        for name, colour in BASELINE_COLOURS.items():
            mine = histories[(histories.dataset == dataset) & (histories.method == name)]
            mine = mine[mine.seed == mine.seed.min()]
            marker = "s" if len(mine) == 1 else None
            axes.plot(mine.seconds, mine.mse, color=colour, linewidth=0.8, marker=marker)
            if len(mine):
                end = mine.iloc[-1]
                axes.annotate(
                    name, (end.seconds, end.mse), (3, 0), textcoords="offset points",
                    va="center", fontsize=6, color=colour, path_effects=_HALO,
                )  # fmt: skip
    return figure


def _curves(results: Results, x: str, x_label: str) -> tuple[Figure, dict]:
    """Rows of data sets, columns of networks; the figure and its panels by (data set, network)."""
    histories = results.histories()
    curves = histories[histories.network.notna()] if len(histories) else histories
    if not len(curves):
        return blank("no run of this experiment left a curve"), {}
    datasets, networks = list(curves.dataset.unique()), list(curves.network.unique())
    gradients = list(curves.gradient.unique())
    further = [name for name in gradients if name not in _DASHES]
    dashes = _DASHES | dict(zip(further, itertools.cycle(_FURTHER_DASHES), strict=False))
    if curves.objective.nunique() > 1:
        palette = objective_colours(curves.objective.unique())
        look = {"hue": "objective", "palette": palette, "style": "gradient",
                "dashes": dashes, "style_order": gradients}  # fmt: skip
    else:  # the gradient modes are what is compared
        look = {"hue": "gradient", "palette": "turbo", "hue_order": gradients}
    size = (0.6 + 2.3 * len(networks), 0.6 + 2.2 * len(datasets))
    figure, grid = plt.subplots(
        len(datasets), len(networks), figsize=size, sharex=True, sharey="row", squeeze=False
    )
    panels = {}
    for row, dataset in zip(grid, datasets, strict=True):
        for axes, network in zip(row, networks, strict=True):
            mine = curves[(curves.dataset == dataset) & (curves.network == network)]
            # A band where there are several seeds, from the smallest to the largest: a standard
            # deviation reaches below 0 where one seed lags behind, which no logarithm shows.
            sns.lineplot(
                mine, x=x, y="mse", ax=axes, legend="full", **look,
                errorbar=("pi", 100) if mine.seed.nunique() > 1 and x == "iteration" else None,
                estimator="mean" if x == "iteration" else None,
                units=None if x == "iteration" else "seed",
            )  # fmt: skip
            title = network if len(datasets) == 1 else f"{dataset}: {network}"
            axes.set(yscale="log", title=title, xlabel=x_label, ylabel=_mse_label(results))
            axes.get_legend().remove()
            panels[dataset, network] = axes
    entries = _legend(panels.values())
    figure.legend(entries.values(), entries.keys(), loc="outside right center")
    return figure, panels


def _legend(panels: Iterable[Axes]) -> dict[str, Artist]:
    """The handle of each label in any panel, below that of its axis; ADMM has but one network."""
    sections: dict[str, dict[str, Artist]] = {}
    for axes in panels:
        section = ""
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            section = label if label in ("objective", "gradient") else section
            sections.setdefault(section, {}).setdefault(label, handle)
    return {label: handle for mine in sections.values() for label, handle in mine.items()}


def _mse_label(results: Results) -> str:
    against = "to the reference " if "reference" in results.kinds() else ""
    return f"MSE {against}({results.unit()}$^{{-2}}$)"
