"""A network with Gaussian activations, as a plug-in of inrbench."""

import itertools

import torch

from inrbench.plugins import register


@register("network", "gauss", "Gaussian", tiny={"width": 16, "layers": 2})
class Gauss(torch.nn.Module):
    """h_0 = x,  h_l = exp(-|sharpness (W_l h_(l-1) + b_l)|^2),  f(x) = scale * (w h_L + b).

    Reference: S. Ramasinghe and S. Lucey, "Beyond periodicity: towards a unifying framework for
    activations in coordinate-MLPs", ECCV 2022.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        sharpness: float = 10.0,
        width: int = 128,
        layers: int = 3,
    ) -> None:
        super().__init__()
        self.scale, self.sharpness = scale, sharpness
        sizes = [dimension, *[width] * layers]
        self.hidden = torch.nn.ModuleList(
            torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes)
        )
        self.last = torch.nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        for layer in self.hidden:
            decay = (self.sharpness * layer(x)).square()
            # Beyond 40 a Gaussian is negligible, and subnormal numbers are slow on a CPU.
            x = torch.exp(-decay.clamp(max=40))
        return self.scale * self.last(x).squeeze(-1)
