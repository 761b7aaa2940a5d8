"""Random fields with a power-law spectrum: functions of position, not of any raster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter


@dataclass(frozen=True, eq=False)
class PowerLawField:
    """g(x, y) = sum_ij c_ij B(y/h - i) B(x/h - j), B the cubic B-spline, periodic with N h.

    Every grid that samples it samples the same function, twice continuously differentiable.

    Args:
        coefficients: c, shape (N, N).
        step: h in mm.
    """

    coefficients: np.ndarray
    step: float

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """g at the points (x, y) in mm, two arrays of one shape (m,); float64 of that shape."""
        return map_coordinates(
            self.coefficients, [y / self.step, x / self.step], mode="grid-wrap", prefilter=False
        )


def power_law_field(
    rng: np.random.Generator, exponent: float, longest: float, shortest: float, period: float
) -> PowerLawField:
    """White noise given the power (1/longest^2 + k^2)^(-exponent/2) exp(-2 (k shortest)^2).

    k is the frequency in cycles per mm. Over a period the mean is 0 and the mean square 1.

    Args:
        rng: draws the noise.
        exponent: of the power law, about 3 in images of the breast (A. E. Burgess,
            F. L. Jacobson, P. F. Judy, "Human observer detection experiments with mammograms and
            power-law noise", Med. Phys. 28(4), 419-437, 2001).
        longest, shortest: wavelengths in mm between which it holds: the spectrum is flat above
            the one, and fades out below the other.
        period: of the field along x and along y in mm.
    """
    # Four knots a shortest wavelength, where the power is already damped by exp(-2).
    knots = int(np.ceil(4 * period / shortest))
    step = period / knots
    k2 = np.fft.fftfreq(knots, step)[:, None] ** 2 + np.fft.rfftfreq(knots, step) ** 2
    amplitude = (longest**-2 + k2) ** (-exponent / 4) * np.exp(-k2 * shortest**2)
    amplitude[0, 0] = 0
    noise = np.fft.rfft2(rng.standard_normal((knots, knots)))
    values = np.fft.irfft2(amplitude * noise, (knots, knots))
    return PowerLawField(spline_filter(values / values.std(), mode="grid-wrap"), step)
