"""Reconstructions beside FBP, CGLS and the truth (najaf2026, figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inrbench import records
from inrbench.figures.results import Results


def draw(
    results: Results,
    window: Sequence[float] | None = None,
    only: dict[str, Any] | None = None,
) -> Figure:
    """The images of the first seed with their MSE in the titles, one grey scale for all.

    The first column holds the truth (or reference), FBP and CGLS; then a row a network, a column
    an objective and gradient mode. CGLS is shown at its best iterate. A cell without an image
    shows its status.

    Args:
        results: of an experiment; its first data set is shown.
        window: attenuation shown as black and as white; default: the reference's range.
        only: the cells to show, see `Results.only`.

    Raises:
        ValueError: a window that is not two rising numbers.
    """
    results = results.only(only)
    cells = results.cells().drop_duplicates(["dataset", "id"])
    dataset = cells.dataset.iloc[0]
    inr = cells[(cells.dataset == dataset) & cells.network.notna()]
    networks = list(inr.network.unique())
    columns = list(dict.fromkeys(zip(inr.objective, inr.gradient, strict=True)))
    reference = results.reference(dataset)
    if window is None:
        shown = reference[1] if reference else np.array([0.0, 1.0])
        window = (float(np.quantile(shown, 0.005)), float(np.quantile(shown, 0.995)))
    if len(window) != 2 or not window[0] < window[1]:
        raise ValueError(f"window={list(window)}: expected two attenuations, black below white")

    height, width = max(3, len(networks)), 1 + len(columns)
    figure, grid = plt.subplots(
        height, width, figsize=(1.45 * width + 0.6, 1.65 * height), squeeze=False
    )
    for axes in grid.flat:
        axes.set_axis_off()
    if reference is not None:
        _show(grid[0, 0], reference[1], window)
        grid[0, 0].set_title(reference[0])
    for axes, name in zip(grid[1:, 0], ("FBP", "CGLS"), strict=False):
        baseline = cells[(cells.dataset == dataset) & (cells.method == name)]
        if len(baseline):
            _cell(axes, baseline.iloc[0], window, name, best=name == "CGLS")
    for row, network in enumerate(networks):
        for column, (objective, gradient) in enumerate(columns, start=1):
            mine = inr[
                (inr.network == network)
                & (inr.objective == objective)
                & (inr.gradient == gradient)
            ]
            if len(mine):
                name = f"{network}\n{objective}, {gradient}"
                _cell(grid[row, column], mine.iloc[0], window, name, best=False)
    scale = plt.cm.ScalarMappable(plt.Normalize(*window), cmap="gray")
    bar = figure.colorbar(scale, ax=grid, shrink=0.6, extend="both", pad=0.01)
    bar.set_label(f"attenuation ({results.unit()}$^{{-1}}$)")
    return figure


def _show(axes: Axes, image: np.ndarray, window: Sequence[float]) -> None:
    axes.imshow(image, cmap="gray", vmin=window[0], vmax=window[1])


def _cell(axes: Axes, cell: pd.Series, window: Sequence[float], name: str, best: bool) -> None:
    images = records.read_images(cell.folder)
    if not images:
        axes.text(0.5, 0.5, cell.status.replace("_", " "), ha="center", va="center",
                  transform=axes.transAxes)  # fmt: skip
        axes.set_title(name)
        return
    _show(axes, images["best" if best else "final"], window)
    error = cell.best_mse if best else cell.mse
    iteration = f", iteration {cell.best_iteration:.0f}" if best else ""
    axes.set_title(f"{name}{iteration}\nMSE {error:.2e}")
