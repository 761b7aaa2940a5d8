"""The walnut is read as its publishers lay it out: order, flips, flats, binning and reference.

A tiny one in the same layout, two spheres whose line integrals are known, stands for it. Where a
mirror has the real one, the same test of orientation is made on that.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from download_server import serving
from tiny_walnut import (
    COLUMNS,
    ROWS,
    SIDE,
    TURN,
    assert_reference_explains_the_scan_as_it_stands_only,
    line_integrals,
    orbit,
    slices,
    tiny_walnut,
)
from typer.testing import CliRunner

from inrbench import datasets
from inrbench.cli import app
from inrbench.datasets import walnut
from inrbench.datasets.case import Case
from inrbench.datasets.manifest import load_manifest
from inrbench.datasets.members import fetch_members, verify_members

FILES = load_manifest("walnut").archives[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data folder, into which the command has fetched the tiny walnut from a server."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch, serving(tiny_walnut()) as server:
        patch.setenv("INRBENCH_DATA", str(folder))
        patch.setenv("INRBENCH_MIRROR", server.address(""))
        patch.setenv("no_proxy", "127.0.0.1")
        done = CliRunner().invoke(app, ["data", "fetch", "walnut"])
        assert done.exit_code == 0, done.output
        assert f"{len(FILES.paths)} members of Walnut1.zip" in done.output
        assert set(server.paths) == {"/walnut/Walnut1.zip"} and server.requests < 10
        yield folder


def test_fetched_members_are_those_of_the_manifest_and_whole(data):
    assert verify_members(FILES, data / "walnut") == []
    done = CliRunner().invoke(app, ["data", "verify", "walnut"])
    assert f"walnut: {len(FILES.paths)} files are whole" in done.output
    assert not (data / "walnut/Walnut1/Projections/tubeV2/scan_000000.tif").exists()


def test_unpacked_walnut_on_a_mirror_is_taken_and_said_to_be_unchecked(data, tmp_path):
    folders = {"INRBENCH_MIRROR": str(data), "INRBENCH_DATA": str(tmp_path)}
    done = CliRunner().invoke(app, ["data", "fetch", "walnut"], env=folders)
    count = len(FILES.paths)
    assert f"{count} members of Walnut1.zip, {count} of them not checked" in done.output
    done = CliRunner().invoke(app, ["data", "verify", "walnut"], env=folders)
    assert done.exit_code == 1 and "no CRC-32 is known" in str(done.exception)


def test_manifest_takes_what_the_reader_reads():
    names = {Path(path).name for path in FILES.paths}
    assert {"di000000.tif", "io000000.tif", "io000001.tif", "scan_geom_corrected.geom"} < names
    assert {f"scan_{TURN - view:06}.tif" for view in range(0, TURN, 20)} < names
    assert {f"full_AGD_50_{number:06}.tiff" for number in range(501)} < names
    assert len(names) == len(FILES.paths) == 4 + 60 + 501


def test_line_integrals_belong_to_the_rays_of_the_geometry(data):
    case = datasets.load("walnut", size=SIDE, binning=1)
    assert case.scan.geometry.sinogram_shape == (60, ROWS, COLUMNS) and case.held_out is None
    np.testing.assert_array_equal(case.scan.geometry.vectors, orbit()[:TURN:20])
    # Half a count in some 40,000, in counts and in flats.
    np.testing.assert_allclose(case.scan.sinogram, line_integrals(case.scan.geometry), atol=5e-5)


def test_reference_explains_the_scan_in_no_other_orientation(data):
    case = datasets.load("walnut", size=SIDE, binning=1)
    assert case.kind == "reference" and case.grid.spacing == pytest.approx(walnut.VOXEL)
    assert_reference_explains_the_scan_as_it_stands_only(case, 0.1)


@pytest.mark.parametrize("views", [1, 7, 30, 59])
def test_views_that_are_not_the_scans_are_held_out(data, views):
    whole = datasets.load("walnut", size=3, binning=8)
    case = datasets.load("walnut", size=3, binning=8, views=views)
    assert case.scan.geometry.sinogram_shape[0] == views
    chosen = np.arange(views) * 60 // views
    assert torch.equal(case.scan.sinogram, whole.scan.sinogram[chosen])
    both = np.concatenate([case.scan.geometry.vectors, case.held_out.geometry.vectors])
    assert {tuple(row) for row in both} == {tuple(row) for row in whole.scan.geometry.vectors}


def test_a_larger_step_reads_fewer_views(data):
    case = datasets.load("walnut", size=3, binning=8, step=40, views=30)
    np.testing.assert_array_equal(case.scan.geometry.vectors[:, :6], orbit()[:TURN:40, :6])


@pytest.mark.parametrize("binning", [2, 4, 8])
def test_binned_pixel_lies_amid_its_pixels_and_has_their_mean_count(data, binning):
    fine = datasets.load("walnut", size=3, binning=1).scan
    coarse = datasets.load("walnut", size=3, binning=binning).scan
    shape = (60, ROWS // binning, binning, COLUMNS // binning, binning)

    def pixels(geometry):
        rows, columns = (np.arange(n) - (n - 1) / 2 for n in geometry.detector_shape)
        _, centre, u, v = np.split(geometry.vectors[:, None, None, :], 4, axis=-1)
        return centre + rows[:, None, None] * v + columns[:, None] * u

    mean = pixels(fine.geometry).reshape(*shape, 3).mean((2, 4))
    np.testing.assert_allclose(pixels(coarse.geometry), mean, atol=1e-9)
    # Transmissions average with the flat's weights, which differ by a tenth at most.
    transmission = np.exp(-fine.sinogram.numpy()).reshape(shape).mean((2, 4))
    np.testing.assert_allclose(np.exp(-coarse.sinogram.numpy()), transmission, atol=0.02)
    assert coarse.geometry.detector_spacing == pytest.approx(
        binning * fine.geometry.detector_spacing
    )


@pytest.mark.parametrize("size", [1, 10, 11, 32, SIDE])
def test_reference_is_the_mean_over_each_voxel_with_the_largest_y_first(tmp_path, size):
    """The mean of a linear function over a voxel is its value at the centre.

    Where voxels cut cells of the given reference, which knows nothing within a cell, each mean is
    wrong by up to an eighth of a cell's length along each axis.
    """

    def linear(x, y, z):
        return 5 + x + 2 * y + 3 * z

    for number, image in enumerate(slices(linear)):
        tifffile.imwrite(tmp_path / f"full_AGD_50_{number:06}.tiff", image)
    reference, side = walnut.read_reference(tmp_path, size)
    assert side == pytest.approx(SIDE * walnut.VOXEL)
    grid = walnut.Grid((size,) * 3, side / size)
    x, y, z = grid.axes()
    expected = linear(x, y[:, None], z[:, None, None])
    cut = (1 + 2 + 3) * walnut.VOXEL / 8 if SIDE % size else 0
    np.testing.assert_allclose(reference, expected, rtol=1e-5, atol=cut)


def test_averages_keep_the_mass():
    averages = walnut.block_averages(501, 167)
    np.testing.assert_allclose(averages.sum(0), 167 / 501)
    np.testing.assert_allclose(averages.sum(1), 1)
    np.testing.assert_array_equal(walnut.block_averages(5, 5), np.eye(5))


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"views": 61}, "views=61: this scan has 60; choose from 1 to 60"),
        ({"views": 0}, "views=0: this scan has 60"),
        ({"step": 7}, "step=7: must divide the 1200 views of the orbit"),
        ({"step": 0}, "step=0: must divide"),
        ({"binning": 3}, "binning=3: must divide the 24 rows and 16 columns"),
        ({"binning": 0}, "binning=0: must divide"),
        ({"size": 34}, "size=34: the reference has 33 voxels a side; choose from 1 to 33"),
        ({"size": 0}, "size=0: the reference has 33"),
    ],
)
def test_impossible_values_are_named(data, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        datasets.load("walnut", **{"size": 3, "binning": 8, **parameters})


def test_views_that_the_manifest_does_not_take_say_how_to_get_them(data):
    sentence = r'scan_001190.tif is missing: run "inrbench data fetch walnut", or add it to the'
    with pytest.raises(FileNotFoundError, match=sentence):
        datasets.load("walnut", step=10, size=3, binning=8)


def test_files_of_another_size_are_named(tmp_path):
    for number in range(3):
        side = 3 if number < 2 else 4
        image = np.ones((side, side), np.float32)
        tifffile.imwrite(tmp_path / f"full_AGD_50_{number:06}.tiff", image)
    with pytest.raises(ValueError, match=r"000002.tiff has \(4, 4\) pixels, the first .*\(3, 3\)"):
        walnut.read_reference(tmp_path, 3)


def test_prepared_case_is_the_case(data):
    part = {"name": "walnut", "size": 5, "binning": 8, "views": 30}
    case, kept = datasets.load(**part), Case.open(datasets.prepared(part))
    assert torch.equal(case.reference, kept.reference)
    assert torch.equal(case.held_out.sinogram, kept.held_out.sinogram)
    np.testing.assert_array_equal(case.scan.geometry.vectors, kept.scan.geometry.vectors)


@pytest.mark.skipif(
    not Path(os.environ.get("INRBENCH_MIRROR") or "nowhere", "walnut").is_dir(),
    reason="set INRBENCH_MIRROR to a folder that holds walnut/Walnut1/..., unpacked",
)
def test_real_reference_explains_the_real_scan_in_no_other_orientation(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    fetch_members(FILES, tmp_path / "walnut", "walnut")
    case = datasets.load("walnut")
    assert case.scan.geometry.sinogram_shape == (60, 162, 128)
    assert_reference_explains_the_scan_as_it_stands_only(case, 0.2)
