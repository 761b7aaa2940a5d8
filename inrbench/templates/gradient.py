"""A gradient mode as a plug-in of inrbench: check it by `inrbench check my_name.py`."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from inrbench.grid import Grid
from inrbench.networks.rasterise import rasterise
from inrbench.objectives import Objective
from inrbench.plugins import register


# Kind, name in experiments, label in tables; `tiny` are parameters that make a check quick.
@register("gradient", "my_name", "My name", tiny={"rate": 0.5})
@dataclass(frozen=True)
class MyName:
    """g = sum_i b_i / rate * v_i grad f(x_i),  v = dl/dx,  b_i = 1 with the probability rate.

    Args:
        rate: expected share of the grid points that are back-propagated, in (0, 1].
    """

    # The largest |E[g] - G| / |G|, G the exact gradient, to which a check holds the mode: 0 for an
    # unbiased one, 0.05 for one that may be off by 5 % of |G|.
    approximate: ClassVar[float] = 0.0
    rate: float = 0.1

    def backward(
        self,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Add the estimate into the parameters' `.grad`; return the value, detached."""
        value, v = objective.value_and_gradient(rasterise(network, grid))
        # Every random number comes from the cell's generator.
        drawn = torch.rand(grid.size, generator=generator, device=v.device) < self.rate
        chosen = drawn.nonzero().squeeze(1)
        if len(chosen):
            weighted = v.flatten()[chosen] / self.rate
            torch.dot(network(grid.points(chosen)), weighted).backward()
        return value
