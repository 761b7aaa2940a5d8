"""The ramp filter H, shared by filtered least squares and filtered back-projection.

    H p = crop( F^-1 D F pad(p) ),      D(f) = |f| >= 0

applied along the detector columns of each view. Padding and cropping are transposes of each
other and D is real and not negative, so H is symmetric and positive semi-definite.
"""

from __future__ import annotations

import functools
import math

import torch


def apply(sinogram: torch.Tensor, spacing: float) -> torch.Tensor:
    """H p, differentiable.

    Args:
        sinogram: line integrals, shape (..., columns).
        spacing: distance of two columns in mm.

    Returns:
        The filtered sinogram in mm^-1, same shape, dtype and device.
    """
    columns = sinogram.shape[-1]
    response = _response(columns, spacing, sinogram.dtype, sinogram.device)
    padded = 2 * (len(response) - 1)
    spectrum = torch.fft.rfft(sinogram, n=padded) * response
    return torch.fft.irfft(spectrum, n=padded)[..., :columns]


def root(sinogram: torch.Tensor, spacing: float) -> torch.Tensor:
    """R p = F^-1 D^(1/2) F pad(p), not cropped, so that R'R = H and |R p|^2 = <p, H p>.

    Args:
        sinogram: line integrals, shape (..., columns).
        spacing: distance of two columns in mm.

    Returns:
        Shape (..., padded columns), in mm^(-1/2), same dtype and device.
    """
    response = _response(sinogram.shape[-1], spacing, sinogram.dtype, sinogram.device)
    padded = 2 * (len(response) - 1)
    return torch.fft.irfft(torch.fft.rfft(sinogram, n=padded) * response.sqrt(), n=padded)


@functools.lru_cache(maxsize=8)
def _response(
    columns: int, spacing: float, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """D at the frequencies of `rfft`, from the band-limited kernel in space.

    h_0 = 1 / (4 spacing^2), h_j = -1 / (pi j spacing)^2 for odd j, else 0: its transform keeps the
    right mean where |f| sampled in frequency would set it to zero (Kak and Slaney, Principles of
    Computerized Tomographic Imaging, 1988, equations 61 and 63).
    """
    # Twice the columns at least, so that the circular convolution does not wrap.
    length = 2 ** math.ceil(math.log2(2 * columns))
    index = torch.arange(length, dtype=torch.float64)
    distance = torch.minimum(index, length - index)
    kernel = torch.where(distance % 2 == 1, -1 / (math.pi * distance) ** 2, 0.0)
    kernel[0] = 0.25
    response = torch.fft.rfft(kernel).real / spacing
    return response.clamp(min=0).to(dtype=dtype, device=device)
