"""The reference gradient: one graph through network and projector."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inrbench.grid import Grid
from inrbench.objectives import Objective


@dataclass(frozen=True)
class Autograd:
    """grad l(A f_theta(X)) by automatic differentiation of the whole expression.

    Every activation of every grid point is kept until the backward pass, so memory grows with
    grid size times the number and width of the layers.
    """

    def backward(
        self,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Add the gradient into the parameters' `.grad`; return the value, detached."""
        device = next(network.parameters()).device
        image = network(grid.coordinates(device=device)).reshape(grid.shape)
        value = objective.value(image)
        value.backward()
        return value.detach()
