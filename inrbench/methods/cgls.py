"""CGLS as a method: least squares in the image itself, stopped early."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls


@dataclass(frozen=True)
class CGLS:
    """The last of `iterations` iterates; the monitor keeps the best one beside it.

    Where rounding ends the steps before (see the solver), the rest of the iterates are the last
    one. The monitor then sees it once more, as the iterate of that number.

    Args:
        iterations: number of steps, each one product with A and one with A'.

    Raises:
        ValueError: iterations below 1.
        Unsupported: a scan with statistical weights, which this objective does not have.
    """

    iterations: int = 30

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise ValueError(f"iterations={self.iterations}: needs at least one")

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in mm^-1, shape grid.shape; draws nothing from the generator."""
        scan.refuse_weights("cgls")
        projector = projectors.make(scan.geometry, grid, scan.device)
        steps, loss = 0, None

        def after(k: int, value: torch.Tensor, image: torch.Tensor) -> None:
            nonlocal steps, loss
            steps, loss = k, value
            monitor.step(k, value, lambda: image)

        monitor.start(self.iterations, projector)
        image = cgls(projector, scan.sinogram, self.iterations, after)
        if steps < self.iterations:
            monitor.step(self.iterations, loss, lambda: image)
        return image
