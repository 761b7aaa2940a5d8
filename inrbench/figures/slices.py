"""Three orthogonal planes of each volume, with their errors (najaf2026, figure 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from inrbench.figures.blank import blank
from inrbench.figures.images import (
    NOT_KEPT,
    PLANES,
    caption,
    colour_bar,
    image_of,
    largest_error,
    plane,
    show,
    show_status,
    window_of,
)
from inrbench.figures.results import Results
from inrbench.registry import nearest

# Inches: all panels of a row, and what its label takes.
_PANELS, _LABEL = 6.3, 0.6


def draw(
    results: Results,
    at: dict[str, float] | None = None,
    window: Sequence[float] | None = None,
    only: dict[str, Any] | None = None,
) -> Figure:
    """Axial, coronal and sagittal plane (left) and reconstruction minus reference (right).

    A row a method, the reference first, images of the first seed; y up in the axial plane, z up in
    the others, y to the right in the sagittal one. All images share a grey scale, all errors a
    diverging one that reaches, in the median over the methods, the 99 % quantile of their
    absolute error in these planes. The MSE is that of the whole volume; CGLS is shown at its best
    iterate. A cell without an image shows its status.

    Args:
        results: of an experiment; the first of its data sets that is a volume is shown.
        at: positions of the planes along their normals, in mm from the middle: {z: 20, x: -5};
            default: 0 for each.
        window: attenuation shown as black and as white; default: the range of the reference in
            these planes.
        only: the cells to show, see `Results.only`.

    Raises:
        ValueError: a data set of two dimensions, a normal other than z, y and x, a plane outside
            the grid, or a window that is not two rising numbers.
    """
    for normal in at or {}:
        if normal not in PLANES:
            raise ValueError(f"at: unknown normal {normal!r}: {nearest(normal, list(PLANES))}")
    positions = dict.fromkeys(PLANES, 0.0) | (at or {})
    results = results.only(only)
    cells = results.cells().drop_duplicates(["dataset", "id"])
    references = {name: results.reference(name) for name in cells.dataset.unique()}
    volumes = [name for name, found in references.items() if found and found.image.ndim == 3]
    if not volumes:
        missing = [name for name, found in references.items() if found is None]
        if missing:
            name = missing[0]
            return blank(f"{name} is not prepared on this machine: its reference is missing")
        raise ValueError(
            f"{', '.join(references)}: two-dimensional; draw the figure `reconstructions`"
        )
    dataset, reference = volumes[0], references[volumes[0]]
    cells = cells[cells.dataset == dataset]

    def planes(volume: np.ndarray | None) -> list[np.ndarray] | None:
        if volume is None:
            return None
        return [plane(volume, n, position, reference.spacing) for n, position in positions.items()]

    truth = planes(reference.image)
    # One volume at a time: only its planes are kept.
    images = [planes(image_of(cell)) for _, cell in cells.iterrows()]
    if (cells.status == "ok").any() and all(image is None for image in images):
        return blank(NOT_KEPT)
    errors = [_difference(image, truth) for image in images if image is not None]
    window = window_of(window, np.concatenate([part.ravel() for part in truth]))
    largest = largest_error([np.concatenate([e.ravel() for e in one]) for one in errors])

    unit = results.unit()
    figure, grid = _panels(reference.image.shape, 1 + len(cells))
    for axes, part, (normal, position) in zip(grid[0], truth, positions.items(), strict=False):
        show(axes, part, window)
        where = f"{position:g}".replace("-", "−")
        axes.set_title(f"{PLANES[normal]}, {normal} = {where} {unit}", fontsize=7)
    centred = {"ha": "center", "in_layout": False}  # wider than its panel, it would move others
    for axes, name in zip(grid[0, 3:], PLANES.values(), strict=True):
        axes.set_axis_off()
        axes.text(0.5, 0.02, name, transform=axes.transAxes, fontsize=7, **centred)
    about = f"reconstruction − {reference.kind}"
    grid[0, 4].text(0.5, 0.25, about, transform=grid[0, 4].transAxes, **centred)
    _scale_bar(grid[0, 0], truth[0].shape[1], reference.spacing, unit)
    grid[0, 0].set_ylabel(reference.kind)
    for row, (_, cell), image in zip(grid[1:], cells.iterrows(), images, strict=True):
        row[0].set_ylabel(caption(cell))
        if image is None:
            show_status(row[1], cell)
            continue
        for axes, part in zip(row[:3], image, strict=True):
            show(axes, part, window)
        for axes, part in zip(row[3:], _difference(image, truth), strict=True):
            show(axes, part, (-largest, largest), "RdBu_r")
    below = {"location": "bottom", "shrink": 0.6, "aspect": 30, "pad": 0.02}
    label = f"({unit}$^{{-1}}$)"
    colour_bar(figure, grid[:, :3], window, f"attenuation {label}", **below)
    colour_bar(figure, grid[:, 3:], (-largest, largest), f"error {label}", "RdBu_r",
               ticks=[-largest, 0, largest], **below)  # fmt: skip
    return figure


def _difference(image: list[np.ndarray], truth: list[np.ndarray]) -> list[np.ndarray]:
    return [a - b for a, b in zip(image, truth, strict=True)]


def _panels(shape: tuple[int, ...], rows: int) -> tuple[Figure, np.ndarray]:
    """Rows of six empty panels for planes of a volume of this shape, all to one scale."""
    nz, ny, nx = shape
    widths = [nx, nx, ny, 0.1 * nx, nx, nx, ny]
    height = _PANELS * max(ny, nz) / sum(widths)
    figure, grid = plt.subplots(
        rows, 7, figsize=(_PANELS + _LABEL, rows * (height + 0.04) + 0.8), width_ratios=widths,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.yaxis.label.set_size(7)
    return figure, np.delete(grid, 3, axis=1)  # a gap between images and errors


def _scale_bar(axes: Axes, width: int, spacing: float, unit: str) -> None:
    """A bar of 1, 2 or 5 times a power of ten, at most a third of the image's width."""
    most = width * spacing / 3
    power = 10 ** math.floor(math.log10(most))
    length = power * max(step for step in (1, 2, 5) if step * power <= most)
    left, bottom = 0.05 * width, axes.get_ylim()[0] - 0.05 * width
    right = left + length / spacing
    axes.plot([left, right], [bottom, bottom], color="white", linewidth=1.5)
    axes.annotate(f"{length:g} {unit}", ((left + right) / 2, bottom), (0, 2), color="white",
                  textcoords="offset points", ha="center", fontsize=6,
                  path_effects=[withStroke(linewidth=1.5, foreground="black")])  # fmt: skip
