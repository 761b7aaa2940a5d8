"""Tikhonov regularisation: the energy of the image."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inrbench.objectives.regularised import FlatImages, check_strength


@dataclass(frozen=True)
class TikhonovRegulariser:
    """R(x) = mu/2 ||x||^2,  mu = strength <1, A'W A 1> / <1, 1>.

    The quotient is close to the largest eigenvalue of the data term's A'W A. Components of the
    image whose eigenvalue lies below mu are damped, which takes the place of stopping early.

    Args:
        strength: share of that eigenvalue; usual are 1e-4 to 1e-2.

    Raises:
        ValueError: a strength below 0 or not finite.

    Reference: A. N. Tikhonov, "Solution of incorrectly formulated problems and the regularization
    method", Soviet Math. Dokl. 4, 1963.
    """

    strength: float

    def __post_init__(self) -> None:
        check_strength(self.strength, "the data term's largest eigenvalue", "1e-3")

    def penalty(self, flat: FlatImages) -> Energy:
        """R for a data term."""
        return Energy(self.strength * flat.curvature)


@dataclass(frozen=True)
class Energy:
    """mu/2 ||x||^2."""

    mu: float

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """A differentiable scalar."""
        return 0.5 * self.mu * torch.sum(image * image)

    @torch.no_grad()
    def add_gradient(self, image: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """The value; adds mu x into v."""
        v.add_(image, alpha=self.mu)
        return self.value(image)
