"""The rotation axis is found to a tenth of a column on shifted phantoms, and on measured scans."""

from dataclasses import replace

import numpy as np
import pytest

from inrbench.datasets.scan_check import centre, double_wedge
from inrbench.geometry import FanBeam, ParallelBeam
from inrbench.phantoms.ellipses import line_integrals
from inrbench.scan import Scan
from inrbench.testing.projectors import ASYMMETRIC

COLUMNS = 128
TURNS = {
    "parallel": lambda o: ParallelBeam(np.arange(90) * np.pi / 90, COLUMNS, 0.8, 0.8 * o),
    "fan": lambda o: FanBeam(np.arange(90) * np.pi / 45, COLUMNS, 1.2, 200.0, 300.0, 1.2 * o),
    "short fan": lambda o: FanBeam(
        np.linspace(1.0, 4.7, 90), COLUMNS, 1.2, 200.0, 300.0, 1.2 * o
    ),
}  # fmt: skip


def noisy_scan(kind, columns, noise=0.005):
    """A phantom that a shifted detector has seen, stated as if it was not shifted."""
    geometry = TURNS[kind](columns)
    sinogram = line_integrals(ASYMMETRIC, geometry)
    sinogram += noise * np.random.default_rng(1).standard_normal(sinogram.shape)
    return Scan(sinogram, replace(geometry, detector_offset=0.0))


@pytest.mark.parametrize("columns", [3.37, -11.62])
@pytest.mark.parametrize("kind", TURNS)
def test_a_shifted_detector_is_found_to_a_tenth_of_a_column(kind, columns):
    scan = noisy_scan(kind, columns)
    offset, _ = centre.estimate(scan)
    assert offset / scan.geometry.detector_spacing == pytest.approx(columns, abs=0.1)


def test_an_offset_that_is_right_is_left_alone():
    scan = noisy_scan("parallel", 0.0)
    assert abs(centre.estimate(scan)[0] / scan.geometry.detector_spacing) < 0.1


def test_a_misfit_is_least_where_the_geometry_is_right():
    from inrbench.datasets.scan_check.plane import around

    scan = noisy_scan("fan", 0.0)
    grid = around(scan, 1.2)
    right = centre.misfit(scan, grid)
    for wrong in (replace(scan.geometry, detector_offset=6.0),
                  replace(scan.geometry, angles=-scan.geometry.angles)):  # fmt: skip
        assert centre.misfit(replace(scan, geometry=wrong), grid) > 3 * right


def test_the_double_wedge_is_for_half_a_turn_in_even_steps():
    half = TURNS["parallel"](0)
    assert double_wedge.applies(half)
    assert double_wedge.applies(replace(half, angles=-half.angles))
    assert not double_wedge.applies(replace(half, angles=2 * half.angles))
    assert not double_wedge.applies(replace(half, angles=half.angles[::-1] ** 1.2))
    assert not double_wedge.applies(TURNS["fan"](0))


def test_columns_and_offsets_name_the_same_axis():
    scan = noisy_scan("parallel", 0.0)
    column = centre.column(scan, 0.8 * 23.5)
    assert column == pytest.approx((COLUMNS - 1) / 2 - 23.5)
