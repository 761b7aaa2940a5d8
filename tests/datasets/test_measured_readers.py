"""The measured scans are read as they were measured: views, angles, offsets and line integrals."""

import os
from collections import Counter
from dataclasses import replace

import h5py
import numpy as np
import pytest
import scipy.io
import torch

from inrbench import datasets, projectors
from inrbench.datasets import htc2022, tooth
from inrbench.datasets.download import fetch
from inrbench.datasets.manifest import load_manifest
from inrbench.datasets.measured import sparse_case
from inrbench.geometry import ParallelBeam
from inrbench.grid import Grid
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls

needs_mirror = pytest.mark.skipif(
    not os.environ.get("INRBENCH_MIRROR"),
    reason="set INRBENCH_MIRROR to a folder that holds <data set>/<file name> of measured scans",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data folder, filled from the mirror."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("htc2022", "tooth"):
        for file in load_manifest(name).files:
            fetch(file, folder / name, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INRBENCH_DATA", str(folder))
        yield folder


def parallel_scan(views):
    """A scan whose first column holds the number of the view."""
    angles = np.linspace(0, np.pi, views, endpoint=False)
    sinogram = np.zeros((views, 6))
    sinogram[:, 0] = np.arange(views)
    return Scan(sinogram, ParallelBeam(angles, 6, 1.0))


def relative_residual(scan, grid, image):
    projector = projectors.make(scan.geometry, grid)
    return float((projector.forward(image) - scan.sinogram).norm() / scan.sinogram.norm())


def best_fit(scan, grid):
    """Relative residual that 15 steps of CGLS leave: small only where the geometry is right."""
    image = cgls(projectors.make(scan.geometry, grid), scan.sinogram, 15)
    return relative_residual(scan, grid, image)


def assert_partition(full, case):
    """Scan and held-out views together are the full scan's views, each of them once."""
    parts = [part for part in (case.scan, case.held_out) if part is not None]
    sinogram = torch.cat([part.sinogram for part in parts])
    angles = np.concatenate([part.geometry.angles for part in parts])
    order = np.argsort(angles)
    assert np.array_equal(angles[order], full.geometry.angles)
    assert torch.equal(sinogram[order], full.sinogram)


@pytest.mark.parametrize("views", [1, 4, 5, 12, 13])
def test_scan_and_held_out_views_partition_all_views(views):
    full = parallel_scan(13)
    case = sparse_case(full, Grid((4, 4), 1.0), views, scale=1.0)
    assert case.kind == "reference"
    assert case.scan.geometry.sinogram_shape == (views, 6)
    assert_partition(full, case)


def test_chosen_views_are_evenly_spread_around_the_turn():
    case = sparse_case(parallel_scan(13), Grid((4, 4), 1.0), 5, scale=1.0)
    chosen = case.scan.sinogram[:, 0].numpy()
    gaps = np.diff(np.append(chosen, chosen[0] + 13))
    assert set(gaps) == {2, 3}


@pytest.mark.parametrize("views", [0, 14])
def test_number_of_views_that_the_scan_does_not_have(views):
    with pytest.raises(ValueError, match=rf"views={views}: this scan has 13"):
        sparse_case(parallel_scan(13), Grid((4, 4), 1.0), views, scale=1.0)


@pytest.mark.parametrize("name", ["htc2022", "tooth"])
def test_data_not_fetched_names_the_command(name, tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f'run "inrbench data fetch {name}"'):
        datasets.load(name)


def test_cut_reads_the_same_from_both_matlab_versions(tmp_path):
    degrees, sinogram = np.array([3.0, 3.5]), np.arange(1120.0).reshape(2, 560)
    cut = {"parameters": {"angles": degrees}, "sinogram": sinogram}
    scipy.io.savemat(tmp_path / "v5.mat", {"CtDataLimited": cut})
    with h5py.File(tmp_path / "v73.mat", "w") as file:
        file["CtDataLimited/parameters/angles"] = degrees[:, None]
        file["CtDataLimited/sinogram"] = sinogram.T
    for name in ("v5.mat", "v73.mat"):
        read = htc2022.read_cut(tmp_path / name)
        assert np.array_equal(read[0], degrees) and np.array_equal(read[1], sinogram)


def test_cuts_that_contradict_each_other_are_refused():
    one = np.array([3.0, 3.5]), np.zeros((2, 4))
    other = np.array([3.5, 4.0]), np.full((2, 4), 1e-16)
    with pytest.raises(ValueError, match=r"different views at 3\.5 degrees"):
        htc2022.union([one, other])


def test_htc2022_cuts_are_in_the_manifest():
    assert set(htc2022.CUTS) <= {file.name for file in load_manifest("htc2022").files}


@needs_mirror
def test_htc2022_full_scan_has_549_views_in_three_arcs(data):
    full = htc2022.full_scan()
    assert full.geometry.sinogram_shape == (549, 560)
    degrees = np.rad2deg(full.geometry.angles)
    steps = np.round(np.diff(degrees), 6)
    assert Counter(steps) == {0.5: 546, 19.0: 1, 15.0: 1}
    arcs = np.split(degrees, np.flatnonzero(steps > 0.5) + 1)
    ends = [end for arc in arcs for end in (arc[0], arc[-1])]
    assert np.allclose(ends, [27, 165, 184, 254, 269, 334])
    assert full.geometry.detector_offset == 0
    assert full.geometry.magnification == pytest.approx(1.34841, abs=1e-5)
    assert float(full.sinogram.min()) == pytest.approx(-0.0024, abs=5e-5)
    assert float(full.sinogram.max()) == pytest.approx(1.93, abs=5e-3)


@needs_mirror
def test_htc2022_limited_angle_cuts_join_at_299_degrees(data):
    cuts = [htc2022.read_cut(data / "htc2022" / name)
            for name in ("ta_category7.mat", "ta_subsample73.mat")]  # fmt: skip
    degrees, sinogram = htc2022.union(cuts)
    assert np.array_equal(degrees, np.arange(269, 329.5, 0.5)) and sinogram.shape == (121, 560)


@needs_mirror
def test_htc2022_turns_by_the_stated_angle_with_its_sign(data):
    scan = htc2022.full_scan().subset(range(0, 549, 9))
    fits = {}
    for sign in (1, -1):
        turned = Scan(scan.sinogram, replace(scan.geometry, angles=sign * scan.geometry.angles))
        fits[sign] = best_fit(turned, Grid((128, 128), htc2022.FIELD / 128))
    assert fits[1] < 0.02 < 0.04 < fits[-1]


@needs_mirror
def test_htc2022_reference_is_an_acrylic_disc_that_explains_its_views(data):
    case = datasets.load("htc2022", size=128, views=61)
    assert case.grid.spacing == pytest.approx(2 * 0.296644, abs=2e-6)
    assert case.held_out.geometry.sinogram_shape == (488, 560)
    assert case.reference_from == "CGLS, 25 steps, from all 549 views"
    assert_partition(htc2022.full_scan(), case)
    for part in (case.scan, case.held_out):
        assert relative_residual(part, case.grid, case.reference) < 0.02
    acrylic = case.reference[case.reference > htc2022.SCALE / 2]
    assert float(acrylic.median()) == pytest.approx(htc2022.SCALE, rel=0.1)
    area = acrylic.numel() * case.grid.spacing**2  # a disc of 70 mm less its holes
    assert 0.4 < area / (np.pi * 35**2) < 0.8


@needs_mirror
def test_tooth_rotates_about_column_296(data):
    full = tooth.full_scan()
    assert full.geometry.sinogram_shape == (181, 640)
    assert full.geometry.detector_offset == 23.5 and full.geometry.detector_spacing == 1.0
    assert full.geometry.columns()[296] == 0.0
    assert np.allclose(np.diff(full.geometry.angles), np.pi / 181)
    scan = full.subset(range(0, 181, 4))
    fits = {}
    for offset in (0.0, 18.5, 23.5, 28.5):
        moved = Scan(scan.sinogram, replace(scan.geometry, detector_offset=offset))
        fits[offset] = best_fit(moved, Grid((160, 160), 2.0))
    assert min(fits, key=fits.get) == 23.5 and fits[23.5] < 0.03


@needs_mirror
def test_tooth_case_has_unit_pixels_and_partitions_its_views(data):
    case = datasets.load("tooth", views=31)
    assert case.grid == Grid((320, 320), 1.0)
    assert case.scan.geometry.sinogram_shape == (31, 640)
    assert_partition(tooth.full_scan(), case)
    covered = slice(296 - 160, 296 + 160)
    projector = projectors.make(case.scan.geometry, case.grid)
    error = (projector.forward(case.reference) - case.scan.sinogram)[:, covered]
    assert float(error.norm() / case.scan.sinogram[:, covered].norm()) < 0.01
