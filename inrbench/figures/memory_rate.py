"""Peak memory against the sampling rate: what the stochastic gradient saves."""

from __future__ import annotations

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from inrbench.figures.results import NETWORK_COLOURS, Results
from inrbench.meters import METERS


def draw(results: Results, meter: str = "tensor_peak") -> Figure:
    """Peak bytes of a meter against the rate, a colour a network.

    A jvp that takes its sample at once is a dot on a line, one in chunks a hollow square; autograd
    is a dashed level. The largest reading over objectives and seeds is drawn.

    Args:
        results: of an experiment with several gradient modes.
        meter: one of `meters.METERS`.

    Raises:
        ValueError: another meter.
    """
    if meter not in METERS:
        raise ValueError(f"unknown meter {meter!r}: known are {', '.join(METERS)}")
    cells = results.cells()
    cells = cells[cells.network.notna() & cells[meter].notna() & (cells.status == "ok")]
    cells = cells.assign(mebibytes=cells[meter].astype(float) / 2**20)
    figure, axes = plt.subplots(figsize=(3.6, 2.6))
    for network, mine in cells.groupby("network", sort=False):
        colour = NETWORK_COLOURS.get(network)
        autograd = mine[mine.gradient == "autograd"].mebibytes.max()
        axes.axhline(autograd, color=colour, linestyle="--", linewidth=1)
        sampled = mine[mine.rate.notna()]
        whole = sampled[sampled.chunk.isna()].groupby("rate").mebibytes.max()
        chunked = sampled[sampled.chunk.notna()].groupby("rate").mebibytes.max()
        axes.plot(100 * whole.index, whole, color=colour, marker="o")
        axes.plot(100 * chunked.index, chunked, color=colour, marker="s", linestyle="none",
                  markerfacecolor="white")  # fmt: skip
    names = [Line2D([], [], color=NETWORK_COLOURS.get(n)) for n in cells.network.unique()]
    kinds = [
        Line2D([], [], color="0.3", linestyle="--"),
        Line2D([], [], color="0.3", marker="o"),
        Line2D([], [], color="0.3", marker="s", linestyle="none", markerfacecolor="white"),
    ]
    labels = [*cells.network.unique(), "autograd", "JVP, sample at once", "JVP, in chunks"]
    figure.legend(names + kinds, labels, loc="outside right center")
    ticks = sorted({100 * rate for rate in cells.rate.dropna()})
    axes.set(xscale="log", yscale="log", xlabel="sampling rate (%)",
             ylabel=f"{meter.replace('_', ' ')} (MiB)")  # fmt: skip
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    return figure
