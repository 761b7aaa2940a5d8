"""An objective as a plug-in of inrbench: check it by `inrbench check my_name.py`."""

import torch

from inrbench.plugins import register
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


# Kind, name in experiments, label in tables; `tiny` are parameters that make a check quick.
@register("objective", "my_name", "My name", tiny={"knee": 0.1})
class MyName:
    """l(x) = sum_i h(r_i), r = A x - y; Huber's h(r) = r^2 / 2 up to |r| = knee, then a line.

    Args:
        scan: the data y with its geometry.
        projector: A.
        knee: a line integral (no unit); residuals beyond it count as outliers.
    """

    def __init__(self, scan: Scan, projector: Projector, knee: float = 0.1) -> None:
        scan.refuse_weights("my_name")
        self.scan, self.projector, self.knee = scan, projector, knee

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """l(x), a scalar that torch can differentiate."""
        residual = self.projector.forward(image) - self.scan.sinogram
        size = residual.abs()
        inside, outside = residual.square() / 2, self.knee * (size - self.knee / 2)
        return torch.where(size <= self.knee, inside, outside).sum()

    @torch.no_grad()
    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """l(x) and dl/dx = A' clip(r, -knee, knee), of the shape of the image."""
        residual = self.projector.forward(image) - self.scan.sinogram
        return self.value(image), self.projector.adjoint(residual.clamp(-self.knee, self.knee))
