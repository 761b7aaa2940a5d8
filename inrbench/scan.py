"""A scan: measured line integrals with the geometry that they were measured in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from inrbench.errors import Unsupported
from inrbench.geometry import Geometry
from inrbench.meters.rehearsal import number


@dataclass(frozen=True, eq=False)
class Scan:
    """Line integrals y, holding neither a truth nor a grid.

    Args:
        sinogram: line integrals of the attenuation (no unit), (views, columns) or (views, rows,
            columns); an array or a tensor, kept as a float32 tensor.
        geometry: where each ray runs.
        weights: statistical weights of the shape of the sinogram, at least 0; None means 1.

    Raises:
        ValueError: sinogram and geometry (or weights) disagree in shape, or a value is not finite.
    """

    sinogram: torch.Tensor
    geometry: Geometry
    weights: torch.Tensor | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "sinogram", torch.as_tensor(self.sinogram, dtype=torch.float32))
        _check("sinogram", self.sinogram, self.geometry)
        if self.weights is not None:
            object.__setattr__(self, "weights", torch.as_tensor(self.weights, dtype=torch.float32))
            _check("weights", self.weights, self.geometry)
            if (self.weights < 0).any():
                raise ValueError(
                    f"weights down to {self.weights.min():g}: a statistical weight is at least 0"
                )

    @property
    def device(self) -> torch.device:
        """Where the sinogram lies, and where methods therefore compute."""
        return self.sinogram.device

    def refuse_weights(self, method: str) -> None:
        """For methods whose objective has no statistical weights: raise `Unsupported` for some."""
        if self.weights is not None:
            raise Unsupported(f"{method} takes no statistical weights: drop the scan's weights")

    def to(self, device: torch.device | str) -> Scan:
        """The same scan on another device."""
        weights = None if self.weights is None else self.weights.to(device)
        return replace(self, sinogram=self.sinogram.to(device), weights=weights)

    def subset(self, views: Sequence[int] | np.ndarray | slice) -> Scan:
        """The views with these indices only; a slice of them is not copied."""
        if not isinstance(views, slice):
            views = np.asarray(views)
        indices = np.arange(len(self.sinogram))[views]
        weights = None if self.weights is None else self.weights[views]
        return Scan(self.sinogram[views], self.geometry.subset(indices), weights)


def _check(name: str, values: torch.Tensor, geometry: Geometry) -> None:
    if tuple(values.shape) != geometry.sinogram_shape:
        rows = "rows, " if len(geometry.sinogram_shape) == 3 else ""
        raise ValueError(
            f"{name} of shape {tuple(values.shape)}: the geometry has (views, {rows}columns) = "
            f"{geometry.sinogram_shape}; transpose the data or correct the geometry"
        )
    bad = number((~torch.isfinite(values)).sum(), 0)
    if bad:
        raise ValueError(
            f"{name} with {bad} of {values.numel()} values not finite (NaN or infinite): "
            "mend or mask these detector readings before reconstruction"
        )


def line_integrals_from_counts(
    counts: np.ndarray, dark: np.ndarray, flat: np.ndarray, least_transmission: float = 1e-4
) -> np.ndarray:
    """p = -log((counts - dark) / (flat - dark)), with dark and flat averaged over their frames.

    Args:
        counts: detector readings, shape (views, ...).
        dark: readings without the beam, shape (frames, ...).
        flat: readings of the open beam, shape (frames, ...).
        least_transmission: smaller transmissions (dead pixels, photon starvation) are set to this
            value, so that the logarithm stays finite: p is at most -log(least_transmission).

    Returns:
        float64 line integrals of the shape of `counts`, without unit.

    Raises:
        ValueError: shapes disagree, or a detector pixel whose mean flat does not exceed its mean
            dark (it cannot be normalised).
    """
    if not counts.shape[1:] == dark.shape[1:] == flat.shape[1:]:
        raise ValueError(
            f"counts {counts.shape}, dark {dark.shape}, flat {flat.shape}: "
            "all axes but the first must agree"
        )
    mean_dark = dark.astype(np.float64).mean(axis=0)
    span = flat.astype(np.float64).mean(axis=0) - mean_dark
    if (span <= 0).any():
        raise ValueError(
            f"{int((span <= 0).sum())} detector pixels have a mean flat not above their mean "
            "dark: mask or interpolate them first"
        )
    transmission = (counts - mean_dark) / span
    return -np.log(np.maximum(transmission, least_transmission))
