"""The forms in which real scans are wrong: each is one sentence, or a remark of `scan check`."""

from dataclasses import replace

import numpy as np
import pytest
from written_scan import (
    DEGREES,
    counts,
    description,
    geometry,
    line_integrals,
    save_hdf5,
    save_images,
    write,
)  # fmt: skip

from inrbench import datasets
from inrbench.datasets.own import schema
from inrbench.datasets.scan_check.check import check
from inrbench.phantoms import ellipses
from inrbench.testing.projectors import ASYMMETRIC


def refused(folder, document, sentence):
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        datasets.load("scan", file=str(write(folder, document)))


@pytest.fixture
def fan(tmp_path):
    """A fan's line integrals as `views.npy`; gives the document."""
    np.save(tmp_path / "views.npy", line_integrals("fan"))
    return description("fan")


def test_degrees_where_radians_are_stated(fan, tmp_path):
    fan["geometry"]["angles"]["unit"] = "radians"
    refused(tmp_path, fan, "are they degrees")


def test_radians_where_degrees_are_stated(fan, tmp_path):
    fan["geometry"]["angles"]["values"] = np.deg2rad(DEGREES["fan"]).tolist()
    refused(tmp_path, fan, "a whole turn in radians: say `unit: radians`")
    fan["geometry"]["angles"]["values"] = np.deg2rad(DEGREES["fan"] / 2).tolist()
    refused(tmp_path, fan, "a half turn in radians")


def test_a_file_that_is_missing_in_a_row_of_images(tmp_path):
    save_images(tmp_path, line_integrals("cone").astype(np.float32), "view_{:04}.tif")
    stated = description("cone", file="view_*.tif", axes=["rows", "columns"])
    (tmp_path / "view_0007.tif").unlink()
    refused(tmp_path, stated, "between .*view_0006.tif and view_0008.tif a file is missing")
    (tmp_path / "view_0023.tif").unlink()
    (tmp_path / "view_0007.tif").symlink_to("view_0006.tif")
    refused(tmp_path, stated, "24 angles and 23 views")
    refused(tmp_path, description("cone", file="vew_*.tif"), "no file of such a name")


def test_flats_of_another_detector(tmp_path):
    views, flats, darks = counts(line_integrals("fan"))
    save_hdf5(tmp_path / "a.h5", {"data": views, "flat": flats[:, 1:], "dark": darks})
    frames = {name: {"file": "a.h5", "key": name} for name in ("dark", "flat")}
    stated = description("fan", file="a.h5", key="data", are="counts", **frames)
    refused(tmp_path, stated, r"the flat has 1 x 39 pixels .*, the views 1 x 40")


def test_flats_and_darks_that_are_swapped(tmp_path):
    views, flats, darks = counts(line_integrals("fan"))
    save_hdf5(tmp_path / "a.h5", {"data": views, "flat": darks, "dark": flats})
    frames = {name: {"file": "a.h5", "key": name} for name in ("dark", "flat")}
    stated = description("fan", file="a.h5", key="data", are="counts", **frames)
    refused(tmp_path, stated, "mean flat not above their mean dark")
    assert "are they swapped" in says(check(write(tmp_path, stated)), "flats")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers(bad, tmp_path):
    p = line_integrals("fan")
    p[3, 4] = bad
    np.save(tmp_path / "views.npy", p)
    refused(tmp_path, description("fan"), "1 of 960 values NaN or infinite")


def test_counts_of_16_bits_that_were_written_as_signed(tmp_path):
    views, _, _ = counts(line_integrals("fan"), bright=60_000)
    np.save(tmp_path / "views.npy", views.astype(np.uint16).view(np.int16))
    stated = description("fan", are="counts", dark=100, flat=60_000)
    refused(tmp_path, stated, "written as signed wrap round at 32,768; write them as uint16")


def test_axes_that_are_transposed(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("fan").T)
    refused(tmp_path, description("fan"), "24 angles and 40 views: correct `axes`")
    stated = description("fan", axes=["columns", "rows", "views"])
    refused(
        tmp_path, stated, r"has the shape \(40, 24\) where `axes` are \[columns, rows, views\]"
    )


def test_a_stack_where_one_row_is_expected(tmp_path):
    np.save(tmp_path / "views.npy", np.stack([line_integrals("fan")] * 3, axis=1))
    stated = description("fan", axes=["views", "rows", "columns"])
    refused(tmp_path, stated, "the data have 3 rows where a FanBeam is in two dimensions")


def test_a_key_that_is_not_in_the_file_names_the_nearest(tmp_path):
    save_hdf5(tmp_path / "a.h5", {"exchange/data": line_integrals("fan")})
    for key, sentence in (("exchange/dta", "did you mean 'exchange/data'"),
                          (None, "`key`, .* is missing: it has exchange/data")):  # fmt: skip
        refused(tmp_path, description("fan", file="a.h5", key=key), sentence)


