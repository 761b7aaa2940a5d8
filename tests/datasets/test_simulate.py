import math

import numpy as np
import pytest
import torch

from inrbench import datasets
from inrbench.datasets.simulate import forbild, poisson_noise
from inrbench.geometry import FanBeam, ParallelBeam
from inrbench.phantoms import forbild as head
from inrbench.phantoms.ellipses import line_integrals, rasterise

SMALL = {"size": 32, "views": 12, "columns": 64}


def test_case_is_the_phantom_its_pixel_averages_and_exact_integrals():
    case = datasets.load("forbild", **SMALL)
    assert case.kind == "truth" and case.scale == 0.02 and case.held_out is None
    assert case.grid.shape == (32, 32) and case.grid.spacing == 8.0  # 256 mm
    assert case.reference.dtype == case.scan.sinogram.dtype == torch.float32
    truth = rasterise(head.forbild(), case.grid)
    np.testing.assert_array_equal(case.reference.numpy(), truth)
    exact = line_integrals(head.forbild(), case.scan.geometry).astype(np.float32)
    np.testing.assert_array_equal(case.scan.sinogram.numpy(), exact)


def test_fan_is_that_of_leap():
    geometry = forbild(size=8, views=8, columns=512).scan.geometry
    assert isinstance(geometry, FanBeam)
    assert geometry.detector_spacing == pytest.approx(0.65)
    assert (geometry.source_to_axis, geometry.source_to_detector) == (1100, 1400)
    np.testing.assert_allclose(geometry.angles, np.arange(8) * np.pi / 4)


def test_parallel_beam_covers_half_a_turn_with_the_same_spacing_at_the_axis():
    fan = forbild(**SMALL).scan.geometry
    parallel = forbild(**SMALL, beam="parallel").scan.geometry
    assert isinstance(parallel, ParallelBeam)
    np.testing.assert_allclose(parallel.angles, np.arange(12) * np.pi / 12)
    assert parallel.detector_spacing == pytest.approx(fan.detector_spacing / fan.magnification)


@pytest.mark.parametrize(
    ("beam", "offset"), [("fan", 0.0), ("fan", 12.0), ("parallel", 0.0), ("parallel", -10.0)]
)
def test_head_lies_within_the_detector(beam, offset):
    case = forbild(size=8, views=90, columns=512, beam=beam, detector_offset=offset)
    assert case.scan.geometry.detector_offset == offset
    sinogram = case.scan.sinogram
    assert (sinogram[:, [0, -1]].abs() < 1e-6).all() and sinogram.max() > 4


def test_each_parallel_projection_carries_the_mass_of_the_truth():
    case = forbild(size=128, views=12, columns=512, beam="parallel")
    per_view = case.scan.sinogram.sum(1) * case.scan.geometry.detector_spacing
    mass = (case.reference.sum() * case.grid.spacing**2).item()
    # The discs of the left ear are finer than the columns, so a view may miss or double some.
    np.testing.assert_allclose(per_view.numpy(), mass, rtol=2e-3)


@pytest.mark.parametrize("ear", ["right_ear", "left_ear"])
def test_an_ear_is_left_out_of_data_and_truth_alike(ear):
    full, without = forbild(**SMALL), forbild(**SMALL, **{ear: False})
    ellipses = head.forbild(**{ear: False})
    np.testing.assert_array_equal(without.reference.numpy(), rasterise(ellipses, without.grid))
    exact = line_integrals(ellipses, without.scan.geometry).astype(np.float32)
    np.testing.assert_array_equal(without.scan.sinogram.numpy(), exact)
    assert not torch.equal(full.reference, without.reference)


def test_counts_have_the_mean_and_variance_of_poisson():
    rays, photons, p = 200_000, 1000.0, 2.0
    expected = photons * math.exp(-p)  # 135 counts: none is clipped
    counts = photons * np.exp(-poisson_noise(np.full(rays, p), photons, seed=3))
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    # Five standard errors: a right generator fails once in 1.7 million seeds. The variance of a
    # sample variance is (mu_4 - sigma^4)/n, with mu_4 = lambda + 3 lambda^2.
    assert abs(counts.mean() - expected) < 5 * math.sqrt(expected / rays)
    error = math.sqrt((expected + 2 * expected**2) / rays)
    assert abs(counts.var(ddof=1) - expected) < 5 * error


def test_noise_of_line_integrals_grows_as_exp_p_over_photons():
    rays, photons = 100_000, 1e5
    p = np.array([[0.5], [4.0]])
    noisy = poisson_noise(np.broadcast_to(p, (2, rays)), photons, seed=0)
    # First order in 1/counts (at least 1,800, so good to 0.1 %); a sample variance has a relative
    # standard error of sqrt(2/n) = 0.45 %.
    np.testing.assert_allclose(noisy.var(axis=1), np.exp(p[:, 0]) / photons, rtol=5 * 0.0045)


def test_ray_without_photons_reads_one_count():
    np.testing.assert_array_equal(poisson_noise(np.full(5, 60.0), 1e4, seed=0), -np.log(1 / 1e4))


def test_seed_decides_the_noise_bit_for_bit():
    one, same, other = (
        forbild(**SMALL, photons=1e4, noise_seed=seed).scan.sinogram for seed in (1, 1, 2)
    )
    assert torch.equal(one, same)
    # Through the head nearly every ray differs.
    through = forbild(**SMALL).scan.sinogram > 1
    assert (one != other)[through].float().mean() > 0.9


def test_noise_reaches_the_data_and_not_the_truth():
    clean, noisy = forbild(**SMALL), forbild(**SMALL, photons=1e4)
    assert torch.equal(clean.reference, noisy.reference)
    # Weighted by its counts, each residual has variance 1: a mean over 768 rays of 1 within 0.26,
    # five standard errors of sqrt(2/768).
    counts = 1e4 * torch.exp(-clean.scan.sinogram)
    residual = noisy.scan.sinogram - clean.scan.sinogram
    assert (counts * residual**2).mean().item() == pytest.approx(1, abs=0.26)


def test_without_photons_the_data_are_exact():
    p = np.linspace(0, 5, 7)
    np.testing.assert_array_equal(poisson_noise(p, None, seed=0), p)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"size": 0}, "size=0: must be at least 1"),
        ({"views": 0}, "views=0: must be at least 1"),
        ({"columns": -3}, "columns=-3: must be at least 1"),
        ({"beam": "paralel"}, "unknown beam 'paralel': did you mean 'parallel'?"),
        ({"beam": "?"}, "unknown beam '?': known are fan, parallel"),
        ({"photons": 0}, "photons=0: expected a mean count above 0"),
        ({"noise_seed": -1}, "noise_seed=-1: seeds are whole numbers from 0"),
        ({"photons": float("nan")}, "photons=nan: expected a mean count above 0"),
    ],
)
def test_bad_values_are_named(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        forbild(**{**SMALL, **parameters})
    assert sentence in str(caught.value)
