"""Which back end projects, and the sentences for what none of them can do."""

import sys

import pytest

from inrbench import projectors
from inrbench.errors import Absent, Unsupported
from inrbench.geometry import ConeBeam, FanBeam
from inrbench.grid import Grid
from inrbench.testing.problem import cone_beam, fan_beam


def test_unknown_back_ends_are_refused():
    with pytest.raises(ValueError, match="unknown backend 'asra': known are auto, astra"):
        projectors.make(fan_beam(), Grid((8, 8), 1.0), backend="asra")


def test_grid_and_scan_have_the_same_dimension():
    with pytest.raises(ValueError, match=r"FanBeam scans in 2 dimensions, choose .*\(ny, nx\)"):
        projectors.make(fan_beam(), Grid((8, 8, 8), 1.0))
    with pytest.raises(ValueError, match=r"ConeBeam scans in 3 dimensions, choose .*\(nz, ny"):
        projectors.make(cone_beam(), Grid((8, 8), 1.0))


@pytest.mark.parametrize(
    ("beam", "shape"),
    [
        (FanBeam([0.0, 0.3], 8, 1.0, 20.0, 40.0), (50, 50)),
        (ConeBeam([0.0, 0.3], (8, 8), 1.0, 20.0, 40.0), (50, 50, 50)),
    ],
)
def test_a_source_inside_the_grid_is_refused(beam, shape):
    with pytest.raises(ValueError, match=r"view 0: the source at \(0, -20.* mm lies inside"):
        projectors.make(beam, Grid(shape, 1.0))
    projectors.make(beam, Grid(shape, 0.5))


def test_a_detector_inside_the_grid_is_refused():
    beam = ConeBeam([0.0, 0.3], (8, 8), 1.0, 200.0, 200.0)
    with pytest.raises(ValueError, match="view 0: the detector's centre lies inside the grid"):
        projectors.make(beam, Grid((8, 8, 8), 1.0))


def test_without_a_back_end_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "inrbench.projectors.rtk", None)
    for use in (
        lambda: projectors.make(cone_beam(), Grid((8, 8, 8), 1.0)),
        lambda: projectors.require(3, "cpu"),
    ):
        with pytest.raises(Absent, match=r"rtk cannot be imported .* install itk-rtk"):
            use()
    projectors.require(2, "cpu")


def test_a_method_without_its_library_is_unsupported_while_others_project(monkeypatch):
    """FDK alone needs RTK on CUDA; a cell of it has a status, and all the others run."""
    monkeypatch.setitem(sys.modules, "inrbench.projectors.rtk", None)
    with pytest.raises(Unsupported, match="install itk-rtk") as refused:
        projectors.fdk(cone_beam(), Grid((8, 8, 8), 1.0))
    assert not isinstance(refused.value, Absent)


def test_astra_projects_no_cone_beam_on_a_cpu():
    with pytest.raises(Unsupported, match="cone beams on CUDA only") as refused:
        projectors.make(cone_beam(), Grid((8, 8, 8), 1.0), backend="astra")
    assert not isinstance(refused.value, Absent)


def test_a_device_without_any_back_end_is_unsupported():
    with pytest.raises(Unsupported, match="there is no projector for mps"):
        projectors.make(fan_beam(), Grid((8, 8), 1.0), "mps")
