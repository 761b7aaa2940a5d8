import numpy as np
import pytest
import torch

from inrbench import datasets, registry
from inrbench.datasets.case import Case
from inrbench.datasets.simulate import forbild
from inrbench.datasets.simulate_cone import ellipsoids, shepp_logan
from inrbench.geometry import ConeBeam
from inrbench.phantoms import shepp_logan as head
from inrbench.phantoms.ellipsoids import line_integrals, rasterise
from inrbench.phantoms.random_ellipsoids import random_ellipsoids

SMALL = {"size": 16, "views": 6, "detector": 20}
BOTH = pytest.mark.parametrize("name", ["shepp_logan", "ellipsoids"])


@BOTH
def test_case_is_the_phantom_its_voxel_averages_and_exact_integrals(name):
    case = datasets.load(name, **SMALL)
    assert case.kind == "truth" and case.scale == 0.02 and case.held_out is None
    assert case.grid.shape == (16, 16, 16) and case.grid.spacing == 16.0  # 256 mm
    assert case.reference.dtype == case.scan.sinogram.dtype == torch.float32
    phantom = head.shepp_logan() if name == "shepp_logan" else random_ellipsoids(0, 20, 128.0)
    np.testing.assert_array_equal(case.reference.numpy(), rasterise(phantom, case.grid))
    exact = line_integrals(phantom, case.scan.geometry).astype(np.float32)
    np.testing.assert_array_equal(case.scan.sinogram.numpy(), exact)
    assert case.scan.sinogram.shape == (6, 20, 20)


def test_scanner_is_the_fan_of_forbild_with_a_square_detector():
    cone = shepp_logan(**SMALL).scan.geometry
    fan = forbild(size=8, views=6, columns=20).scan.geometry
    assert isinstance(cone, ConeBeam)
    np.testing.assert_array_equal(cone.angles, fan.angles)  # over 2 pi
    for field in ("detector_spacing", "source_to_axis", "source_to_detector"):
        assert getattr(cone, field) == getattr(fan, field)
    assert cone.detector_shape == (20, 20) and cone.detector_offset == (0, 0)
    half_angle = np.degrees(np.arctan(166.4 / 1400))
    assert 6.7 < half_angle < 6.9


@BOTH
def test_phantom_lies_within_the_detector_and_the_grid(name):
    case = datasets.load(name, size=32, views=12, detector=64)
    border = torch.ones(64, 64, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert (case.scan.sinogram[:, border] == 0).all() and case.scan.sinogram.max() > 3
    for axis in range(3):
        assert not case.reference.index_select(axis, torch.tensor([0, 31])).any()
    # The detector sees the ball that the cube holds: R (SDD / SAD) / sqrt(1 - (R / SAD)^2).
    assert 128 * 1400 / np.sqrt(1100**2 - 128**2) < 512 * 0.65 / 2
    assert case.grid.spacing * 32 == 2 * head.HALF_FIELD


def test_noise_and_phantom_have_seeds_of_their_own():
    noisy = {**SMALL, "photons": 1e4}
    one, same = ellipsoids(**noisy, noise_seed=1), ellipsoids(**noisy, noise_seed=1)
    assert torch.equal(one.scan.sinogram, same.scan.sinogram)
    again = ellipsoids(**noisy, noise_seed=2)
    assert torch.equal(one.reference, again.reference)
    assert not torch.equal(one.scan.sinogram, again.scan.sinogram)
    other = ellipsoids(**SMALL, seed=1)
    assert not torch.equal(other.reference, ellipsoids(**SMALL).reference)
    fewer = ellipsoids(**SMALL, count=0)
    assert torch.unique(fewer.reference).max() == np.float32(0.02)


@BOTH
def test_noise_has_the_variance_of_its_counts(name):
    shape = {"size": 8, "views": 8, "detector": 40}
    clean, noisy = datasets.load(name, **shape), datasets.load(name, **shape, photons=1e5)
    counts = 1e5 * torch.exp(-clean.scan.sinogram)
    residual = noisy.scan.sinogram - clean.scan.sinogram
    # 12,800 rays: a mean of 1 within 0.063, five standard errors of sqrt(2 / 12800); the
    # logarithm adds some 1 / counts, and at 250 counts that is 0.4 %.
    assert (counts * residual**2).mean().item() == pytest.approx(1, abs=0.067)


@BOTH
def test_case_survives_its_file(name, tmp_path):
    case = datasets.load(name, **SMALL)
    case.save(tmp_path / "case.npz")
    again = Case.open(tmp_path / "case.npz")
    assert again.grid == case.grid and torch.equal(again.reference, case.reference)
    for one, other in zip(case.scan.geometry.rays(), again.scan.geometry.rays(), strict=True):
        np.testing.assert_array_equal(one, other)


@BOTH
@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"size": 0}, "size=0: must be at least 1"),
        ({"views": 0}, "views=0: must be at least 1"),
        ({"detector": -3}, "detector=-3: must be at least 1"),
        ({"photons": 0}, "photons=0: expected a mean count above 0"),
        ({"noise_seed": -1}, "noise_seed=-1: seeds are whole numbers from 0"),
        ({"detectr": 5}, "no parameter 'detectr': did you mean 'detector'?"),
    ],
)
def test_bad_values_are_named(name, parameters, sentence):
    with pytest.raises(ValueError) as caught:
        datasets.load(name, **{**SMALL, **parameters})
    assert sentence in str(caught.value)


def test_tables_have_a_name_for_them():
    assert registry.label("dataset", "shepp_logan") == "Shepp-Logan"
    assert registry.label("dataset", "ellipsoids") == "ellipsoids"
