"""SIRT, the simultaneous iterative reconstruction technique, as a plug-in of inrbench."""

from dataclasses import dataclass

import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.plugins import register
from inrbench.scan import Scan


@register("method", "sirt", "SIRT", tiny={"iterations": 10})
@dataclass(frozen=True)
class SIRT:
    """x <- max(0, x + C A' R (y - A x)),  R = 1 / sum_j a_ij,  C = 1 / sum_i a_ij,  from x = 0.

    Reference: J. Gregor and T. Benson, "Computational analysis and improvement of SIRT", IEEE
    Trans. Med. Imag. 27(7), 918-924, 2008.
    """

    iterations: int = 100

    @torch.no_grad()
    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in 1/mm, shape grid.shape; draws nothing from the generator."""
        scan.refuse_weights("sirt")
        projector = projectors.make(scan.geometry, grid, scan.device)
        x = torch.zeros(grid.shape, device=scan.device)
        r = inverse(projector.forward(torch.ones_like(x)))
        c = inverse(projector.adjoint(torch.ones_like(scan.sinogram)))
        monitor.start(self.iterations, projector)
        for k in range(1, self.iterations + 1):
            residual = scan.sinogram - projector.forward(x)
            x = (x + c * projector.adjoint(r * residual)).clamp_(min=0)
            monitor.step(k, 0.5 * torch.sum(r * residual**2), lambda x=x: x)
        return x


def inverse(sums: torch.Tensor) -> torch.Tensor:
    """1 / sums, and 0 where a ray misses the grid or a pixel is never hit."""
    return torch.where(sums > 0, 1 / sums, 0.0)
