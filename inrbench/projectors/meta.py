"""A projector of shapes: of tensors without numbers, for the `rehearsal` of a method.

It holds what the back ends that `projectors.make` takes first hold in tensors beside their result:
all read contiguous memory, so that a slice is copied; ASTRA keeps a cone beam's views between rows
and columns, so that on a GPU a sinogram is turned by a copy. A matrix is no part of a tensor peak,
and neither is what a library needs for Feldkamp's reconstruction.
"""

from __future__ import annotations

import torch

from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.meters.rehearsal import kind
from inrbench.projectors.base import Inversion, Projector


def make(
    geometry: Geometry, grid: Grid, device: torch.device, whole: Geometry | None = None
) -> Projector:
    """The projector of a geometry on meta tensors; `whole` makes no difference."""
    turned = grid.dimension == 3 and kind(device) == "cuda"

    def apply(image: torch.Tensor) -> torch.Tensor:
        image = image.contiguous()
        sinogram = image.new_empty(geometry.sinogram_shape)
        return sinogram.clone() if turned else sinogram

    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        image = sinogram.new_empty(grid.shape)
        turn = sinogram.transpose(0, 1) if turned else sinogram
        turn = turn.contiguous()
        image.flatten()[:1] = turn.flatten()[:1]  # both are there at once
        return image

    return Projector(geometry, grid, device, "shapes", 0, apply, apply_adjoint)


def fdk(geometry: Geometry, grid: Grid, device: torch.device) -> Inversion:
    """Feldkamp's reconstruction of meta tensors."""
    return Inversion(geometry, grid, device, "shapes", lambda y: y.new_empty(grid.shape))
