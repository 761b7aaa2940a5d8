"""Gradient modes: ways to carry the image gradient v = dl/dx to the weights, J(theta)' v."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from inrbench import registry
from inrbench.grid import Grid
from inrbench.objectives import Objective


class GradientMode(Protocol):
    """What the Adam loop needs of a gradient mode.

    A class whose estimates g are biased says so by `approximate: ClassVar[float]`, the largest
    |E[g] - G| / |G|; without it a mode is unbiased.
    """

    def backward(
        self,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Add the gradient of l(A f_theta(X)) into the parameters' `.grad`; return the value."""


def make(name: str, **parameters: Any) -> GradientMode:
    """A registered gradient mode, "autograd" or "jvp".

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
    """
    return registry.make("gradient", name, **parameters)
