"""The FIPS cone beams are read as the publishers' toolbox reads them.

A tiny data set in the same layout, ellipsoids whose line integrals are known, stands for them.
"""

import numpy as np
import pytest
import tifffile
import torch
from inrbench.errors import OutOfMemory
from tiny_fips import (
    AIR,
    BODY,
    COLUMNS,
    NAME,
    PIXEL,
    PREFIX,
    ROWS,
    STEP,
    TO_AXIS,
    TO_DETECTOR,
    VIEWS,
    astra_cone,
    write,
)

from inrbench import datasets
from inrbench.datasets import fips, heltomo
from inrbench.datasets.case import Case
from inrbench.meters import host
from inrbench.phantoms.ellipsoids import line_integrals, rasterise

SHIFT = -3


@pytest.fixture(autouse=True)
def _small_corner_of_air(monkeypatch):
    monkeypatch.setattr(fips, "FREE_RAY", AIR)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder with images that belong `SHIFT` pixels farther right."""
    folder = tmp_path_factory.mktemp("data")
    write(folder / NAME, SHIFT)
    return folder


@pytest.fixture
def load(data, monkeypatch):
    """The tiny data set with other parameters."""
    monkeypatch.setenv("INRBENCH_DATA", str(data))

    def of(**parameters):
        return datasets.load(
            NAME, **{"size": 20, "views": VIEWS, "binning": 1, "shift": SHIFT, **parameters}
        )

    return of


@pytest.fixture
def spoilt(tmp_path, monkeypatch):
    """Write a data set with changes of its txt, and load it."""
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))

    def of(spoil=lambda folder: None, **changes):
        write(tmp_path / NAME, changes=changes)
        spoil(tmp_path / NAME)
        return datasets.load(NAME, size=4, views=10, binning=4)

    return of


def relative(image, truth):
    return float((image - truth).norm() / truth.norm())


def test_reference_is_the_phantom_in_no_other_orientation(load):
    case = load()
    truth = torch.as_tensor(rasterise(BODY, case.grid))
    assert case.kind == "reference" and case.grid.spacing == pytest.approx(2.0)
    as_it_stands = relative(case.reference, truth)
    assert as_it_stands < 0.2
    for axes in ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
        assert relative(case.reference.flip(axes), truth) > 3 * as_it_stands
    assert relative(case.reference.transpose(1, 2), truth) > 3 * as_it_stands
    for quarters in (1, 2, 3):
        turned = case.reference.rot90(quarters, (1, 2))
        assert relative(turned, truth) > 3 * as_it_stands
    inside = case.reference[truth == np.float32(0.02)]
    assert float(inside.median()) == pytest.approx(0.02, rel=0.03)


def test_line_integrals_belong_to_the_rays_of_the_geometry(load):
    """All but the columns that the circular shift took from the other edge, where there is air."""
    scan = load().scan
    known = line_integrals(BODY, scan.geometry)
    assert known.max() > 0.4
    # Half a count of some 40,000.
    np.testing.assert_allclose(scan.sinogram, known, atol=5e-5)


def test_the_view_that_repeats_the_first_is_left_out(load):
    scan = load().scan
    assert scan.geometry.sinogram_shape == (VIEWS, ROWS, COLUMNS)
    np.testing.assert_allclose(np.rad2deg(scan.geometry.angles), STEP * np.arange(VIEWS))


def test_views_of_less_than_a_turn_all_count():
    stated = {"NumberImages": 90, "AngleFirst": 2, "AngleInterval": 4, "AngleLast": 358}
    np.testing.assert_allclose(heltomo.view_angles(stated), np.arange(2, 359, 4))


def test_offset_of_the_detector_is_the_toolboxs_circular_shift(load, tmp_path, monkeypatch):
    """The same images, put right before they are written: pixel j is there pixel j + shift."""
    moved = load()
    write(tmp_path / NAME)
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    straight = datasets.load(NAME, size=20, views=VIEWS, binning=1, shift=0)
    assert moved.scan.geometry.detector_offset == (0.0, SHIFT * PIXEL)
    assert straight.scan.geometry.detector_offset == (0.0, 0.0)
    here, there = slice(-SHIFT, None), slice(None, SHIFT)
    torch.testing.assert_close(
        moved.scan.sinogram[..., here], straight.scan.sinogram[..., there], rtol=0, atol=1e-6
    )
    one, other = moved.scan.geometry.rays()[1], straight.scan.geometry.rays()[1]
    np.testing.assert_allclose(one[:, :, here], other[:, :, there], atol=1e-12)
    x, y, _ = moved.grid.axes()
    seen = torch.as_tensor(np.hypot(x, y[:, None]) < 14)  # by every view on either detector
    assert relative(moved.reference[:, seen], straight.reference[:, seen]) < 1e-4


def test_another_shift_is_another_and_a_worse_image(load):
    truth = torch.as_tensor(rasterise(BODY, load().grid))
    assert relative(load(shift=0).reference, truth) > 1.5 * relative(load().reference, truth)


def test_distances_and_pixels_are_those_of_the_txt(load):
    geometry = load(binning=4).scan.geometry
    assert (geometry.source_to_axis, geometry.source_to_detector) == (TO_AXIS, TO_DETECTOR)
    assert geometry.detector_shape == (ROWS // 4, COLUMNS // 4)
    assert geometry.detector_spacing == 4 * PIXEL
    assert geometry.detector_offset == (0.0, SHIFT * PIXEL)  # pixels of the images, not the binned


def test_counts_are_averaged_before_the_logarithm(load):
    squares = np.exp(-load().scan.sinogram.numpy()).reshape(VIEWS, ROWS // 4, 4, COLUMNS // 4, 4)
    binned = np.exp(-load(binning=4).scan.sinogram.numpy())
    np.testing.assert_allclose(binned, squares.mean((2, 4)), rtol=1e-5)


@pytest.mark.parametrize("views", [1, 7, 59])
def test_views_that_are_not_the_scans_are_held_out(load, views):
    whole, case = load(binning=4), load(binning=4, views=views)
    chosen = np.arange(views) * VIEWS // views
    others = np.setdiff1d(np.arange(VIEWS), chosen)
    assert torch.equal(case.scan.sinogram, whole.scan.sinogram[chosen])
    assert torch.equal(case.held_out.sinogram, whole.scan.sinogram[others])
    np.testing.assert_array_equal(
        case.held_out.geometry.angles, whole.scan.geometry.angles[others]
    )
    assert torch.equal(case.reference, whole.reference) and whole.held_out is None


def test_prepared_case_is_the_case(load):
    part = {"name": NAME, "size": 5, "binning": 4, "views": 30, "shift": SHIFT}
    case, kept = datasets.load(**part), Case.open(datasets.prepared(part))
    assert torch.equal(case.reference, kept.reference)
    assert torch.equal(case.held_out.sinogram, kept.held_out.sinogram)


@pytest.mark.parametrize(
    ("name", "prefix", "shift"),
    [
        ("fips_walnut", "20201111_walnut_", -5),
        ("fips_pine_cone", "20201118_pine_cone_", -5),
        ("fips_seashell", "20211124_seashell_", -4),
    ],
)
def test_each_data_set_has_its_files_and_its_shift(
    data, tmp_path, monkeypatch, name, prefix, shift
):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    (tmp_path / name).mkdir()
    for path in (data / NAME).iterdir():
        (tmp_path / name / path.name.replace(PREFIX, prefix)).symlink_to(path)
    case = datasets.load(name, size=4, views=10, binning=4)
    assert case.scan.geometry.detector_offset == (0.0, shift * PIXEL)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"views": 61}, "views=61: this scan has 60; choose from 1 to 60"),
        ({"views": 0}, "views=0: this scan has 60"),
        ({"binning": 3}, "binning=3: must divide the 60 rows and 52 columns"),
        ({"binning": 0}, "binning=0: must divide"),
        ({"size": 0}, "size=0: needs at least one voxel"),
    ],
)
def test_impossible_values_are_named(load, parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        load(**parameters)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({key: None}, f"{PREFIX}.txt does not state {key}: take that of .* version 1.1.0")
        for key in (*heltomo.KINDS, *heltomo.NUMBERS)
    ]
    + [
        ({"DetectorType": "PCD"}, "states DetectorType=PCD: this reader is for EID"),
        ({"GeometryType": "Parallel"}, "states GeometryType=Parallel: this reader is for Cone"),
        ({"DistanceUnit": "cm"}, "states DistanceUnit=cm: this reader is for mm"),
        ({"PixelSize": "N/A"}, r"\.txt cannot be read as .*: 'N/A'"),
        ({"NumberImages": 60}, "60 images are stated, and angles from 0 to 360 degrees in"),
        ({"DistanceSourceOrigin": 600}, "source_to_axis"),
    ],
)
def test_a_txt_that_is_wrong_is_named_with_its_key(spoilt, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        spoilt(**changes)


def test_a_missing_view_says_how_to_get_it(spoilt):
    with pytest.raises(FileNotFoundError, match=r'0060.tif is missing: run "inrbench data fetch'):
        spoilt(lambda folder: (folder / f"{PREFIX}0060.tif").unlink())


def test_images_of_another_shape_or_none_are_named(spoilt):
    def other(folder, image):
        tifffile.imwrite(folder / f"{PREFIX}0007.tif", image, photometric="minisblack")

    with pytest.raises(ValueError, match=r"0007.tif has \(52, 60\) pixels, .*0001.tif \(60, 52\)"):
        spoilt(lambda folder: other(folder, np.ones((COLUMNS, ROWS), np.uint16)))
    with pytest.raises(ValueError, match=r"0007.tif has several images where one was"):
        spoilt(lambda folder: other(folder, np.ones((3, ROWS, COLUMNS), np.uint16)))
    with pytest.raises(ValueError, match=r"0007.tif cannot be read .*: move it away, and run"):
        spoilt(lambda folder: (folder / f"{PREFIX}0007.tif").write_bytes(b"cut off"))


def test_views_that_do_not_fit_the_machine_are_refused_before_they_are_read(load, monkeypatch):
    needed = fips.RAY * VIEWS * (ROWS // 4) * (COLUMNS // 4)
    monkeypatch.setattr(host, "available", lambda: needed - 1)
    with pytest.raises(OutOfMemory, match="reading 60 views of 15 x 13 pixels"):
        load(binning=4)
    monkeypatch.setattr(host, "available", lambda: needed)
    load(binning=4)


def test_the_tiny_set_has_its_air_where_the_reader_looks_for_it():
    assert astra_cone()[:, :AIR, :AIR].max() == 0
