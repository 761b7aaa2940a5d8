"""Peak memory and time against the size of the grid: how far each gradient mode reaches."""

from __future__ import annotations

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator

from inrbench.datasets.shapes import Shapes, shapes
from inrbench.figures.blank import blank
from inrbench.figures.planned import network_cells, peak
from inrbench.figures.results import Results
from inrbench.io.byte_size import UNITS

# The plan's lines end at this many points along a side, by way of this many sizes.
LARGEST, SIZES = 1024, 7
# Cells without a reading, by status; "no_reading" is a finished one whose meter could not be read.
_FAILED = {"out_of_memory": "X", "timeout": "v", "diverged": "D", "unsupported": "s",
           "error": "P", "no_reading": "^"}  # fmt: skip
_BUDGET = {"color": "0.3", "linestyle": "--", "linewidth": 0.8}


def draw(results: Results, only: dict[str, Any] | None = None) -> Figure:
    """Peak bytes of live tensors (left) and seconds an iteration (right) against n, log-log.

    A row of panels a network and objective, a colour a gradient mode. Dots are measured: the
    largest tensor peak and the median time over seeds. Lines on the left are planned
    (`memory.peak`) up to n = `LARGEST`, for shapes as `scaled` has them; dotted lines, without a
    plan and on the right, only join dots. A cell without a reading stands at its planned peak, or
    without a plan at the upper edge, with the marker of its status; a dashed level is the memory
    budget.

    Args:
        results: of an experiment whose data sets differ only in size; n is the number of points
            along the longest side of the grid.
        only: the cells to show, see `Results.only`.

    Raises:
        ValueError: a data set whose shapes are not known, with what to do.
    """
    cells = network_cells(results.only(only))
    if cells.empty:
        return blank("no cell of this experiment has a network")
    known = {}
    for cell in cells.itertuples():
        known[cell.dataset] = shapes(cell.spec["dataset"])
        if known[cell.dataset] is None:
            raise ValueError(
                f"the size of {cell.dataset} is not known: prepare it with `inrbench data "
                "prepare`, or leave it out with `only`"
            )
    sizes = {dataset: max(both[0]) for dataset, both in known.items()}
    ends = [known[find(sizes, key=sizes.__getitem__)] for find in (min, max)]
    status = cells.status.mask((cells.status == "ok") & cells.tensor_peak.isna(), "no_reading")
    cells = cells.assign(
        n=cells.dataset.map(sizes), status=status,
        planned=[peak(cell, known[cell.dataset]) for cell in cells.itertuples()],
    )  # fmt: skip
    groups = list(cells.groupby(["network", "objective"], sort=False))
    figure, grid = plt.subplots(
        len(groups), 2, figsize=(6.8, 0.4 + 2.3 * len(groups)), sharex="col", squeeze=False
    )
    for (memory, time), ((network, objective), group) in zip(grid, groups, strict=True):
        for position, (_, mine) in enumerate(group.groupby("gradient", sort=False)):
            look = _look(position)
            _memory(memory, mine, ends, look)
            seconds = mine.groupby("n").iteration_seconds.median().dropna()
            time.plot(seconds.index, seconds, "o:", **look)
        for level in _budgets(group):
            memory.axhline(level, **_BUDGET)
        _axes(memory, time, sizes, f"{network}, {objective}")
    points = f"n (n$^{len(ends[0][0])}$ grid points)"
    grid[-1, 0].set_xlabel(points)
    grid[-1, 1].set_xlabel(points)
    _legend(figure, cells)
    return figure


def scaled(smallest: Shapes, largest: Shapes, n: float) -> Shapes:
    """Shapes of grid and sinogram with n points along the longest side of the grid.

        s(n) = s_1 (n / n_1)^p,    p = log(s_1 / s_0) / log(n_1 / n_0)

    for each side s of either, rounded: the power law through the smallest (0) and the largest data
    set (1). Views that are the same in both stay so; a detector that grows with the grid goes on
    growing. Where both are one, all sides grow as n does.
    """
    n_0, n_1 = max(smallest[0]), max(largest[0])

    def side(s_0: int, s_1: int) -> int:
        p = 1.0 if n_0 == n_1 else math.log(s_1 / s_0) / math.log(n_1 / n_0)
        return max(1, round(s_1 * (n / n_1) ** p))

    return tuple(tuple(map(side, *pair)) for pair in zip(smallest, largest, strict=True))


