"""The pictures of `inrbench scan check`: a scan as it is, and with suspected mistakes undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def draw(pictures: Sequence[tuple[str, np.ndarray]], unit: str, path: Path) -> None:
    """Write a PNG of images side by side, in one window of attenuation.

    Args:
        pictures: (title, image) of each, at least one.
        unit: of length.
        path: of the PNG.
    """
    images = [np.asarray(image) for _, image in pictures]
    low, high = np.percentile(np.concatenate([one.ravel() for one in images]), [1, 99.7])
    figure, axes = plt.subplots(
        1, len(images), figsize=(3.2 * len(images) + 0.6, 3.6), squeeze=False, layout="constrained"
    )
    for axis, image, (title, _) in zip(axes[0], images, pictures, strict=True):
        shown = axis.imshow(image, cmap="gray", vmin=low, vmax=max(high, low + 1e-12))
        axis.set_title(title, fontsize=8)
        axis.set_axis_off()
    figure.colorbar(shown, ax=axes[0].tolist(), shrink=0.8, label=f"attenuation in 1/{unit}")
    figure.savefig(path, dpi=150)
    plt.close(figure)
