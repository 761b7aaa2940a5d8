"""Quadratic objectives l(x) = 1/2 <A x - y, W (A x - y)> with W symmetric and positive."""

from __future__ import annotations

from typing import Protocol

import torch

from inrbench.projectors.base import Projector
from inrbench.scan import Scan


class Objective(Protocol):
    """What a gradient mode needs of an objective."""

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """l(x), a differentiable scalar."""

    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """l(x) and dl/dx of the shape of the image, in closed form, without a graph."""


class Quadratic:
    """l(x) = 1/2 <r, W r>, dl/dx = A' W r, r = A x - y; subclasses say what W is.

    Args:
        scan: the data y with its geometry.
        projector: A, made for the same geometry.

    Raises:
        ValueError: scan and projector whose sinograms differ in shape.
    """

    def __init__(self, scan: Scan, projector: Projector) -> None:
        if scan.geometry.sinogram_shape != projector.geometry.sinogram_shape:
            raise ValueError(
                f"scan of shape {scan.geometry.sinogram_shape}, projector of "
                f"{projector.geometry.sinogram_shape}: make the projector from the scan's geometry"
            )
        self.scan = scan
        self.projector = projector

    def weigh(self, residual: torch.Tensor) -> torch.Tensor:
        """W r, shape (views, columns)."""
        raise AssertionError(f"{type(self).__name__} does not say what its W is")

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """1/2 <A x - y, W (A x - y)>, a differentiable scalar."""
        residual = self.projector.forward(image) - self.scan.sinogram
        return 0.5 * torch.sum(residual * self.weigh(residual))

    @torch.no_grad()
    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The value and A' W (A x - y), of the shape of the image."""
        residual = self.projector.forward(image) - self.scan.sinogram
        weighed = self.weigh(residual)
        return 0.5 * torch.sum(residual * weighed), self.projector.adjoint(weighed)
