"""Gradient estimates against the exact gradient: by rate, and at equal cost."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from inrbench.figures.blank import blank
from inrbench.figures.results import SAMPLER_COLOURS, Results

_DASHES = ("-", "--", "-.", ":")


def draw(results: Results) -> Figure:
    """Variance of the estimate against its rate (left) and against its time (right).

    A row of panels a data set, network and objective; a colour a sampler, a dash an iteration at
    which the quality was measured. The variance is in units of |G|^2, G being the exact gradient,
    so its root is the relative error of one estimate. Times are medians over the iterations, in
    units of the exact gradient's: lower is better at equal cost, and lines mark exact and
    autograd.

    Args:
        results: of an experiment with cells of the method `gradient_quality`.
    """
    notes = results.notes()
    if notes.empty:
        return blank("no cell noted the quality of its gradients")
    groups = list(notes.groupby(["dataset", "network", "objective"], sort=False))
    figure, grid = plt.subplots(
        len(groups), 2, figsize=(5.6, 0.5 + 1.9 * len(groups)), sharex="col", sharey=True,
        squeeze=False,
    )  # fmt: skip
    iterations = sorted(notes.iteration.unique())
    dashes = dict(zip(iterations, itertools.cycle(_DASHES), strict=False))
    for row, ((dataset, network, objective), mine) in zip(grid, groups, strict=True):
        title = f"{network}, {objective}"
        title = title if notes.dataset.nunique() == 1 else f"{dataset}: {title}"
        seconds = mine.groupby(["sampler", "rate"]).seconds.median()
        seconds = seconds / seconds["exact", 1.0]
        sampled = mine[mine.rate < 1]
        for (sampler, iteration), line in sampled.groupby(["sampler", "iteration"], sort=False):
            variance = line.groupby("rate").variance.mean()
            style = {"color": SAMPLER_COLOURS.get(sampler, "0.3"), "linestyle": dashes[iteration],
                     "marker": "o", "markersize": 2.5}  # fmt: skip
            row[0].plot(100 * variance.index, variance, **style)
            row[1].plot(seconds[sampler][variance.index], variance, **style)
        for name, shade in (("exact", "0.2"), ("autograd", "0.65")):
            row[1].axvline(seconds[name, 1.0], color=shade, linewidth=0.8)
        row[0].set(xscale="log", yscale="log", ylabel="variance / |G|$^2$", title=title)
        row[1].set(title=title)
    grid[-1, 0].set_xlabel("sampling rate (%)")
    grid[-1, 1].set_xlabel("time of one estimate / exact gradient")
    rates = sorted(100 * notes[notes.rate < 1].rate.unique())
    grid[-1, 0].set_xticks(rates, [f"{rate:g}" for rate in rates])
    grid[-1, 0].xaxis.set_minor_locator(NullLocator())
    samplers = [name for name in SAMPLER_COLOURS if name in set(notes.sampler)]
    handles = [Line2D([], [], color=SAMPLER_COLOURS[name]) for name in samplers]
    handles += [Line2D([], [], color="0.3", linestyle=dashes[k]) for k in iterations]
    handles += [Line2D([], [], color=shade) for shade in ("0.2", "0.65")]
    labels = [*samplers, *(f"iteration {k}" for k in iterations), "exact", "autograd"]
    figure.legend(handles, labels, loc="outside right center")
    return figure
