"""TV as a method: least squares in the image with total variation, which may not be negative."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.meters.rehearsal import number
from inrbench.methods import Monitor
from inrbench.objectives.total_variation import flattening_lambda
from inrbench.scan import Scan
from inrbench.solvers.chambolle_pock import balance, chambolle_pock


@dataclass(frozen=True)
class TV:
    """argmin_{x >= 0} 1/2 ||A x - y||^2 + lambda TV(x), the last iterate of Chambolle and Pock.

    The history has the relative duality gap of each iteration, `gap`.

    Args:
        strength: lambda as a share of `flattening_lambda`, from which on the image is flat for
            certain; useful values are a thousandth of it and below. The share, unlike lambda,
            means much the same in any scan.
        iterations: number of steps, each one product with A and one with A'.

    Raises:
        ValueError: a strength below 0 or not finite, or iterations below 1.
        Unsupported: a scan with statistical weights, which this objective does not have.
    """

    strength: float
    iterations: int = 500

    def __post_init__(self) -> None:
        if not 0 <= self.strength < math.inf:
            raise ValueError(
                f"strength={self.strength}: expected a finite share of the lambda that makes the "
                "image flat, 0 or above, such as 1e-4"
            )
        if self.iterations < 1:
            raise ValueError(f"iterations={self.iterations}: needs at least one")

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in mm^-1, shape grid.shape; the generator draws no more than the starts of
        `balance`."""
        scan.refuse_weights("tv")
        projector = projectors.make(scan.geometry, grid, scan.device)
        lambda_ = self.strength * flattening_lambda(projector, scan.sinogram)
        balanced = balance(projector, generator)
        monitor.start(self.iterations, projector)
        return chambolle_pock(
            projector,
            scan.sinogram,
            lambda_,
            self.iterations,
            balanced,
            callback=lambda k, value, gap, image: monitor.step(
                k, value, lambda: image, residuals={"gap": number(gap, 1.0)}
            ),
        )
