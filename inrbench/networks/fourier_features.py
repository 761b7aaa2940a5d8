"""Random Fourier features followed by a ReLU network."""

from __future__ import annotations

import math

import torch

from inrbench.networks.mlp import mlp


class FourierFeatures(torch.nn.Module):
    """f(x) = scale * MLP( cos(2 pi B x), sin(2 pi B x) ),  B_ij ~ N(0, bandwidth^2), fixed.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        features: rows of B; the MLP gets twice as many inputs.
        bandwidth: standard deviation of B, in cycles per unit of the coordinates: the larger, the
            finer the detail (and the noise) that is fitted early.
        width: units of a hidden layer.
        layers: number of hidden layers.

    Raises:
        ValueError: features, width or layers below 1, or a bandwidth not above 0.

    Reference: M. Tancik et al., "Fourier features let networks learn high frequency functions in
    low dimensional domains", NeurIPS 2020, arXiv:2006.10739.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        features: int = 128,
        bandwidth: float = 10.0,
        width: int = 256,
        layers: int = 5,
    ) -> None:
        super().__init__()
        if features < 1 or not bandwidth > 0:
            raise ValueError(
                f"features={features}, bandwidth={bandwidth}: needs at least one feature and a "
                "bandwidth above 0"
            )
        self.scale = scale
        self.register_buffer(
            "frequencies", 2 * math.pi * bandwidth * torch.randn(features, dimension)
        )
        self.mlp = mlp(2 * features, width, layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        phase = x @ self.frequencies.T
        encoded = torch.cat([torch.cos(phase), torch.sin(phase)], dim=-1)
        return self.scale * self.mlp(encoded).squeeze(-1)
