"""Image quality: known values of MSE, PSNR and SSIM, and the residual on held-out views."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from inrbench import metrics, projectors
from inrbench.grid import Grid
from inrbench.scan import Scan
from inrbench.testing.problem import fan_beam

REFERENCE = np.random.default_rng(0).random((32, 32)).astype(np.float32)


def test_a_constant_error_has_its_square_as_mse():
    assert metrics.mse(REFERENCE + 0.25, REFERENCE) == pytest.approx(0.0625)


def test_psnr_of_a_tenth_of_the_range_is_20_decibels():
    assert metrics.psnr(REFERENCE + 0.2, REFERENCE, data_range=2.0) == pytest.approx(20, abs=1e-4)
    assert metrics.psnr(REFERENCE, REFERENCE, 1.0) == math.inf


def test_small_errors_do_not_drown_in_rounding():
    """FORBILD's low contrasts are 5e-5 mm^-1: their square must be told from zero."""
    image = np.full((64, 64), 0.021, np.float32)
    assert metrics.mse(image + np.float32(5e-5), image) == pytest.approx(2.5e-9, rel=1e-3)


def test_ssim_is_one_for_equal_images_and_uses_the_range_it_is_given():
    assert metrics.ssim(REFERENCE, REFERENCE, 1.0) == pytest.approx(1)
    noisy = REFERENCE + 0.1 * np.random.default_rng(1).standard_normal((32, 32)).astype(np.float32)
    assert metrics.ssim(noisy, REFERENCE, 1.0) < metrics.ssim(noisy, REFERENCE, 10.0) < 1


@pytest.mark.parametrize("slab", [metrics.SLAB, 400])
@pytest.mark.parametrize("shape", [(11, 11), (40, 33), (12, 13, 14), (25, 11, 16)])
def test_ssim_is_that_of_scikit_image(shape, slab, monkeypatch):
    """In 3D with the three-dimensional window, and whatever the slabs are cut to."""
    monkeypatch.setattr(metrics, "SLAB", slab)
    random = np.random.default_rng(2)
    truth = random.random(shape)
    image = truth + 0.1 * random.standard_normal(shape)
    theirs = structural_similarity(
        truth, image, data_range=0.7, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert metrics.ssim(image, truth, 0.7) == pytest.approx(theirs, rel=1e-12)


def test_mse_does_not_depend_on_the_slabs(monkeypatch):
    volumes = np.random.default_rng(3).random((2, 7, 8, 9)).astype(np.float32)
    whole = metrics.mse(*volumes)
    monkeypatch.setattr(metrics, "SLAB", 150)
    assert metrics.mse(*volumes) == pytest.approx(whole, rel=1e-12)


def test_a_volume_is_measured_in_less_than_its_own_bytes(monkeypatch):
    monkeypatch.setattr(metrics, "SLAB", 2**10)
    volumes = np.random.default_rng(4).random((2, 600, 32, 32)).astype(np.float32)
    tracemalloc.start()
    metrics.mse(*volumes)
    metrics.ssim(*volumes, 1.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < volumes[0].nbytes


def test_an_image_smaller_than_the_window_of_ssim_gets_a_sentence():
    with pytest.raises(ValueError, match=r"\(10, 32\): SSIM needs 11 pixels"):
        metrics.ssim(REFERENCE[:10], REFERENCE[:10], 1.0)


def test_range_is_that_of_the_reference():
    image, truth = torch.zeros(16, 16), torch.linspace(-1, 3, 256).reshape(16, 16)
    found = metrics.image_metrics(image, truth)
    assert found["psnr"] == pytest.approx(10 * math.log10(16 / found["mse"]))


def test_held_out_residual_is_relative_and_zero_for_explained_views():
    grid, geometry = Grid((8, 8), 8.0), fan_beam(views=5)
    image = torch.rand(8, 8)
    y = projectors.make(geometry, grid).forward(image)
    for x, scan, residual in (
        (image, Scan(y, geometry), 0),
        (0 * image, Scan(y, geometry), 1),
        (image, Scan(2 * y, geometry), 0.5),
    ):
        found = metrics.held_out(x, grid, scan)
        assert found["held_out"] == pytest.approx(residual)
        # The same in every view: it does not matter which are held out.
        assert found["held_out_spread"] == pytest.approx(0, abs=1e-7)


def test_spread_of_the_held_out_residual_is_that_over_draws_of_the_views():
    """From independent noise a view, the jackknife's mean is the standard deviation over draws."""
    grid, geometry = Grid((8, 8), 8.0), fan_beam(views=30)
    image = torch.rand(8, 8)
    y = projectors.make(geometry, grid).forward(image)
    generator = torch.Generator().manual_seed(5)
    found = []
    for _ in range(60):
        level = torch.rand(30, 1, generator=generator)  # each view's own
        noise = y.mean() * level * torch.randn(y.shape, generator=generator)
        found.append(metrics.held_out(image, grid, Scan(y + noise, geometry)))
    residuals = np.array([one["held_out"] for one in found])
    spreads = np.array([one["held_out_spread"] for one in found])
    assert np.sqrt((spreads**2).mean()) == pytest.approx(residuals.std(ddof=1), rel=0.35)
    one = Scan(y[:1], geometry.subset([0]))
    assert math.isnan(metrics.held_out(image, grid, one)["held_out_spread"])
