"""Total variation as a regulariser, smoothed so that Adam can descend it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inrbench.objectives.regularised import FlatImages, check_strength
from inrbench.objectives.total_variation import add_adjoint, differences, flattening


@dataclass(frozen=True)
class TVRegulariser:
    """R(x) = lambda sum_i ( sqrt(|(D x)_i|^2 + eps^2) - eps ),  eps = smoothing * scale,
    D the forward differences of `total_variation`.

    Differences well above eps count as in TV, those below by their squares. A flat image has
    R = 0.

    Args:
        strength: lambda as a share of the lambda from which on the image is flat for certain
            (`total_variation.flattening`), as of the method `tv`; usual are 1e-5 to 1e-3.
        smoothing: eps as a share of the scale, the typical attenuation of the main material.

    Raises:
        ValueError: a strength below 0 or not finite, or a smoothing not above 0.

    References: L. I. Rudin, S. Osher and E. Fatemi, "Nonlinear total variation based noise removal
    algorithms", Physica D 60, 1992; smoothed as by C. R. Vogel and M. E. Oman, SIAM J. Sci.
    Comput. 17, 1996.
    """

    strength: float
    smoothing: float = 1e-3

    def __post_init__(self) -> None:
        check_strength(self.strength, "the lambda that makes the image flat", "1e-4")
        if not self.smoothing > 0:
            raise ValueError(f"smoothing={self.smoothing}: must be above 0; usual is 1e-3")

    def penalty(self, flat: FlatImages) -> SmoothedTV:
        """R for a data term; lambda is in the unit of its gradient."""
        lambda_ = self.strength * flattening(flat.gradient)
        return SmoothedTV(lambda_, self.smoothing * flat.scale)


@dataclass(frozen=True)
class SmoothedTV:
    """R of `TVRegulariser`, by its lambda and its eps in mm^-1."""

    lambda_: float
    eps: float

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """R(x), a differentiable scalar."""
        squares = sum(
            image.diff(dim=axis, append=image.narrow(axis, -1, 1)).square()
            for axis in range(image.dim())
        )
        return self._sum(squares, (squares + self.eps**2).sqrt())

    @torch.no_grad()
    def add_gradient(self, image: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """R(x); adds lambda D'(D x / sqrt(|D x|^2 + eps^2)) into v."""
        q = differences(image, image.new_empty(image.dim(), *image.shape))
        squares = q.square().sum(0)
        lengths = (squares + self.eps**2).sqrt_()
        value = self._sum(squares, lengths)
        add_adjoint(q.div_(lengths), self.lambda_, v)
        return value

    def _sum(self, squares: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        # lengths - eps, without the difference of two numbers that are nearly alike.
        return self.lambda_ * torch.sum(squares / (lengths + self.eps))
