"""The proximal objective: a fit in pixel space, without a projector."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, eq=False)
class Proximal:
    """l(x) = weight/2 ||x - t||^2, dl/dx = weight (x - t).

    Args:
        target: t, shape of the image, in mm^-1.
        weight: 1 / scale^2 measures the distance in the numbers that a network predicts before its
            output is multiplied by scale, so that Adam's epsilon means the same in any unit.
    """

    target: torch.Tensor
    weight: float

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """A differentiable scalar."""
        return 0.5 * self.weight * torch.sum((image - self.target) ** 2)

    @torch.no_grad()
    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The value and weight (x - t), of the shape of the image."""
        residual = image - self.target
        value = 0.5 * self.weight * torch.sum(residual * residual)
        return value, residual.mul_(self.weight)
