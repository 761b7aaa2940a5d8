"""Outputs that cannot be negative, for any network."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

SHARPNESS = 20.0
CEILING = 4.0


class Output(torch.nn.Module):
    """f(x) = scale * a(g(x)),  g a network of scale 1,
    a(t) = log(1 + exp(20 t)) / 20 ("softplus") or 4 / (1 + 3 exp(-t)) ("sigmoid").

    The softplus differs from max(t, 0) by 4 % of the scale at most, and is as steep as that of
    DiffVox. The sigmoid bounds the image by four times the scale, the typical attenuation of the
    data set's main material (bone in water lies below), which is where it begins.

    Args:
        network: g, (n, d) -> (n,).
        scale: factor of the output, in mm^-1.
        activation: "softplus" or "sigmoid".

    Reference: M. Momeni et al., "Differentiable voxel-based X-ray rendering improves sparse-view
    3D CBCT reconstruction", 2024, arXiv:2411.19224.
    """

    def __init__(self, network: torch.nn.Module, scale: float, activation: str) -> None:
        super().__init__()
        self.network, self.scale, self.activation = network, scale, activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,), none below 0."""
        t = self.network(x)
        if self.activation == "sigmoid":
            return self.scale * CEILING * torch.sigmoid(t - math.log(CEILING - 1))
        return self.scale * functional.softplus(t, beta=SHARPNESS)
