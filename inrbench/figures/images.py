"""Images in a figure: which one of a cell is shown, in what window, in which plane of a volume."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

CAPTION = 18
"""Letters of a caption's line, so that it does not reach into the next image's."""
NOT_KEPT = "no image was kept with these records: run the cells here"
# The axes of a volume (nz, ny, nx) and the plane that is normal to each.
PLANES = {"z": "axial", "y": "coronal", "x": "sagittal"}


def plane(volume: np.ndarray, normal: str, position: float, spacing: float) -> np.ndarray:
    """The voxels at a position along the normal, as they are looked at.

    Axial (ny, nx): x to the right, y up. Coronal (nz, nx): x to the right, z up. Sagittal
    (nz, ny): y to the right, z up.

    Args:
        volume: shape (nz, ny, nx); row 0 has the largest y, z grows with the slice.
        normal: "z", "y" or "x", see `PLANES`.
        position: of the plane, in mm from the middle of the grid; 0 is in voxel n // 2.
        spacing: edge of a voxel in mm.

    Raises:
        ValueError: a position outside the grid.
    """
    axis = list(PLANES).index(normal)
    count = volume.shape[axis]
    reach = count * spacing / 2
    if not -reach <= position <= reach:
        raise ValueError(
            f"{normal}={position:g}: the grid reaches from {-reach:g} to {reach:g} along "
            f"{normal}; choose a position in between"
        )
    along = -position if normal == "y" else position
    found = volume.take(min(math.floor((along + reach) / spacing), count - 1), axis)
    return {"z": found, "y": found[::-1], "x": found[::-1, ::-1]}[normal]


def window_of(window: Sequence[float] | None, image: np.ndarray) -> tuple[float, float]:
    """The attenuations shown as black and as white; default: the range of the image, outliers
    apart.

    Raises:
        ValueError: a window that is not two rising numbers.
    """
    if window is None:
        low, high = np.quantile(image, (0.005, 0.995))
        return (low, high) if low < high else (image.min(), image.max())
    if len(window) != 2 or not window[0] < window[1]:
        raise ValueError(f"window={list(window)}: expected two attenuations, black below white")
    return window[0], window[1]


def image_of(cell: pd.Series) -> np.ndarray | None:
    """The image of a cell that is shown, see `Result.shown`; None where it left no image."""
    return cell.result.images().get(cell.result.shown)


def caption(cell: pd.Series) -> str:
    """What made the image, its MSE where it has one, and the residual on held-out views, which
    belongs to the final image."""
    name = cell.method
    if pd.notna(cell.network):
        what = textwrap.fill(f"{cell.objective}, {cell.gradient}", CAPTION)
        name = f"{cell.network}\n{what}"
    if cell.status != "ok":
        return name
    if cell.result.shown == "final":
        unseen = f"\nheld out {cell.held_out:.4f}" if pd.notna(cell.held_out) else ""
        return f"{name}\nMSE {cell.mse:.2e}{unseen}"
    return f"{name}, iteration {cell.best_iteration:.0f}\nMSE {cell.best_mse:.2e}"


def show(axes: Axes, image: np.ndarray, window: Sequence[float], colours: str = "gray") -> None:
    """An image with square pixels."""
    axes.imshow(image, cmap=colours, vmin=window[0], vmax=window[1])


def largest_error(errors: Sequence[np.ndarray]) -> float:
    """The end of a scale of errors, a digit: the median over the images of the 99 % quantile of
    their absolute error, since one bad method must not hide the others' errors."""
    each = [np.quantile(np.abs(error), 0.99) for error in errors]
    return float(f"{np.median(each):.1g}") or 1.0 if each else 1.0


def show_status(axes: Axes, cell: pd.Series) -> None:
    """The status in the place of an image that there is not; of kept records, that it was not
    kept."""
    words = "image\nnot kept" if cell.status == "ok" else cell.status.replace("_", " ")
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)


def colour_bar(
    figure: Figure, panels: np.ndarray, window: Sequence[float], label: str, colours: str = "gray",
    **layout: object,
) -> None:  # fmt: skip
    """The scale that these panels share."""
    scale = ScalarMappable(plt.Normalize(*window), cmap=colours)
    figure.colorbar(scale, ax=panels, extend="both", **layout).set_label(label)
