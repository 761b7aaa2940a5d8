"""WIRE, a wavelet implicit neural representation, as a plug-in of inrbench."""

import itertools

import torch

from inrbench.plugins import register


@register("network", "wire", "WIRE", tiny={"width": 16, "layers": 2})
class WIRE(torch.nn.Module):
    """h_0 = x,  h_l = psi(W_l h_(l-1) + b_l),  psi(z) = exp(i frequency z - |sharpness z|^2),
    f(x) = scale * Re(w h_L + b), all but x complex.

    Reference: V. Saragadam et al., "WIRE: wavelet implicit neural representations", CVPR 2023.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        frequency: float = 10.0,
        sharpness: float = 10.0,
        width: int = 64,
        layers: int = 3,
    ) -> None:
        super().__init__()
        self.scale, self.frequency, self.sharpness = scale, frequency, sharpness
        sizes = [dimension, *[width] * layers, 1]
        # Real and imaginary parts, bias last; real numbers, so that Adam takes them as they are.
        self.layers = torch.nn.ParameterList(
            (2 * torch.rand(b, a + 1, 2) - 1) / a**0.5 for a, b in itertools.pairwise(sizes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        *hidden, last = (torch.view_as_complex(layer) for layer in self.layers)
        h = torch.complex(x, torch.zeros_like(x))
        for layer in hidden:
            z = h @ layer[:, :-1].T + layer[:, -1]
            decay = self.frequency * z.imag + self.sharpness**2 * (z.real**2 + z.imag**2)
            # Beyond 40 the wavelet is negligible, and subnormal numbers are slow on a CPU.
            h = torch.polar(torch.exp(-decay.clamp(max=40)), self.frequency * z.real)
        return self.scale * (h @ last[:, :-1].T + last[:, -1]).real.squeeze(-1)
