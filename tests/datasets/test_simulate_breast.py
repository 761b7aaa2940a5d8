import numpy as np
import pytest
import torch

from inrbench import datasets, registry
from inrbench.datasets.case import Case
from inrbench.datasets.simulate import poisson_noise
from inrbench.datasets.simulate_breast import breast
from inrbench.geometry import FanBeam
from inrbench.grid import Grid
from inrbench.phantoms import breast as phantom
from inrbench.projectors import astra

SMALL = {"size": 32, "views": 12, "columns": 64}


@pytest.fixture(scope="module")
def clean():
    return datasets.load("breast", **SMALL)


def distance(one, other):
    return float((one - other).norm() / one.norm())


def test_truth_is_the_down_sampled_raster_that_the_data_are_projected_from(clean):
    fine = phantom.rasterise(phantom.breast(0), Grid((64, 64), 180 / 64))
    truth = fine.reshape(32, 2, 32, 2).mean(axis=(1, 3))
    np.testing.assert_array_equal(clean.reference.numpy(), truth)
    assert clean.kind == "truth" and clean.scale == phantom.ADIPOSE and clean.held_out is None
    assert clean.grid == Grid((32, 32), 180 / 32)
    x, y = clean.grid.axes()
    assert (truth[np.hypot(x[None, :], y[:, None]) > 90] == 0).all()


def test_fan_is_that_of_the_challenge(clean):
    geometry = breast(size=4, views=8, columns=1024).scan.geometry
    assert isinstance(geometry, FanBeam)
    assert geometry.detector_spacing == pytest.approx(0.35754)
    assert (geometry.source_to_axis, geometry.source_to_detector) == (500, 1000)
    assert geometry.detector_offset == 0
    np.testing.assert_allclose(geometry.angles, np.arange(8) * np.pi / 4)
    # The outermost rays pass the axis where the field's inscribed circle ends.
    edge = 512 * 0.35754
    assert 500 * edge / np.hypot(1000, edge) == pytest.approx(90, abs=0.1)
    assert clean.scan.geometry.detector_spacing * 64 == pytest.approx(2 * edge)


def test_data_are_line_integrals_of_the_truth_but_not_by_its_own_operator():
    """No inverse crime: A x misses the data by 0.2 to 2 %, where float32 rounds to 0.0001 %."""
    case = breast(size=64, views=12, columns=128)
    ours = astra.matrix_free(case.scan.geometry, case.grid).forward(case.reference)
    assert 2e-3 < distance(case.scan.sinogram, ours) < 2e-2
    turned = astra.matrix_free(case.scan.geometry, case.grid).forward(case.reference.flip(1))
    assert distance(case.scan.sinogram, turned) > 5e-2  # it is no symmetry that makes them agree


def test_refining_the_raster_changes_the_data_less_and_less():
    data = [breast(**SMALL, finer=finer).scan.sinogram for finer in (2, 4, 8)]
    steps = [distance(data[1], data[0]), distance(data[2], data[1])]
    assert steps[1] < 0.7 * steps[0] and steps[0] < 1e-2


def test_the_longest_ray_crosses_the_whole_breast_and_the_edges_see_none():
    sinogram = breast(size=64, views=24, columns=256).scan.sinogram
    assert 2 * 71 * phantom.ADIPOSE < sinogram.max() < 2 * 89 * phantom.SKIN
    assert not sinogram[:, [0, -1]].any() and (sinogram[:, 20:-20].max(dim=0).values > 0).all()


def test_noise_and_phantom_have_seeds_of_their_own(clean):
    noisy = breast(**SMALL, photons=1e4, noise_seed=1)
    assert torch.equal(noisy.reference, clean.reference)
    exact = clean.scan.sinogram.numpy().astype(np.float64)
    expected = poisson_noise(exact, 1e4, seed=1).astype(np.float32)
    np.testing.assert_array_equal(noisy.scan.sinogram.numpy(), expected)
    other = breast(**SMALL, phantom_seed=1)
    assert distance(clean.reference, other.reference) > 0.1
    assert distance(clean.scan.sinogram, other.scan.sinogram) > 0.01


def test_case_survives_its_file(clean, tmp_path):
    clean.save(tmp_path / "case.npz")
    again = Case.open(tmp_path / "case.npz")
    assert again.grid == clean.grid and torch.equal(again.reference, clean.reference)
    assert torch.equal(again.scan.sinogram, clean.scan.sinogram)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"size": 0}, "size=0: must be at least 1"),
        ({"views": 0}, "views=0: must be at least 1"),
        ({"columns": -3}, "columns=-3: must be at least 1"),
        ({"finer": 1}, "finer=1: must be at least 2"),
        ({"photons": 0}, "photons=0: expected a mean count above 0"),
        ({"noise_seed": -1}, "noise_seed=-1: seeds are whole numbers from 0"),
        ({"phantom_seed": -1}, "phantom_seed=-1: seeds are whole numbers from 0"),
        ({"photns": 5}, "no parameter 'photns': did you mean 'photons'?"),
    ],
)
def test_bad_values_are_named(parameters, sentence):
    with pytest.raises(ValueError) as caught:
        datasets.load("breast", **{**SMALL, **parameters})
    assert sentence in str(caught.value)


def test_tables_have_a_name_for_it():
    assert registry.label("dataset", "breast") == "breast"


@pytest.mark.parametrize("parameters", [{"photons": -5}, {"noise_seed": -1}])
def test_bad_noise_is_refused_before_anything_is_made(parameters, monkeypatch):
    monkeypatch.setattr(phantom, "breast", lambda seed: pytest.fail("made a phantom"))
    with pytest.raises(ValueError, match="=-"):
        breast(**SMALL, **parameters)
