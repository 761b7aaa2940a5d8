"""A method as a plug-in of inrbench: check it by `inrbench check my_name.py`."""

from dataclasses import dataclass

import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.plugins import register
from inrbench.scan import Scan


# Kind, name in experiments, label in tables; `tiny` are parameters that make a check quick.
@register("method", "my_name", "My name", tiny={"iterations": 10})
@dataclass(frozen=True)
class MyName:
    """x <- x + A'(y - A x) / (max_i sum_j a_ij  max_j sum_i a_ij), from x = 0 (Landweber).

    Args:
        iterations: number of steps, each one product with A and one with A'.

    A parameter `scale`, if there is one, gets the typical attenuation of the data in 1/mm.
    """

    iterations: int = 30

    @torch.no_grad()
    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in 1/mm, shape grid.shape, on the scan's device.

        `generator` is for whatever is drawn at random; here nothing is.
        """
        scan.refuse_weights("my_name")
        projector = projectors.make(scan.geometry, grid, scan.device)
        x = torch.zeros(grid.shape, device=scan.device)
        rows = projector.forward(torch.ones_like(x)).max()
        columns = projector.adjoint(torch.ones_like(scan.sinogram)).max()
        monitor.start(self.iterations, projector)  # set-up is done: from here on time counts
        for k in range(1, self.iterations + 1):
            residual = scan.sinogram - projector.forward(x)
            x = x + projector.adjoint(residual) / (rows * columns)
            # The value of the objective, and how to get the image if the monitor wants to look.
            monitor.step(k, residual.square().sum() / 2, lambda x=x: x)
        return x
