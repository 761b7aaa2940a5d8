"""Sinusoidal representation network (SIREN)."""

from __future__ import annotations

import itertools
import math

import torch

from inrbench.networks.mlp import check_size


class SIREN(torch.nn.Module):
    """h_0 = x,  h_l = sin( frequency (W_l h_(l-1) + b_l) ),  f(x) = scale * (w h_L + b).

    Weights are uniform: within 1/d in the first layer, within sqrt(6 / width) / frequency in all
    others, which keeps the distribution of the activations the same in every layer.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        frequency: omega_0, the same in all layers.
        width: units of a hidden layer.
        layers: number of hidden layers L.

    Raises:
        ValueError: width or layers below 1, or a frequency not above 0.

    Reference: V. Sitzmann et al., "Implicit neural representations with periodic activation
    functions", NeurIPS 2020, arXiv:2006.09661, section 3.2.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        frequency: float = 30.0,
        width: int = 256,
        layers: int = 5,
    ) -> None:
        super().__init__()
        check_size(width, layers)
        if not frequency > 0:
            raise ValueError(f"frequency={frequency}: must be above 0")
        self.scale = scale
        self.frequency = frequency
        sizes = [dimension] + [width] * layers
        self.hidden = torch.nn.ModuleList(
            torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)
        )
        self.last = torch.nn.Linear(width, 1)
        with torch.no_grad():
            for layer in [*self.hidden, self.last]:
                bound = math.sqrt(6 / layer.in_features) / frequency
                layer.weight.uniform_(-bound, bound)
            self.hidden[0].weight.uniform_(-1 / dimension, 1 / dimension)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        omega = self.frequency
        for layer in self.hidden:
            # omega (W h + b) as (omega W) h + omega b: scaling the weights costs no pass over h.
            x = torch.sin(torch.nn.functional.linear(x, omega * layer.weight, omega * layer.bias))
        return self.scale * self.last(x).squeeze(-1)
