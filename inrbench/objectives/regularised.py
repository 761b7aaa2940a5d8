"""An objective of the data with regularisers R_k of the image: l(x) + sum_k R_k(x)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from inrbench import registry
from inrbench.grid import Grid
from inrbench.meters.rehearsal import number
from inrbench.objectives.quadratic import Objective


class Penalty(Protocol):
    """R(x), with its weight against a data term."""

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """R(x), a differentiable scalar."""

    def add_gradient(self, image: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """R(x); adds dR/dx into v, of the shape of the image."""


@dataclass(frozen=True, eq=False)
class FlatImages:
    """How a data term l pulls at flat images: what the strength of a regulariser is a share of.

    From the gradients of l at 0 and at a flat image of the scale; for a quadratic l,
    h = A'W A 1 and c = argmin l(c 1).

    Args:
        gradient: dl/dx at the best flat image c 1, which has no mean.
        curvature: <1, h> / <1, 1>, a Rayleigh quotient of A'W A and close to its largest
            eigenvalue where no entry is negative.
        scale: typical attenuation of the data set's main material, in mm^-1.
    """

    gradient: torch.Tensor
    curvature: float
    scale: float

    @classmethod
    @torch.no_grad()
    def of(
        cls, terms: Sequence[Objective], grid: Grid, scale: float, device: torch.device
    ) -> FlatImages:
        """Of the mean of these terms; costs two products with A and two with A'."""
        at_zero, at_scale = (
            sum(term.value_and_gradient(flat)[1] for term in terms) / len(terms)
            for flat in (torch.full(grid.shape, value, device=device) for value in (0.0, scale))
        )
        h = (at_scale - at_zero) / scale
        steepness = number(h.sum(), 1.0)
        c = -number(at_zero.sum(), 1.0) / steepness if steepness else 0.0
        return cls(at_zero + c * h, steepness / grid.size, scale)


class Regulariser(Protocol):
    """What an experiment names under `plus`: its parameters, not yet weighed against any data."""

    def penalty(self, flat: FlatImages) -> Penalty:
        """R with the weight that its strength means for this data term."""


def check_strength(strength: float, meaning: str, usual: str) -> None:
    """Raise `ValueError` unless a strength is a share: 0 or above, and finite."""
    if not 0 <= strength < math.inf:
        raise ValueError(
            f"strength={strength}: expected a finite share of {meaning}, 0 or above, such as "
            f"{usual}"
        )


def make(name: str, **parameters: Any) -> Regulariser:
    """A registered regulariser, "tv" or "tikhonov".

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one, or impossible values.
    """
    return registry.make("regulariser", name, **parameters)


@dataclass(frozen=True, eq=False)
class Regularised:
    """l(x) + sum_k R_k(x); the gradients of the R_k join that of l, without another product.

    Args:
        data: l.
        penalties: R_k.
    """

    data: Objective
    penalties: Sequence[Penalty]

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """The sum, a differentiable scalar."""
        return sum((one.value(image) for one in self.penalties), self.data.value(image))

    @torch.no_grad()
    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The sum and its gradient, of the shape of the image."""
        value, v = self.data.value_and_gradient(image)
        for one in self.penalties:
            value = value + one.add_gradient(image, v)
        return value, v


def regularised(
    terms: Sequence[Objective],
    plus: Sequence[dict[str, Any]],
    grid: Grid,
    scale: float,
    device: torch.device,
) -> Sequence[Objective]:
    """Each of the terms with all of these regularisers; the terms alone without any.

    Ordered subsets share the regularisers: each part estimates the whole objective, so each has
    them whole.

    Args:
        terms: the data term, or its parts.
        plus: {"name": registered name, **its parameters} of each regulariser.
        grid: of the image.
        scale: typical attenuation of the data set's main material, in mm^-1.
        device: of the image.
    """
    if not plus:
        return terms
    flat = FlatImages.of(terms, grid, scale, device)
    penalties = [make(**one).penalty(flat) for one in plus]
    return [Regularised(term, penalties) for term in terms]
