"""Reconstructions beside FBP, CGLS and the truth (najaf2026, figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from inrbench.figures.blank import blank
from inrbench.figures.images import (
    caption,
    colour_bar,
    image_of,
    plane,
    show,
    show_status,
    window_of,
)
from inrbench.figures.results import BASELINE_COLOURS, Results


def draw(
    results: Results,
    window: Sequence[float] | None = None,
    z: float = 0.0,
    only: dict[str, Any] | None = None,
) -> Figure:
    """The images of the first seed with their MSE in the titles, one grey scale for all.

    The first column holds the truth (or reference), FBP and CGLS; then a row a network, a column
    an objective and gradient mode. CGLS is shown at its best iterate. A cell without an image
    shows its status. Of a volume an axial slice is shown; the MSE is that of all of it.

    Args:
        results: of an experiment; its first data set is shown.
        window: attenuation shown as black and as white; default: the range of the reference's
            shown part.
        z: height of the slice of a volume in mm; default: the middle.
        only: the cells to show, see `Results.only`.

    Raises:
        ValueError: a window that is not two rising numbers, or z outside the volume.
    """
    results = results.only(only)
    cells = results.cells().drop_duplicates(["dataset", "id"])
    dataset = cells.dataset.iloc[0]
    cells = cells[cells.dataset == dataset]
    inr = cells[cells.network.notna()]
    networks = list(inr.network.unique())
    baselines = [name for name in BASELINE_COLOURS if name in set(cells.method)]
    columns = list(dict.fromkeys(zip(inr.objective, inr.gradient, strict=True)))
    reference = results.reference(dataset)
    if reference is None and z:
        return blank(f"{dataset} is not prepared on this machine: its voxels' size is missing")
    # The middle is found with any voxels.
    spacing = 1.0 if reference is None else reference.spacing

    def flat(image: np.ndarray) -> np.ndarray:
        return image if image.ndim == 2 else plane(image, "z", z, spacing)

    shown = np.array([0.0, 1.0]) if reference is None else flat(reference.image)
    window = window_of(window, shown)
    height, width = max(1 + len(baselines), len(networks)), 1 + len(columns)
    figure, grid = plt.subplots(
        height, width, figsize=(1.45 * width + 0.6, 1.65 * height), squeeze=False
    )
    for axes in grid.flat:
        axes.set_axis_off()

    def fill(axes: plt.Axes, cell: pd.Series) -> None:
        image = image_of(cell)
        axes.set_title(caption(cell))
        if image is None:
            show_status(axes, cell)
        else:
            show(axes, flat(image), window)

    if reference is not None:
        show(grid[0, 0], shown, window)
        grid[0, 0].set_title(reference.kind)
    for axes, name in zip(grid[1:, 0], baselines, strict=False):
        fill(axes, cells[cells.method == name].iloc[0])
    for row, network in enumerate(networks):
        for column, (objective, gradient) in enumerate(columns, start=1):
            mine = inr[
                (inr.network == network)
                & (inr.objective == objective)
                & (inr.gradient == gradient)
            ]
            if len(mine):
                fill(grid[row, column], mine.iloc[0])
    label = f"attenuation ({results.unit()}$^{{-1}}$)"
    colour_bar(figure, grid, window, label, shrink=0.6, pad=0.01)
    return figure