def test_views_that_are_not_there_or_judge_themselves(fan, tmp_path):
    for views, sentence in (
        ({"use": 25}, "this scan has 24; choose from 1 to 24"),
        ({"use": [0, 24]}, "view 24: this scan has 24, counted from 0"),
        ({"use": [0, 1], "hold_out": [1]}, "view 1 is both used and held out"),
        ({"use": 3, "leave_out": [30]}, "leave_out: view 30: the scan has 24"),
    ):
        refused(tmp_path, {**fan, "views": views}, sentence)


def test_two_views_at_one_angle_that_differ(fan, tmp_path):
    fan["geometry"]["angles"]["values"][5] = float(DEGREES["fan"][4])
    fan["views"]["repeated"] = "drop"
    refused(tmp_path, fan, "views 4 and 5 are both at 63 degrees and differ")


SCHEMA = {
    "an unknown key": ({"data": {"fille": "a"}}, "unknown key 'data.fille': did you mean 'file'"),
    "no grid": ({"grid": None}, "`grid` is missing; `inrbench new scan FILE` writes it"),
    "a fan without distances": (
        {"geometry": {"source_to_axis": None}}, "a beam that is fan needs `source_to_axis`",
    ),
    "what a beam does not take": ({"geometry": {"tilt": 2.0}}, "tilt: a beam that is fan takes"),
    "counts without flats": ({"data": {"are": "counts"}}, "counts need either `flat`, `air` or"),
    "darks of line integrals": ({"data": {"dark": 3.0}}, "line_integrals take no dark, flat"),
    "two ways of angles": (
        {"geometry": {"angles": {"first": 0.0, "step": 1.0}}}, "give either `values`, or `first`",
    ),
    "two geometries": ({"geometry": {"astra": "a.json"}}, "give either `beam` or one of astra"),
    "a word for a length": ({"geometry": {"pixel": "wide"}}, "geometry.pixel: .*valid number"),
    "a unit that is none": ({"geometry": {"unit": "inch"}}, "geometry.unit: input should be 'm'"),
    "another file's layout": ({"layout": {"naf": "a.pickle"}}, "`layout` is one file that says"),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMA)
def test_a_description_that_cannot_be(name, fan, tmp_path):
    change, sentence = SCHEMA[name]
    for part, keys in change.items():
        if keys is None:
            del fan[part]
        elif part == "layout":
            fan[part] = keys
        else:
            for key, value in keys.items():
                if isinstance(value, dict):
                    fan[part][key] |= value
                else:
                    fan[part][key] = value
            fan[part] = {key: value for key, value in fan[part].items() if value is not None}
    with pytest.raises(ValueError, match=f"(?i)mine.scan.yaml: .*{sentence}"):
        schema.read(write(tmp_path, fan))


def test_a_scale_that_is_missing_names_the_command(fan, tmp_path):
    del fan["scale"]
    refused(tmp_path, fan, '"inrbench scan check mine.scan.yaml" suggests one')


def says(found, about):
    """What the remarks on a subject say and mend, of those that are not ok."""
    return " | ".join(
        f"{one.says} -> {one.mend}" for one in found.remarks
        if one.about == about and one.level != "ok"
    )  # fmt: skip


def wrongs(found):
    return [one for one in found.remarks if one.level == "wrong"]


def many_views(folder, change=lambda p: p, views=90, stated=None, columns=64):
    """A well-sampled fan, its geometry changed by `stated`, as a description."""
    angles = np.arange(views) * 360 / views
    beam = replace(geometry("fan", columns, 0.0), angles=np.deg2rad(angles), detector_spacing=2.6)
    np.save(folder / "views.npy", change(ellipses.line_integrals(ASYMMETRIC, beam)))
    document = description("fan")
    document["geometry"] |= {"centre": (columns - 1) / 2, "pixel": 2.6} | (stated or {})
    document["geometry"].setdefault("angles", {})
    document["geometry"]["angles"] = {"values": angles.tolist(), "unit": "degrees"} | (
        (stated or {}).get("angles", {})
    )
    return document


def test_a_scan_that_is_right_has_nothing_wrong(tmp_path):
    found = check(write(tmp_path, many_views(tmp_path)))
    assert wrongs(found) == [] and found.pictures, found.remarks


def test_the_wrong_sign_of_a_fans_angles(tmp_path):
    stated = many_views(tmp_path, stated={"angles": {"sign": -1}})
    found = check(write(tmp_path, stated))
    assert "sign: -1" in says(found, "geometry") and says(found, "opposite rays")
    assert len(found.pictures) >= 2


def test_the_wrong_centre_of_a_cropped_fan_is_named_as_recorded(tmp_path):
    document = many_views(tmp_path, stated={"centre": 37.5})
    document["data"]["columns"] = [2, 62]
    assert "geometry: centre: 31.5" in says(check(write(tmp_path, document)), "geometry")


