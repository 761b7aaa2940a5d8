"""Peak memory and time against the sampling rate: what the stochastic gradient saves."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from inrbench.datasets.shapes import shapes
from inrbench.figures.planned import network_cells, peak
from inrbench.figures.results import NETWORK_COLOURS, Results
from inrbench.meters import METERS

# Rates at which a plan is made.
RATES = 7
# Marker of a jvp that takes its sample at once, and of one in chunks (hollow).
WHOLE, CHUNKED = {"marker": "o"}, {"marker": "s", "markerfacecolor": "white"}


def draw(
    results: Results, meter: str = "tensor_peak", only: dict[str, Any] | None = None
) -> Figure:
    """Left, peak bytes of a meter against the rate; right, seconds an iteration; by network.

    Markers are measured: dots where a jvp takes its sample at once, hollow squares where it goes
    in chunks; the largest reading and the median time over objectives and seeds. Autograd is a
    dashed level. For `tensor_peak`, solid lines are planned (`memory.peak`), at `RATES` rates,
    where the network can be and the shapes of grid and scan are known (`datasets.shapes`).
    Elsewhere dotted lines join what was measured.

    Args:
        results: of an experiment with several gradient modes.
        meter: one of `meters.METERS`.
        only: the cells to show, see `Results.only`.

    Raises:
        ValueError: another meter.
    """
    if meter not in METERS:
        raise ValueError(f"unknown meter {meter!r}: known are {', '.join(METERS)}")
    cells = network_cells(results.only(only))
    cells = cells[cells.status == "ok"]
    cells = cells.assign(mebibytes=cells[meter].astype(float) / 2**20,
                         milliseconds=1000 * cells.iteration_seconds.astype(float))  # fmt: skip
    figure, (memory, time) = plt.subplots(1, 2, figsize=(6.8, 2.6), sharex=True)
    planned = False
    for position, (network, mine) in enumerate(cells.groupby("network", sort=False)):
        colour = NETWORK_COLOURS.get(network, f"C{position + 3}")
        has_plan = meter == "tensor_peak" and _plan(memory, mine, colour)
        _measured(memory, mine, "mebibytes", "max", colour, joined=not has_plan)
        _measured(time, mine, "milliseconds", "median", colour, joined=True)
        planned |= has_plan
    rates = sorted(100 * rate for rate in cells.rate.dropna().unique())
    for axes, column in ((memory, "mebibytes"), (time, "milliseconds")):
        axes.set(xscale="log", xlabel="sampling rate (%)")
        axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
        if cells[column].isna().all():
            axes.text(0.5, 0.5, "no readings", ha="center", transform=axes.transAxes)
        else:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
            axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    memory.set(ylabel=f"{meter.replace('_', ' ')} (MiB)", title="memory")
    time.set(ylabel="time per iteration (ms)", title="time")
    _legend(figure, cells, planned)
    return figure


def _measured(
    axes: Axes, cells: pd.DataFrame, column: str, over: str, colour: str, joined: bool
) -> None:
    """Markers by rate, and autograd's level; joined by a dotted line where no plan is drawn."""
    autograd = cells[cells.gradient == "autograd"][column].agg(over)
    if pd.notna(autograd):
        axes.axhline(autograd, color=colour, linestyle="--", linewidth=0.9)
    # A line joins equal chunks only: another chunk is another trade-off.
    for chunk, mine in cells[cells.rate.notna()].groupby("chunk", dropna=False):
        style = WHOLE if pd.isna(chunk) else CHUNKED
        found = mine.groupby("rate")[column].agg(over).dropna()
        axes.plot(100 * found.index, found, color=colour, linewidth=0.9,
                  linestyle=":" if joined else "none", **style, zorder=3)  # fmt: skip


def _plan(axes: Axes, cells: pd.DataFrame, colour: str) -> bool:
    """The planned line for each chunk, over all rates measured; whether there is one."""
    sampled = cells[cells.rate.notna()]
    drawn = False
    for _, kind in sampled.groupby("chunk", dropna=False):
        rates = np.geomspace(sampled.rate.min(), sampled.rate.max(), RATES)
        peaks = [_largest(kind, rate) for rate in rates]
        if None not in peaks:
            axes.plot(100 * rates, np.array(peaks) / 2**20, color=colour, linewidth=0.7)
            drawn = True
    return drawn


def _largest(cells: pd.DataFrame, rate: float) -> int | None:
    """The largest planned peak of these cells at another rate; None where one has none."""
    found = [
        peak(cell, shapes(cell.spec["dataset"]), rate=float(rate))
        for cell in cells.drop_duplicates(["dataset", "id"]).itertuples()
    ]
    return None if None in found else max(found)


def _legend(figure: Figure, cells: pd.DataFrame, planned: bool) -> None:
    names = list(cells.network.unique())
    entries = {
        name: Line2D([], [], color=NETWORK_COLOURS.get(name, f"C{position + 3}"), linewidth=2)
        for position, name in enumerate(names)
    }
    grey = {"color": "0.3", "linewidth": 0.9}
    if (cells.gradient == "autograd").any():
        entries["autograd"] = Line2D([], [], linestyle="--", **grey)
    if (cells.rate.notna() & cells.chunk.isna()).any():
        entries["JVP, sample at once"] = Line2D([], [], linestyle="none", **WHOLE, **grey)
    if cells.chunk.notna().any():
        entries["JVP, in chunks"] = Line2D([], [], linestyle="none", **CHUNKED, **grey)
    if planned:
        entries["planned"] = Line2D([], [], color="0.3", linewidth=0.7)
    entries["between measurements"] = Line2D([], [], linestyle=":", **grey)
    figure.legend(entries.values(), entries.keys(), loc="outside right center")
