"""Reconstructions beside classical ones and the truth (figure 1 of najaf2026 and najaf2025)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from inrbench.figures.blank import blank
from inrbench.figures.images import (
    NOT_KEPT,
    caption,
    colour_bar,
    image_of,
    largest_error,
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
    errors: bool = False,
    only: dict[str, Any] | None = None,
) -> Figure:
    """The images of the first seed with their MSE in the titles, one grey scale for all.

    The first column holds the truth (or reference) and the classical methods; then a row a
    network, a column an objective and gradient mode; with errors, reconstruction minus reference
    below each image, on one diverging scale (`images.largest_error`). CGLS is shown at its best
    iterate. A cell without an image shows its status. Of a volume an axial slice is shown; the MSE
    is that of all of it.

    Args:
        results: of an experiment; its first data set is shown.
        window: attenuation shown as black and as white; default: the range of the reference's
            shown part.
        z: height of the slice of a volume in mm; default: the middle.
        errors: whether to show them, where there is a reference.
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
    placed = [(1 + row, 0, cells[cells.method == name].iloc[0])
              for row, name in enumerate(baselines)]  # fmt: skip
    for row, network in enumerate(networks):
        for column, (objective, gradient) in enumerate(columns, start=1):
            mine = inr[
                (inr.network == network)
                & (inr.objective == objective)
                & (inr.gradient == gradient)
            ]
            if len(mine):
                placed.append((row, column, mine.iloc[0]))
    images = [image_of(cell) for *_, cell in placed]
    images = [None if image is None else flat(image) for image in images]
    if (cells.status == "ok").any() and all(image is None for image in images):
        return blank(NOT_KEPT)

    errors = errors and reference is not None
    lines = 1 + errors  # of panels for a row of images
    height, width = max(1 + len(baselines), len(networks)), 1 + len(columns)
    size = (1.45 * width + 0.6, (1.65 + 1.4 * errors) * height)
    figure, grid = plt.subplots(lines * height, width, figsize=size, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    if reference is not None:
        show(grid[0, 0], shown, window)
        grid[0, 0].set_title(reference.kind)
    for (row, column, cell), image in zip(placed, images, strict=True):
        axes = grid[lines * row, column]
        axes.set_title(caption(cell))
        if image is None:
            show_status(axes, cell)
        else:
            show(axes, image, window)
    unit = f"({results.unit()}$^{{-1}}$)"
    colour_bar(figure, grid, window, f"attenuation {unit}", shrink=0.6 / lines, pad=0.01)
    if errors:
        found = [None if image is None else image - shown for image in images]
        end = largest_error([error for error in found if error is not None])
        for (row, column, _), error in zip(placed, found, strict=True):
            if error is not None:
                show(grid[lines * row + 1, column], error, (-end, end), "RdBu_r")
        about = f"reconstruction − {reference.kind} {unit}"
        colour_bar(figure, grid, (-end, end), about, "RdBu_r", shrink=0.3, pad=0.01)
    return figure
