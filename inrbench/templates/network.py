"""A network as a plug-in of inrbench: check it by `inrbench check my_name.py`."""

import torch

from inrbench.networks.mlp import mlp
from inrbench.plugins import register


# Kind, name in experiments, label in tables; `tiny` are parameters that make a check quick.
@register("network", "my_name", "My name", tiny={"centres": 64, "radius": 0.3, "width": 16})
class MyName(torch.nn.Module):
    """f(x) = scale * MLP( exp(-|x - c_j|^2 / (2 radius^2)) ), centres c_j uniform in [-1, 1]^d.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output in 1/mm: the network itself predicts numbers near 1.
        centres, radius, width, layers: yours; experiments set any of them.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        centres: int = 256,
        radius: float = 0.1,
        width: int = 64,
        layers: int = 2,
    ) -> None:
        super().__init__()
        self.scale, self.radius = scale, radius
        # torch's functions are seeded by the cell while a network is made: set no seed here.
        self.centres = torch.nn.Parameter(2 * torch.rand(centres, dimension) - 1)
        self.mlp = mlp(centres, width, layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,), each point by itself."""
        squared = (x[:, None, :] - self.centres).square().sum(-1)
        return self.scale * self.mlp(torch.exp(-squared / (2 * self.radius**2))).squeeze(-1)
