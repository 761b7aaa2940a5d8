"""The same scan in each kind of file, in whatever order of axes, gives the same case."""

import numpy as np
import pytest
import tifffile
import torch
from written_scan import (
    COLUMNS,
    DEGREES,
    ROWS,
    VIEWS,
    counts,
    description,
    geometry,
    line_integrals,
    save_hdf5,
    save_images,
    save_matlab,
    write,
)  # fmt: skip

from inrbench import datasets
from inrbench.datasets.own import assemble, schema


def full(path):
    return assemble.full_scan(schema.read(path), path.parent)


def check(path, beam, tolerance=1e-6):
    """The scan as it was measured: values, angles, and where each ray runs."""
    found, expected = full(path), geometry(beam)
    np.testing.assert_allclose(found.sinogram, line_integrals(beam), atol=tolerance)
    for one, other in zip(found.geometry.rays(), expected.rays(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("beam", ["parallel", "fan", "cone"])
def test_a_plain_array(beam, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals(beam))
    check(write(tmp_path, description(beam)), beam)


@pytest.mark.parametrize("beam", ["parallel", "fan", "cone"])
def test_offsets_in_place_of_centres(beam, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals(beam))
    stated = description(beam)
    stated["geometry"]["offset"] = 2.2
    with pytest.raises(ValueError, match="give `centre` or `offset`, but not both"):
        full(write(tmp_path, stated))
    del stated["geometry"]["centre"]
    if beam == "cone":
        del stated["geometry"]["centre_row"]
        stated["geometry"]["offset_row"] = -1.4
    check(write(tmp_path, stated), beam)


@pytest.mark.parametrize("kind", ["npz", "h5", "mat", "mat73", "stack", "images"])
def test_each_kind_of_file(kind, tmp_path):
    p = line_integrals("cone").astype(np.float32)
    data = {"file": "views.npz"}
    if kind == "npz":
        np.savez(tmp_path / "views.npz", p)
    elif kind == "h5":
        save_hdf5(tmp_path / "scan.h5", {"entry/data": p})
        data = {"file": "scan.h5", "key": "entry/data"}
    elif kind == "mat":
        save_matlab(tmp_path / "scan.mat", {"sinogram": p})
        data = {"file": "scan.mat", "key": "CtData/sinogram"}
    elif kind == "mat73":
        save_hdf5(tmp_path / "scan.mat", {"CtData/sinogram": p}, transposed=True)
        data = {"file": "scan.mat", "key": "CtData/sinogram"}
    elif kind == "stack":
        tifffile.imwrite(tmp_path / "scan.tif", p)
        data = {"file": "scan.tif"}
    else:
        save_images(tmp_path, p)  # view_2 comes before view_10
        data = {"file": "view_*.tif", "axes": ["rows", "columns"]}
    check(write(tmp_path, description("cone", **data)), "cone")


@pytest.mark.parametrize("axes", [["columns", "views"], ["views", "columns"]])
@pytest.mark.parametrize("flip", [[], ["columns"], ["views"]])
def test_axes_in_any_order_and_sense(axes, flip, tmp_path):
    p = line_integrals("fan")
    for axis in flip:
        p = np.flip(p, ["views", "columns"].index(axis))
    np.save(tmp_path / "views.npy", p.T if axes[0] == "columns" else p)
    check(write(tmp_path, description("fan", axes=axes, flip=flip)), "fan")


def test_rows_that_run_down_and_images_that_lie_on_their_side(tmp_path):
    p = line_integrals("cone")[:, ::-1].transpose(0, 2, 1)
    np.save(tmp_path / "views.npy", p)
    stated = description("cone", axes=["views", "columns", "rows"], flip=["rows"])
    check(write(tmp_path, stated), "cone")


@pytest.mark.parametrize("frames", ["arrays", "numbers", "one image", "image_key"])
def test_counts_with_darks_and_flats(frames, tmp_path):
    views, flats, darks = counts(line_integrals("fan"))
    data = {
        "file": "scan.h5",
        "key": "data",
        "are": "counts",
        "dark": {"file": "scan.h5", "key": "dark"},
        "flat": {"file": "scan.h5", "key": "flat"},
    }
    arrays = {"data": views, "dark": darks, "flat": flats}
    stated = description("fan", **data)
    if frames == "numbers":
        stated["data"] |= {"dark": 100, "flat": 20000}
    elif frames == "one image":
        arrays |= {"dark": darks.mean(axis=0), "flat": flats.mean(axis=0)}
    elif frames == "image_key":  # NXtomo: all in one array, flats between the views
        arrays["data"] = np.concatenate([darks, views[:7], flats, views[7:]])
        arrays["key"] = np.repeat([2, 0, 1, 0], [2, 7, 2, VIEWS - 7])
        arrays["angle"] = np.concatenate([[0, 0], DEGREES["fan"][:7], [9, 9], DEGREES["fan"][7:]])
        del stated["data"]["dark"], stated["data"]["flat"]
        stated["data"]["image_key"] = {"file": "scan.h5", "key": "key"}
        stated["geometry"]["angles"] = {"file": "scan.h5", "key": "angle", "unit": "degrees"}
    save_hdf5(tmp_path / "scan.h5", arrays)
    check(write(tmp_path, stated), "fan", 1e-5)


def test_transmissions(tmp_path):
    np.save(tmp_path / "views.npy", np.exp(-line_integrals("fan")))
    check(write(tmp_path, description("fan", are="transmission")), "fan")


@pytest.mark.parametrize("unit", ["m", "cm", "um"])
def test_another_unit_of_length(unit, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("fan"))
    stated, per = description("fan"), {"m": 1e-3, "cm": 0.1, "um": 1e3}[unit]
    for key in ("pixel", "source_to_axis", "source_to_detector"):
        stated["geometry"][key] *= per
    stated["geometry"]["unit"] = unit
    stated["grid"]["spacing"] *= per
    stated["scale"] /= per
    path = write(tmp_path, stated)
    check(path, "fan")
    case = datasets.load("scan", file=str(path))
    assert case.grid.spacing == pytest.approx(4.0) and case.scale == pytest.approx(0.02)
    assert case.unit == "mm"


ANGLES = {
    "range": {"first": 3, "step": 15, "unit": "degrees"},
    "backwards": {"first": -3, "step": -15, "sign": -1, "unit": "degrees"},
    "zero": {"first": 0, "step": 15, "zero": 3, "unit": "degrees"},
    "radians": {"values": np.deg2rad(DEGREES["fan"]).tolist(), "unit": "radians"},
    "text": {"file": "angles.txt", "skip": 1, "unit": "degrees"},
}


@pytest.mark.parametrize("kind", ANGLES)
def test_angles_as_numbers_as_a_range_and_as_a_file(kind, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("fan"))
    np.savetxt(tmp_path / "angles.txt", [VIEWS, *DEGREES["fan"]])
    stated = description("fan")
    stated["geometry"]["angles"] = ANGLES[kind]
    check(write(tmp_path, stated), "fan")


def test_one_row_of_a_stack(tmp_path):
    p = line_integrals("parallel")
    np.save(tmp_path / "views.npy", np.stack([0 * p, p], axis=1))
    stated = description("parallel", row=1, axes=["views", "rows", "columns"])
    check(write(tmp_path, stated), "parallel")


@pytest.mark.parametrize("beam", ["parallel", "fan", "cone"])
def test_a_crop_keeps_where_each_ray_runs(beam, tmp_path):
    np.save(tmp_path / "views.npy", line_integrals(beam))
    cropped = {"columns": [6, 33]} | ({"rows": [2, 9]} if beam == "cone" else {})
    found = full(write(tmp_path, description(beam, **cropped)))
    rows = (slice(2, 9),) if beam == "cone" else ()
    np.testing.assert_allclose(
        found.sinogram, line_integrals(beam)[(slice(None), *rows, slice(6, 33))], atol=1e-6
    )
    for one, other in zip(found.geometry.rays(), geometry(beam).rays(), strict=True):
        part = other[(slice(None), *rows, slice(6, 33))]
        np.testing.assert_allclose(one, np.broadcast_to(part, one.shape), atol=1e-9)


@pytest.mark.parametrize("beam", ["fan", "cone"])
def test_binning_averages_counts_before_the_logarithm(beam, tmp_path):
    views, flats, darks = counts(line_integrals(beam))
    for name, values in (("views", views), ("flat", flats), ("dark", darks)):
        np.save(tmp_path / f"{name}.npy", values)
    data = {"are": "counts", "binning": 2, "flat": {"file": "flat.npy"}}
    found = full(write(tmp_path, description(beam, **data, dark={"file": "dark.npy"})))
    transmission = np.exp(-line_integrals(beam))
    if beam == "cone":
        squares = transmission.reshape(VIEWS, ROWS // 2, 2, COLUMNS // 2, 2).mean(axis=(2, 4))
    else:
        squares = transmission.reshape(VIEWS, COLUMNS // 2, 2).mean(axis=2)
    np.testing.assert_allclose(found.sinogram, -np.log(squares), atol=1e-5)
    assert found.geometry.detector_spacing == 8.4


def test_dead_columns_lie_between_their_neighbours(tmp_path):
    p = line_integrals("fan")
    spoilt = p.copy()
    spoilt[:, [0, 17, 18]] = 1e3
    np.save(tmp_path / "views.npy", spoilt)
    found = full(write(tmp_path, description("fan", dead=[0, 17, 18]))).sinogram.numpy()
    np.testing.assert_allclose(found[:, 17], (2 * p[:, 16] + p[:, 19]) / 3, atol=1e-6)
    np.testing.assert_allclose(found[:, 0], p[:, 1], atol=1e-6)
    np.testing.assert_allclose(np.delete(found, [0, 17, 18], 1), np.delete(p, [0, 17, 18], 1),
                               atol=1e-6)  # fmt: skip


def test_a_measured_orbit(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("cone"))
    np.save(tmp_path / "orbit.npy", geometry("cone").vectors)
    stated = description("cone")
    stated["geometry"] = {"beam": "vectors", "unit": "mm", "vectors": {"file": "orbit.npy"}}
    check(write(tmp_path, stated), "cone")


def test_a_tilted_detector_and_a_grid_beside_the_axis(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("cone"))
    stated = description("cone")
    stated["geometry"]["tilt"] = 2.0
    stated["grid"]["centre"] = [5.0, -4.0, 1.0]
    case = datasets.load("scan", file=str(write(tmp_path, stated)))
    u, v = case.scan.geometry.vectors[0, 6:9], case.scan.geometry.vectors[0, 9:]
    assert np.rad2deg(np.arcsin(u[2] / 4.2)) == pytest.approx(2.0)
    assert u @ v == pytest.approx(0)
    first = geometry("cone").vectors[0, :3] - [5.0, -4.0, 1.0]
    np.testing.assert_allclose(case.scan.geometry.vectors[0, :3], first, atol=1e-9)


def test_files_joined_sorted_and_repeated_views_dropped(tmp_path):
    p = line_integrals("fan")
    np.save(tmp_path / "b.npy", p[10:])
    np.save(tmp_path / "a.npy", p[:13])
    np.savetxt(tmp_path / "b.txt", DEGREES["fan"][10:])
    np.savetxt(tmp_path / "a.txt", DEGREES["fan"][:13])
    stated = description("fan", file=["b.npy", "a.npy"])
    stated["geometry"]["angles"] = {"file": ["b.txt", "a.txt"], "unit": "degrees"}
    stated["views"]["repeated"] = "drop"
    check(write(tmp_path, stated), "fan")


def test_views_to_use_to_hold_out_and_to_leave_out(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("fan"))
    stated = description("fan")
    stated["views"] = {"use": [0, 2, 3], "hold_out": [1, 4], "leave_out": [1]}
    case = datasets.load("scan", file=str(write(tmp_path, stated)))
    left = torch.tensor(np.delete(line_integrals("fan"), 1, axis=0), dtype=torch.float32)
    assert torch.equal(case.scan.sinogram, left[[0, 2, 3]])
    assert torch.equal(case.held_out.sinogram, left[[1, 4]])


def test_a_reference_of_ones_own(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("fan"))
    image = np.random.default_rng(0).random((24, 24))
    np.save(tmp_path / "reference.npy", image)
    stated = description("fan") | {"reference": {"file": "reference.npy"}}
    case = datasets.load("scan", file=str(write(tmp_path, stated)))
    assert torch.equal(case.reference, torch.tensor(image, dtype=torch.float32))


def test_a_beam_that_was_seen_beside_the_object(tmp_path):
    """Each view has an open beam of its own, in columns that no ray through the object meets."""
    p = line_integrals("fan")
    bright = np.linspace(1e4, 2e4, VIEWS)[:, None]
    np.save(tmp_path / "views.npy", 50 + bright * np.exp(-p))
    stated = description("fan", are="counts", dark=50, air={"rows": [0, 1], "columns": [0, 2]})
    assert not p[:, :2].any()
    check(write(tmp_path, stated), "fan", 1e-4)
    stated["data"]["air"]["columns"] = [38, 41]
    with pytest.raises(ValueError, match="air: rows 0 to 1, columns 38 to 41: the detector has"):
        full(write(tmp_path, stated))
