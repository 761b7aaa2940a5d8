"""The projector interface: y = A x and x = A' y on torch tensors, differentiable both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from inrbench.geometry import Geometry
from inrbench.grid import Grid

Map = Callable[[torch.Tensor], torch.Tensor]


class _Linear(torch.autograd.Function):
    """z -> L z, whose vector-Jacobian product is g -> L' g; itself differentiable."""

    @staticmethod
    def forward(ctx, z: torch.Tensor, apply: Map, adjoint: Map) -> torch.Tensor:
        ctx.maps = adjoint, apply
        return apply(z)

    @staticmethod
    def backward(ctx, g: torch.Tensor):
        return _Linear.apply(g, *ctx.maps), None, None


@dataclass(frozen=True, eq=False)
class Projector:
    """A and A' of one geometry on one grid: <A x, y> = <x, A' y>.

    Images are float32 tensors of shape grid.shape in mm^-1; sinograms, of shape
    geometry.sinogram_shape, hold line integrals without unit. Both lie on `device`.

    Args:
        backend: what computes it, as a record states it ("astra matrix", "astra CUDA", ...).
        bytes: memory that it keeps between calls (a cached matrix), outside the tensor peak.
        apply: image -> sinogram, on detached contiguous tensors.
        apply_adjoint: sinogram -> image, likewise.
        matrix: A itself, sparse (rays, pixels), where the back end keeps it.
        in_torch: whether its products are operations of torch, which the meters see.
    """

    geometry: Geometry
    grid: Grid
    device: torch.device
    backend: str
    bytes: int
    apply: Map
    apply_adjoint: Map
    matrix: torch.Tensor | None = None
    in_torch: bool = False

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """A x: line integrals of the image. Raises `ValueError` on a wrong shape or dtype."""
        check_array("image", image, self.grid.shape)
        return _Linear.apply(image, self.apply, self.apply_adjoint)

    def adjoint(self, sinogram: torch.Tensor) -> torch.Tensor:
        """A' y: the unfiltered back-projection. Raises `ValueError` as `forward` does."""
        check_array("sinogram", sinogram, self.geometry.sinogram_shape)
        return _Linear.apply(sinogram, self.apply_adjoint, self.apply)


@dataclass(frozen=True, eq=False)
class Inversion:
    """A direct reconstruction by a library, sinogram -> image.

    Args:
        geometry, grid, device: what it is made for.
        backend: what computes it, as a record states it ("RTK", ...).
        apply: sinogram -> image in mm^-1, on detached contiguous tensors.
    """

    geometry: Geometry
    grid: Grid
    device: torch.device
    backend: str
    apply: Map
    bytes: int = 0

    def __call__(self, sinogram: torch.Tensor) -> torch.Tensor:
        """The image, shape grid.shape. Raises `ValueError` on a wrong shape or dtype."""
        check_array("sinogram", sinogram, self.geometry.sinogram_shape)
        return self.apply(sinogram.detach().contiguous())


def check_array(name: str, values: torch.Tensor, shape: tuple[int, ...]) -> None:
    """`ValueError` unless it has this shape and float32 values."""
    if tuple(values.shape) != tuple(shape):
        raise ValueError(
            f"{name} of shape {tuple(values.shape)}: this projector takes {tuple(shape)}"
        )
    if values.dtype != torch.float32:
        raise ValueError(f"{name} of {values.dtype}: projectors take torch.float32; use .float()")
