"""WIRE: a network whose activations are complex Gabor wavelets."""

from __future__ import annotations

import itertools

import torch

from inrbench.networks.mlp import check_size

NEGLIGIBLE = 40
"""Of a wavelet's decay: exp(-40) adds nothing, and subnormal numbers are slow on a CPU."""


class WIRE(torch.nn.Module):
    """h_0 = x,  h_l = psi(W_l h_(l-1) + b_l),  psi(z) = exp(i frequency z - |sharpness z|^2),
    f(x) = scale * Re(w h_L + b); W_1 and b_1 are real, all later weights complex.

    Weights and biases, their real and imaginary parts, are uniform within 1/sqrt(inputs), torch's
    default and the authors'. A complex number is two parameters: the authors' width of 300 is
    300 / sqrt(2) complex units, for as many parameters as a real network.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        frequency: omega_0 of the wave, the same in all layers.
        sharpness: s_0, inverse width of the Gaussian around it.
        width: complex units of a hidden layer.
        layers: number of hidden layers L.

    Raises:
        ValueError: width or layers below 1, or a frequency or sharpness not above 0.

    Reference: V. Saragadam et al., "WIRE: wavelet implicit neural representations", CVPR 2023,
    arXiv:2301.05187; the defaults are those of the authors' CT example.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        frequency: float = 10.0,
        sharpness: float = 10.0,
        width: int = 212,
        layers: int = 3,
    ) -> None:
        super().__init__()
        check_size(width, layers)
        if not (frequency > 0 and sharpness > 0):
            raise ValueError(f"frequency={frequency}, sharpness={sharpness}: both must be above 0")
        self.scale, self.frequency, self.sharpness = scale, frequency, sharpness
        self.first = torch.nn.Linear(dimension, width)
        sizes = [width] * layers + [1]
        # Bias last, real and imaginary parts as real numbers: Adam takes them as they are.
        self.complex = torch.nn.ParameterList(
            (2 * torch.rand(b, a + 1, 2) - 1) / a**0.5 for a, b in itertools.pairwise(sizes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        z = self.first(x)
        h = self._wavelet(z, (self.sharpness * z).square())
        *hidden, last = (torch.view_as_complex(layer) for layer in self.complex)
        for layer in hidden:
            z = h @ layer[:, :-1].T + layer[:, -1]
            square = self.sharpness**2 * (z.real.square() + z.imag.square())
            h = self._wavelet(z.real, self.frequency * z.imag + square)
        return self.scale * (h @ last[:, :-1].T + last[:, -1]).real.squeeze(-1)

    def _wavelet(self, phase: torch.Tensor, decay: torch.Tensor) -> torch.Tensor:
        """exp(i frequency phase - decay)."""
        return torch.polar(torch.exp(-decay.clamp(max=NEGLIGIBLE)), self.frequency * phase)
