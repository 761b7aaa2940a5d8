"""Image MSE along a run: against iterations (najaf2026, figure 2) and against seconds."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inrbench.figures.blank import blank
from inrbench.figures.results import BASELINE_COLOURS, Results, objective_colours

WIDTH = 3
"""Panels beside each other, of one data set."""
# Solid for the reference gradient, the more broken the less it sees.
_DASHES = {"autograd": "", "exact": (7, 2)}
_FURTHER_DASHES = [(3, 1.2), (1, 1), (3, 1, 1, 1), (5, 1, 1, 1, 1, 1), (1, 3)]


def against_iterations(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """MSE against iterations, the mean over seeds in the band of all; a panel a network, FBP or
    FDK, CGLS (its best) and TV as levels.

    Args:
        results: of an experiment with networks.
        only: the cells to show, see `Results.only`.
    """
    results = results.only(only)
    curves = _curves(results)
    if curves.empty:
        return blank("no run of this experiment left a curve")
    figure, panels = _panels(curves, results, "iteration", "iteration")
    cells = results.cells()
    for (dataset, _), axes in panels.items():
        for name, colour in BASELINE_COLOURS.items():
            mine = cells[(cells.dataset == dataset) & (cells.method == name)]
            # CGLS is stopped at its best; the others are what they end with.
            level = (mine.best_mse if name == "CGLS" else mine.mse).min()
            if pd.notna(level):
                label = f"{name}, best" if name == "CGLS" else name
                axes.axhline(level, color=colour, linewidth=0.9, linestyle=":", label=label)
    _legend(figure, panels.values())
    return figure


def against_seconds(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """MSE against seconds of computation, set-up apart, both the median over seeds at each
    checkpoint; a panel a network, FBP, CGLS and TV (their first seed) drawn in each.

    Args:
        results: of an experiment with networks.
        only: the cells to show, see `Results.only`.
    """
    results = results.only(only)
    curves = _curves(results)
    if curves.empty:
        return blank("no run of this experiment left a curve")
    axes_of = ["dataset", "network", "objective", "gradient", "iteration"]
    curves = curves.groupby(axes_of, sort=False, dropna=False)[["seconds", "mse"]].median()
    figure, panels = _panels(curves.reset_index(), results, "seconds", "time (s)")
    histories = results.histories()
    for (dataset, _), axes in panels.items():
        axes.set_xscale("log")
        for name, colour in BASELINE_COLOURS.items():
            mine = histories[(histories.dataset == dataset) & (histories.method == name)]
            mine = mine[mine.seed == mine.seed.min()]
            if len(mine):
                look = "s" if len(mine) == 1 else ":"
                axes.plot(mine.seconds, mine.mse, look, color=colour, linewidth=0.9, label=name)
    _legend(figure, panels.values())
    return figure


def _curves(results: Results) -> pd.DataFrame:
    """The checkpoints of the cells with a network."""
    histories = results.histories()
    return histories[histories.network.notna()] if len(histories) else histories


def _panels(
    curves: pd.DataFrame, results: Results, x: str, x_label: str
) -> tuple[Figure, dict[tuple[str, str], Axes]]:
    """Rows of data sets, columns of networks (of one data set at most `WIDTH`); the figure and its
    panels by (data set, network)."""
    datasets, networks = list(curves.dataset.unique()), list(curves.network.unique())
    gradients = sorted(curves.gradient.unique(), key=lambda name: name not in _DASHES)
    further = [name for name in gradients if name not in _DASHES]
    dashes = _DASHES | dict(zip(further, itertools.cycle(_FURTHER_DASHES), strict=False))
    several = curves.objective.nunique() > 1
    if several and len(further) <= len(_FURTHER_DASHES):
        look = {"hue": "objective", "palette": objective_colours(curves.objective.unique())}
        if len(gradients) > 1:
            look |= {"style": "gradient", "dashes": dashes, "style_order": gradients}
    else:  # the gradient modes are what is compared
        shades = sns.color_palette("viridis", len(gradients) + 1)[:-1]  # the last one is pale
        look = {"hue": "gradient", "palette": shades, "hue_order": gradients}
        by_gradient = {"style": "gradient", "dashes": dashes, "style_order": gradients}
        look |= {"style": "objective"} if several else by_gradient
    wraps = len(datasets) == 1 and len(networks) > WIDTH
    width = WIDTH if wraps else len(networks)
    height = -(-len(datasets) * len(networks) // width)
    figure, grid = plt.subplots(
        height, width, figsize=(1.6 + 2 * width, 0.6 + 2.2 * height), sharex=True,
        sharey=True if wraps else "row", squeeze=False,
    )  # fmt: skip
    panels = {}
    places = itertools.product(datasets, networks)
    for axes, place in itertools.zip_longest(grid.flat, places):
        axes.set_visible(place is not None)
        if place is not None:
            dataset, network = place
            mine = curves[(curves.dataset == dataset) & (curves.network == network)]
            # A band where there are several seeds, from the smallest to the largest: a standard
            # deviation reaches below 0 where one seed lags behind, which no logarithm shows.
            band = x == "iteration" and mine.seed.nunique() > 1
            sns.lineplot(
                mine, x=x, y="mse", ax=axes, legend="full", **look,
                errorbar=("pi", 100) if band else None,
                estimator="mean" if x == "iteration" else None,
            )  # fmt: skip
            axes.set(yscale="log", xlabel=x_label, ylabel=_mse_label(results, dataset, datasets))
            axes.get_legend().remove()
            if dataset == datasets[0]:
                axes.set_title(network)
            panels[place] = axes
    return figure, panels


def _legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """Each label in any panel, below that of its axis (ADMM has but one network), the classical
    methods last; outside, where it covers no curve."""
    sections: dict[str, dict[str, Artist]] = {}
    for axes in panels:
        section = ""
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            section = label if label in ("objective", "gradient") else section
            classical = label.removesuffix(", best") in BASELINE_COLOURS
            where = "classical" if classical else section
            sections.setdefault(where, {}).setdefault(label, handle)
    last = sections.pop("classical", {})
    entries = {label: one for mine in (*sections.values(), last) for label, one in mine.items()}
    figure.legend(entries.values(), entries.keys(), loc="outside right center")


def _mse_label(results: Results, dataset: str, datasets: list[str]) -> str:
    """The axis of a data set's row: what the MSE is of, where there are several, and to what."""
    mine = Results([one for one in results.found if one.record.labels["dataset"] == dataset])
    against = "to the reference " if "reference" in mine.kinds() else ""
    of = "" if len(datasets) == 1 else textwrap.fill(dataset, 30) + "\n"
    return f"{of}MSE {against}({mine.unit()}$^{{-2}}$)"
