"""Counts become line integrals by Beer and Lambert's law; a scan agrees with its geometry."""

import numpy as np
import pytest
import torch

from inrbench.geometry import ParallelBeam
from inrbench.scan import Scan, line_integrals_from_counts


@pytest.fixture
def geometry():
    return ParallelBeam([0.0, 0.5, 1.0], detector_count=4, detector_spacing=1.0)


def test_line_integrals_behind_known_absorbers():
    p = np.array([[0.0, 0.1, 1.0, 5.0], [2.0, -0.01, 0.5, 3.0]])
    dark = np.array([[100.0, 90.0, 0.0, 5.0]])
    flat = np.array([[40000.0, 30000.0, 1000.0, 65535.0]])
    counts = dark + (flat - dark) * np.exp(-p)
    assert np.allclose(line_integrals_from_counts(counts, dark, flat), p, rtol=0, atol=1e-12)


def test_dark_and_flat_are_averaged_over_their_frames():
    dark, flat = np.array([[0.0], [20.0]]), np.array([[900.0], [1000.0], [1130.0]])
    counts = np.array([[10.0 + 1000.0 / np.e]])  # mean dark 10, mean flat 1010
    assert line_integrals_from_counts(counts, dark, flat) == pytest.approx(1.0, abs=1e-12)


def test_integer_counts_do_not_wrap_below_the_dark():
    dark, flat = np.full((1, 1), 100, np.uint16), np.full((1, 1), 1100, np.uint16)
    counts = np.full((1, 1), 99, np.uint16)
    assert line_integrals_from_counts(counts, dark, flat) == pytest.approx(-np.log(1e-4))


def test_starved_pixels_are_clipped_to_the_least_transmission():
    dark, flat = np.zeros((1, 3)), np.full((1, 3), 1000.0)
    counts = np.array([[-5.0, 0.0, 1.0]])
    p = line_integrals_from_counts(counts, dark, flat, least_transmission=0.01)
    assert np.allclose(p, np.log(100))


def test_pixels_whose_flat_does_not_exceed_their_dark_are_refused():
    dark, flat = np.full((2, 4), 100.0), np.full((2, 4), 1000.0)
    flat[:, 1], flat[:, 2] = 100.0, 50.0
    with pytest.raises(ValueError, match="2 detector pixels have a mean flat not above"):
        line_integrals_from_counts(np.ones((3, 4)), dark, flat)


def test_counts_and_flats_of_other_detectors_are_refused():
    with pytest.raises(ValueError, match=r"counts \(3, 4\), dark \(1, 4\), flat \(1, 5\)"):
        line_integrals_from_counts(np.ones((3, 4)), np.ones((1, 4)), np.ones((1, 5)))


def test_transposed_sinogram_is_refused(geometry):
    with pytest.raises(ValueError, match=r"sinogram of shape \(4, 3\).*\(3, 4\); transpose"):
        Scan(np.zeros((4, 3)), geometry)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted(geometry, value):
    sinogram = np.zeros((3, 4))
    sinogram[1, 2] = sinogram[0, 0] = value
    with pytest.raises(ValueError, match="sinogram with 2 of 12 values not finite"):
        Scan(sinogram, geometry)


def test_weights_are_checked_like_the_sinogram(geometry):
    with pytest.raises(ValueError, match=r"weights of shape \(3, 5\)"):
        Scan(np.zeros((3, 4)), geometry, np.ones((3, 5)))
    with pytest.raises(ValueError, match="weights down to -1: a statistical weight is at least 0"):
        Scan(np.zeros((3, 4)), geometry, -np.ones((3, 4)))


def test_subset_keeps_angles_and_weights_with_their_views(geometry):
    values = np.arange(12.0).reshape(3, 4)
    scan = Scan(values, geometry, values + 1)
    sliced = scan.subset(slice(0, None, 2))
    assert sliced.sinogram.data_ptr() == scan.sinogram.data_ptr()  # not a copy
    torch.testing.assert_close(sliced.sinogram, scan.subset([0, 2]).sinogram)
    np.testing.assert_array_equal(sliced.geometry.angles, geometry.angles[[0, 2]])
    part = scan.subset([2, 0])
    assert part.sinogram.dtype == torch.float32
    assert np.array_equal(part.sinogram, values[[2, 0]])
    assert np.array_equal(part.weights, values[[2, 0]] + 1)
    assert np.array_equal(part.geometry.angles, [1.0, 0.0])
