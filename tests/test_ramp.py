"""The ramp filter: symmetric, positive, and |f| where that can be said."""

import math

import pytest
import torch

from inrbench import ramp


def as_matrix(columns, spacing=1.0):
    return ramp.apply(torch.eye(columns, dtype=torch.float64), spacing)


@pytest.mark.parametrize("columns", [1, 2, 7, 64, 101])
def test_symmetric_and_positive(columns):
    """H = H' and <p, H p> > 0: what makes FLS an objective with a minimum."""
    h = as_matrix(columns)
    torch.testing.assert_close(h, h.T)
    assert float(torch.linalg.eigvalsh(h).min()) > 0


@pytest.mark.parametrize("columns", [1, 2, 7, 64, 101])
def test_root_squares_to_the_filter(columns):
    """R'R = H to rounding, cropping and padding included; p is transformed row by row."""
    rows = ramp.root(torch.eye(columns, dtype=torch.float64), 0.7)
    torch.testing.assert_close(rows @ rows.T, as_matrix(columns, 0.7), rtol=0, atol=1e-14)


def test_kernel_is_the_band_limited_ramp():
    """Kak and Slaney, equation 61, times the spacing of the convolution's sum."""
    spacing = 0.5
    h = as_matrix(16, spacing)
    for j in range(16):
        expected = 1 / (4 * spacing) if j == 0 else 0.0
        if j % 2 == 1:
            expected = -1 / (math.pi**2 * j**2 * spacing)
        # The padding truncates the kernel, which the discrete transform spreads evenly.
        assert float(h[0, j]) == pytest.approx(expected, abs=1e-12)


def test_a_wave_is_multiplied_by_its_frequency():
    """Far from the ends, H cos(2 pi f u) = |f| cos(2 pi f u), f in cycles per mm."""
    spacing, count = 0.5, 4096
    u = (torch.arange(count, dtype=torch.float64) - count / 2) * spacing
    for f in (0.05, 0.2, 0.7):
        wave = torch.cos(2 * math.pi * f * u)
        middle = slice(count // 2 - 20, count // 2 + 20)
        filtered = ramp.apply(wave, spacing)[middle]
        torch.testing.assert_close(filtered, f * wave[middle], rtol=0, atol=1e-3)


def test_any_leading_shape_and_device_dtype():
    p = torch.rand(3, 4, 10)
    torch.testing.assert_close(ramp.apply(p, 1.0)[2, 1], ramp.apply(p[2, 1], 1.0))
    assert ramp.apply(p, 1.0).dtype == torch.float32