def _look(position: int) -> dict[str, Any]:
    """Smaller from mode to mode: in chunks they often coincide, and each must be seen."""
    return {"color": f"C{position}", "markersize": max(2.5, 6 - 1.5 * position),
            "linewidth": max(0.6, 1.6 - 0.5 * position)}  # fmt: skip


def _memory(axes: Axes, cells: pd.DataFrame, ends: list[Shapes], look: dict[str, Any]) -> None:
    """One gradient mode: its plan's line, what was measured, and what failed."""
    first, last = (max(shape) for shape, _ in ends)
    # As it ran at the largest size: a budget may have chosen another chunk at each.
    largest = max(cells.itertuples(), key=lambda cell: cell.n)
    along = np.unique(np.geomspace(first, max(last, LARGEST), SIZES).round())
    line = [peak(largest, scaled(*ends, n)) for n in along]
    has_plan = None not in line
    if has_plan:
        axes.plot(along, line, **look)
    found = cells.groupby("n").tensor_peak.max().dropna()
    axes.plot(found.index, found, marker="o", linestyle="none" if has_plan else ":", **look,
              zorder=3)  # fmt: skip
    for status, failed in cells[cells.tensor_peak.isna()].groupby("status"):
        mark = {"marker": _FAILED[status], "color": look["color"], "markerfacecolor": "white",
                "linestyle": "none", "markersize": 6, "zorder": 3}  # fmt: skip
        placed = failed[failed.planned.notna()]
        axes.plot(placed.n, placed.planned, **mark)
        lost = failed[failed.planned.isna()]
        axes.plot(lost.n, [0.97] * len(lost), transform=axes.get_xaxis_transform(), **mark)


def _axes(memory: Axes, time: Axes, sizes: dict[str, int], title: str) -> None:
    for axes in (memory, time):
        axes.set(xscale="log", yscale="log", title=title)
        axes.minorticks_off()
    powers = [2**k for k in range(3, 11) if 2**k >= min(sizes.values())]
    memory.set_xticks(powers, [str(n) for n in powers])
    measured = sorted(set(sizes.values()))
    time.set_xticks(measured, [str(n) for n in measured])
    # 16 MiB, 256 MiB, 4 GiB, ...: each label is a whole number.
    memory.yaxis.set_major_locator(LogLocator(base=16, numticks=20))
    memory.yaxis.set_major_formatter(FuncFormatter(_whole))
    time.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    time.yaxis.set_major_formatter("{x:g}")
    memory.set_ylabel("peak of live tensors")
    time.set_ylabel("time per iteration (s)")


def _budgets(cells: pd.DataFrame) -> list[int]:
    return sorted({spec["memory_budget"] for spec in cells.spec if "memory_budget" in spec})


def _whole(count: float, _: int = 0) -> str:
    """ "16 MiB", for ticks and budgets, which are round."""
    unit = min(int(math.log(count, 1024) + 1e-9), len(UNITS) - 1)
    return f"{count / 1024**unit:g} {UNITS[unit]}"


def _legend(figure: Figure, cells: pd.DataFrame) -> None:
    names = list(cells.gradient.unique())
    entries = {name: Line2D([], [], color=f"C{k}", linewidth=2) for k, name in enumerate(names)}
    grey = {"color": "0.3", "markersize": 4}
    entries["measured"] = Line2D([], [], marker="o", linestyle="none", **grey)
    if cells.planned.notna().any():
        entries["planned"] = Line2D([], [], linewidth=0.9, **grey)
    entries["between measurements"] = Line2D([], [], linewidth=0.9, linestyle=":", **grey)
    for level in _budgets(cells):
        entries[f"memory budget, {_whole(level)}"] = Line2D([], [], **_BUDGET)
    for status in cells[cells.tensor_peak.isna()].status.unique():
        entries[f"{status.replace('_', ' ')},\nat the planned peak"] = Line2D(
            [], [], marker=_FAILED[status], markerfacecolor="white", linestyle="none", **grey
        )
    figure.legend(entries.values(), entries.keys(), loc="outside right center")
