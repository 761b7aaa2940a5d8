"""ADMM as a method: a network fitted in pixel space, in turns with CGLS on the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from inrbench import gradients, networks, projectors
from inrbench.grid import Grid
from inrbench.meters.rehearsal import number, turns
from inrbench.methods import Monitor
from inrbench.methods.streams import stream
from inrbench.networks.rasterise import rasterise
from inrbench.objectives.least_squares import LeastSquares
from inrbench.objectives.proximal import Proximal
from inrbench.projectors.base import Projector
from inrbench.scan import Scan
from inrbench.solvers.adam import Adam
from inrbench.solvers.admm import admm


@dataclass(frozen=True)
class ADMM:
    """x = f_theta(X) with theta = argmin 1/2 ||A f_theta(X) - y||^2, by `solvers.admm`.

    The image is the network's. An iteration is one product with A and one with A', as with the
    other methods, so that it is a CGLS step; Adam's steps, which have no such product, come on top
    and show in the seconds, and so does a product with A in each outer iteration for the history's
    `loss`. `primal` and `dual` are the residuals of `solvers.admm`.

    rho is a fraction of ||A 1||^2 / ||1||^2, which one product gives: a Rayleigh quotient of A'A
    at a constant image, close to ||A||^2 because no entry of A is negative. Units of length, the
    number of views and the size of the grid drop out of it.

    Adam keeps its moments from one outer iteration to the next: on a small case x and E came
    closer to each other than with moments that begin anew, whose first steps are large.

    Args:
        scale: factor of the network's output in mm^-1, the data set's typical attenuation.
        network, gradient: each {"name": registered name, **its parameters}.
        rho: how strongly x is held to the network's image, see above.
        learning_rate: Adam's, the same throughout.
        iterations: CGLS steps in all, a multiple of cgls_steps.
        cgls_steps, adam_steps: of each outer iteration.

    Raises:
        ValueError: an unknown name, values that the gradient mode refuses, or one that is not
            above 0 and finite; iterations that are no multiple of cgls_steps.
        Unsupported: a scan with statistical weights, which the x-update does not have.

    Reference: M. Najaf and G. Ongie, "Accelerated optimization of implicit neural representations
    for CT reconstruction", ISBI 2025, arXiv:2504.13390.
    """

    scale: float
    network: dict[str, Any]
    gradient: dict[str, Any]
    rho: float = 0.1
    learning_rate: float = 1e-3
    iterations: int = 1000
    cgls_steps: int = 50
    adam_steps: int = 50

    def __post_init__(self) -> None:
        usual = {"rho": "0.03 to 0.3, a share of ||A||^2", "learning_rate": "1e-4 to 1e-2"}
        for name, range_ in usual.items():
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(
                    f"{name}={getattr(self, name)}: must be above 0 and finite; usual is {range_}"
                )
        for name in ("cgls_steps", "adam_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: needs at least one")
        if self.iterations < 1 or self.iterations % self.cgls_steps:
            raise ValueError(
                f"iterations={self.iterations}: expected a multiple of cgls_steps="
                f"{self.cgls_steps}, so that each outer iteration has as many"
            )
        gradients.make(**self.gradient)

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The network's image in mm^-1, shape grid.shape.

        The generator's seed draws the initial weights, its stream "samples" the samples.
        """
        scan.refuse_weights("admm")
        seed, samples = generator.initial_seed(), stream(generator, "samples")
        network = networks.make(grid=grid, scale=self.scale, seed=seed, **self.network)
        network = network.to(scan.device)
        projector = projectors.make(scan.geometry, grid, scan.device)
        rho = self.rho * squared_norm(projector)
        gradient = gradients.make(**self.gradient)
        optimiser = Adam(network.parameters())

        @torch.enable_grad()
        def fit(target: torch.Tensor) -> torch.Tensor:
            proximal = Proximal(target, 1 / self.scale**2)
            for _ in turns(range(self.adam_steps), 2, target.device):
                optimiser.step(
                    lambda: gradient.backward(network, grid, proximal, samples),
                    self.learning_rate,
                )
            return rasterise(network, grid)

        def after(
            k: int, value: torch.Tensor, image: torch.Tensor, primal: float, dual: float
        ) -> None:
            residuals = {"primal": primal, "dual": dual}
            monitor.step(k * self.cgls_steps, value, lambda: image, residuals)

        start = rasterise(network, grid)
        # One outer iteration is many steps of Adam, in which a network can diverge.
        monitor.start(self.iterations, projector, LeastSquares(scan, projector).value(start))
        outer = self.iterations // self.cgls_steps
        return admm(projector, scan.sinogram, start, fit, rho, outer, self.cgls_steps, after)


def squared_norm(projector: Projector) -> float:
    """||A 1||^2 / ||1||^2 <= ||A||^2, in mm^2."""
    ones = torch.ones(projector.grid.shape, device=projector.device)
    return number(projector.forward(ones).square().sum(), 1.0) / projector.grid.size