def test_the_detectors_distance_from_the_axis(tmp_path):
    """100 mm behind the axis, and stated as if it was the distance from the source."""
    document = many_views(tmp_path, stated={"source_to_axis": 90.0, "source_to_detector": 100.0})
    beam = replace(geometry("fan", 64, 0.0), source_to_axis=90.0, source_to_detector=190.0,
                   detector_spacing=2.6, angles=np.arange(90) * np.pi / 45)  # fmt: skip
    np.save(tmp_path / "views.npy", ellipses.line_integrals(ASYMMETRIC, beam))
    found = says(check(write(tmp_path, document)), "geometry")
    assert "source_to_detector: 190 mm" in found


def test_angles_in_another_order_than_the_views(tmp_path):
    order = np.random.default_rng(0).permutation(90)
    values = (np.arange(90) * 4.0)[order].tolist()
    document = many_views(tmp_path, stated={"angles": {"values": values}})
    found = check(write(tmp_path, document))
    assert "the angles are in another order than the views" in says(found, "angles")


def test_a_gap_and_a_repeated_view(tmp_path):
    values = np.arange(90) * 4.0
    values[50:] += 40
    document = many_views(tmp_path, stated={"angles": {"values": values.tolist()}})
    assert "no view between 196 and 240 degrees" in says(
        check(write(tmp_path, document)), "angles"
    )
    closed = np.linspace(0, 360, 90).tolist()
    document = many_views(tmp_path, stated={"angles": {"values": closed}})
    assert "views 0, 89 at 0 degrees -> views: leave_out: [89]" in says(
        check(write(tmp_path, document)), "angles"
    )


def test_a_short_range_of_angles(tmp_path):
    document = many_views(tmp_path, stated={"angles": {"values": np.arange(90.0).tolist()}})
    assert "views cover 89 degrees" in says(check(write(tmp_path, document)), "angles")


def test_values_that_are_not_what_they_are_said_to_be(tmp_path):
    transmitted = many_views(tmp_path, lambda p: np.exp(-p))
    found = check(write(tmp_path, transmitted))
    assert "these are transmissions -> data: are: transmission" in says(found, "-log")
    counted = many_views(tmp_path, lambda p: 3e4 * np.exp(-p))
    assert "these are counts" in says(check(write(tmp_path, counted)), "-log")
    logged = many_views(tmp_path)
    logged["data"]["are"] = "transmission"
    assert "data: are: line_integrals" in says(check(write(tmp_path, logged)), "-log")


def test_lengths_in_another_unit(tmp_path):
    document = many_views(tmp_path)
    for key in ("pixel", "source_to_axis", "source_to_detector"):
        document["geometry"][key] *= 1000  # micrometres
    del document["scale"]
    assert "are lengths in another unit" in says(check(write(tmp_path, document)), "unit")


def test_a_scale_of_another_unit(tmp_path):
    document = many_views(tmp_path) | {"scale": 2.0}
    found = says(check(write(tmp_path, document)), "scale")
    assert "2 is stated" in found and "scale: 0.02" in found


def test_dead_columns_and_counts_that_wrapped_round(tmp_path):
    def spoilt(p):
        views, _, _ = counts(p)
        views[:, 20] *= 0.3
        views[:, 41] = 100
        return views.astype(np.uint16)

    document = many_views(tmp_path, spoilt)
    document["data"] |= {"are": "counts", "dark": 100, "flat": 20_000}
    found = check(write(tmp_path, document))
    assert "data: dead: [20, 41]" in says(found, "columns")
    document["data"]["dead"] = [20, 41]
    assert not says(check(write(tmp_path, document)), "columns")

    def wrapped(p):  # a dark that was subtracted without a sign
        views, _, _ = counts(p)
        return (views - 19_000).astype(np.int64).astype(np.uint16)

    document = many_views(tmp_path, wrapped)
    document["data"] |= {"are": "counts", "dark": 0, "flat": 65_535}
    assert "counts wrapped round" in says(check(write(tmp_path, document)), "counts")


def test_a_file_that_cannot_be_read_is_a_remark(fan, tmp_path):
    (tmp_path / "views.npy").unlink()
    assert "views.npy: no such file" in says(check(write(tmp_path, fan)), "files")


def test_a_cone_is_checked_in_the_sources_plane(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("cone"))
    document = description("cone")
    document["geometry"]["centre"] += 5
    found = check(write(tmp_path, document))
    assert f"geometry: centre: {document['geometry']['centre'] - 5:.1f}" in says(found, "geometry")
    assert [title.split(",")[0] for title, _ in found.pictures].count("FDK") == 2


def test_an_orbit_of_vectors_is_reconstructed_as_it_is(tmp_path):
    np.save(tmp_path / "views.npy", line_integrals("cone"))
    np.save(tmp_path / "orbit.npy", geometry("cone").vectors)
    document = description("cone")
    document["geometry"] = {"beam": "vectors", "unit": "mm", "vectors": {"file": "orbit.npy"}}
    found = check(write(tmp_path, document))
    assert wrongs(found) == [] and "the orbit is vectors" in says(found, "centre")
    ((title, image),) = found.pictures
    assert title.startswith("FDK, as it is") and float(image.max()) > 0.01
