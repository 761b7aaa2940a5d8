from itertools import pairwise

import numpy as np
import pytest

from inrbench.phantoms.power_law import power_law_field


def field(seed=0, **changed):
    parameters = {"exponent": 3.0, "longest": 30.0, "shortest": 2.0, "period": 100.0, **changed}
    return power_law_field(np.random.default_rng(seed), **parameters)


def raster(field, samples):
    """The field at `samples` x `samples` points of a period of 100 mm."""
    axis = np.arange(samples) * 100 / samples
    x, y = np.meshgrid(axis, axis)
    return field(x.ravel(), y.ravel()).reshape(samples, samples)


def test_mean_is_zero_and_mean_square_one():
    values = raster(field(), 200)
    assert abs(values.mean()) < 1e-12
    np.testing.assert_allclose((values**2).mean(), 1)


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_power_falls_with_the_exponent(exponent):
    """Between wavelengths of 33 mm and 5 mm, far from both ends of the law."""
    values = raster(field(exponent=exponent, longest=1e4, shortest=0.8), 500)
    power = np.abs(np.fft.fft2(values)) ** 2
    k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(500, 1 / 500)] * 2))  # cycles per 100 mm
    bands = np.geomspace(3, 20, 8)
    means = [power[(k >= a) & (k < b)].mean() for a, b in pairwise(bands)]
    slope = np.polyfit(np.log(np.sqrt(bands[1:] * bands[:-1])), np.log(means), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.25)


def test_spectrum_is_flat_above_the_longest_wavelength_and_fades_below_the_shortest():
    power = sum(np.abs(np.fft.fft2(raster(field(seed), 200))) ** 2 for seed in range(20))
    k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(200, 100 / 200)] * 2))
    flat = power[(k > 0) & (k < 0.4 / 30)].mean() / power[(k > 0.4 / 30) & (k < 0.8 / 30)].mean()
    assert 0.8 < flat < 2
    assert power[k > 1.5 / 2].sum() < 1e-4 * power.sum()


def test_between_its_knots_it_is_the_band_limited_function_through_them():
    """The spline adds nothing of its own: a Fourier series through the knots says the same."""
    knots = raster(field(), 200)
    padded = np.pad(np.fft.fftshift(np.fft.fft2(knots)), 200)
    series = np.fft.ifft2(np.fft.ifftshift(padded)).real * 9
    assert np.sqrt(np.mean((raster(field(), 600) - series) ** 2)) < 2e-3  # of a field of 1


def test_it_is_periodic_and_decided_by_the_seed():
    one = field()
    x, y = np.random.default_rng(1).uniform(0, 100, (2, 50))
    np.testing.assert_allclose(one(x + 100, y - 200), one(x, y), atol=1e-9)
    np.testing.assert_array_equal(field()(x, y), one(x, y))
    assert np.abs(field(1)(x, y) - one(x, y)).max() > 0.1
