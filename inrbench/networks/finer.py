"""FINER: a sinusoidal network whose frequency grows with the phase itself."""

from __future__ import annotations

import torch

from inrbench.networks.siren import SIREN


class FINER(SIREN):
    """h_0 = x,  z = W_l h_(l-1) + b_l,  h_l = sin( frequency (|z| + 1) z ),
    f(x) = scale * (w h_L + b).

    Weights are those of SIREN. The first layer's biases are uniform within `bias`: the wider, the
    more of its units begin at a high frequency. The gradient goes through |z| too, where the
    authors' code takes that factor for a constant.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        frequency: omega_0, the same in all layers.
        bias: k, of the first layer; 0.7 is torch's range in two dimensions, the authors' default.
        width: units of a hidden layer.
        layers: number of hidden layers L.

    Raises:
        ValueError: width or layers below 1, or a frequency or bias not above 0.

    Reference: Z. Liu et al., "FINER: flexible spectral-bias tuning in implicit neural
    representation by variable-periodic activation functions", CVPR 2024, arXiv:2312.02434.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        frequency: float = 30.0,
        bias: float = 0.7,
        width: int = 256,
        layers: int = 4,
    ) -> None:
        super().__init__(dimension, scale, frequency, width, layers)
        if not bias > 0:
            raise ValueError(f"bias={bias}: must be above 0")
        with torch.no_grad():
            self.hidden[0].bias.uniform_(-bias, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        for layer in self.hidden:
            z = layer(x)
            x = torch.sin(self.frequency * torch.addcmul(z, z, z.abs()))
        return self.scale * self.last(x).squeeze(-1)
