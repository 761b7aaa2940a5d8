"""Shapes of grid and scan before there is a case, and a simulation too large for the machine."""

import inspect
import subprocess
import sys

import pytest
from inrbench.errors import OutOfMemory

from inrbench import datasets, registry
from inrbench.datasets import prepare, prepared_path
from inrbench.datasets.shapes import KNOWN, RASTERS, shapes
from inrbench.meters import host

PART = {"name": "forbild", "size": 24, "views": 12, "columns": 32}
CONE = {"size": 9, "views": 5, "detector": 7}
SMALL = {
    "forbild": {**PART, "beam": "parallel"},
    "shepp_logan": {**CONE, "name": "shepp_logan"},
    "ellipsoids": {**CONE, "name": "ellipsoids"},
    "breast": {**PART, "name": "breast"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))


@pytest.mark.parametrize("name", SMALL)
def test_shapes_from_parameters_are_those_of_the_case(name):
    before = shapes(SMALL[name])
    case = datasets.load(**SMALL[name])
    assert before == (case.grid.shape, case.scan.geometry.sinogram_shape)


@pytest.mark.parametrize("name", KNOWN)
def test_shapes_take_parameters_that_the_data_set_takes(name):
    known = inspect.signature(registry.load("dataset", name)).parameters
    for function in (KNOWN[name], RASTERS.get(name)):
        for parameter in inspect.signature(function).parameters.values() if function else ():
            assert parameter.kind is parameter.VAR_KEYWORD or parameter.name in known


def test_parameters_that_are_not_given_have_their_defaults():
    case = datasets.load("forbild", size=24, columns=32)
    assert shapes({"name": "forbild", "size": 24, "columns": 32}) == (
        case.grid.shape, case.scan.geometry.sinogram_shape
    )  # fmt: skip


def test_shapes_of_a_prepared_case_are_in_its_head(monkeypatch):
    prepare(PART)
    monkeypatch.setattr("inrbench.datasets.shapes.KNOWN", {})
    assert shapes(PART) == ((24, 24), (12, 32))


def test_measured_data_that_is_not_prepared_has_no_known_shapes():
    assert shapes({"name": "tooth", "views": 31}) is None


def test_too_large_a_simulation_is_refused_before_it_begins(monkeypatch):
    monkeypatch.setattr(host, "available", lambda: 12 * (24 * 24 + 12 * 32) - 1)
    with pytest.raises(OutOfMemory, match="preparing forbild on 24 x 24 points needs"):
        prepare(PART)
    assert not prepared_path(PART).exists()
    monkeypatch.setattr(host, "available", lambda: 12 * (24 * 24 + 12 * 32))
    prepare(PART)


def test_a_finer_raster_needs_room_too(monkeypatch):
    part = {**SMALL["breast"], "finer": 4}
    needed = 12 * (24 * 24 + 12 * 32 + 96 * 96)
    monkeypatch.setattr(host, "available", lambda: needed - 1)
    with pytest.raises(OutOfMemory, match="and 108 KiB for the finer raster"):
        prepare(part)
    monkeypatch.setattr(host, "available", lambda: needed)
    prepare(part)


def test_a_wrong_parameter_is_named_before_any_size_is():
    with pytest.raises(ValueError, match="no parameter 'sice': did you mean 'size'"):
        prepare({"name": "forbild", "sice": 3})
    with pytest.raises(ValueError, match="size='large'"):
        prepare({"name": "forbild", "size": "large"})


def test_torch_is_not_imported():
    code = "import sys, inrbench.datasets.shapes; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_shapes_of_a_damaged_case_are_those_of_its_parameters():
    path = prepare(PART)
    path.write_bytes(path.read_bytes()[:100])
    assert shapes(PART) == ((24, 24), (12, 32))
    assert path.stat().st_size == 100  # `plan` prepares nothing


def test_a_binning_of_nothing_gets_its_sentence_before_anything_is_read():
    with pytest.raises(ValueError, match="binning=0: must divide the 972 rows"):
        prepare({"name": "walnut", "binning": 0})


def test_shapes_of_the_fips_data_sets_are_those_of_their_detector():
    assert shapes({"name": "fips_pine_cone", "binning": 8}) == ((256,) * 3, (75, 296, 280))
    with pytest.raises(ValueError, match="binning=0: must divide the 2368 rows"):
        prepare({"name": "fips_seashell", "binning": 0})
