"""Measured scans through a YAML alone give the cases of the suite's own readers."""

import math
import os

import numpy as np
import pytest
import torch
from written_scan import write

from inrbench import datasets
from inrbench.datasets import htc2022, mbircone
from inrbench.datasets.download import fetch
from inrbench.datasets.manifest import load_manifest
from inrbench.datasets.own import assemble, schema
from inrbench.datasets.scan_check import centre
from inrbench.datasets.scan_check.check import check

pytestmark = pytest.mark.skipif(
    not os.environ.get("INRBENCH_MIRROR"),
    reason="set INRBENCH_MIRROR to a folder that holds <data set>/<file name> of measured scans",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data folder, filled from the mirror."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("htc2022", "mbircone", "tooth"):
        for file in load_manifest(name).files:
            fetch(file, folder / name, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INRBENCH_DATA", str(folder))
        yield folder


TOOTH = {
    "data": {"file": "tooth.h5", "key": "exchange/data", "axes": ["views", "rows", "columns"],
             "row": 0, "are": "counts", "dark": {"file": "tooth.h5", "key": "exchange/data_dark"},
             "flat": {"file": "tooth.h5", "key": "exchange/data_white"}},
    "geometry": {"beam": "parallel", "unit": "pixel", "pixel": 1, "centre": 296,
                 "angles": {"file": "tooth.h5", "key": "exchange/theta", "unit": "degrees"}},
    "grid": {"shape": 320, "spacing": 1}, "views": {"use": 31}, "scale": 0.008,
}  # fmt: skip


def assert_same(case, other):
    """Bit for bit: values, angles, offsets, reference, scale and unit."""
    for one, its in ((case.scan, other.scan), (case.held_out, other.held_out)):
        assert torch.equal(one.sinogram, its.sinogram)
        fields, known = vars(one.geometry), vars(its.geometry)
        assert type(one.geometry) is type(its.geometry)
        assert all(np.array_equal(fields[key], known[key]) for key in known)
    assert torch.equal(case.reference, other.reference)
    assert (case.grid, case.scale, case.unit, case.kind) == (
        other.grid, other.scale, other.unit, other.kind
    )  # fmt: skip


def test_the_tooth_is_the_same_bit_for_bit(data):
    case = datasets.load("scan", file=str(write(data / "tooth", TOOTH)))
    assert_same(case, datasets.load("tooth"))


@pytest.mark.parametrize("heltomo", [False, True])
def test_the_disc_of_eight_matlab_files_is_the_same_bit_for_bit(heltomo, data):
    cuts = list(htc2022.CUTS)
    angles = {"file": cuts, "key": htc2022.ANGLES, "unit": "degrees"}
    geometry = {"unit": "mm", "angles": angles}
    if heltomo:
        geometry["heltomo"] = cuts[0]
    else:
        geometry |= {"beam": "fan", "pixel": 0.2, "source_to_axis": 410.66,
                     "source_to_detector": 553.74}  # fmt: skip
    stated = {
        "data": {"file": cuts, "key": htc2022.SINOGRAM, "axes": ["views", "columns"],
                 "are": "line_integrals"},
        "geometry": geometry, "grid": {"shape": 64, "spacing": htc2022.FIELD / 64},
        "views": {"use": 61, "repeated": "drop"}, "scale": 0.036,
    }  # fmt: skip
    case = datasets.load("scan", file=str(write(data / "htc2022", stated)))
    assert_same(case, datasets.load("htc2022", size=64))


def test_the_rod_has_the_same_values_and_rays(data):
    """Bit for bit but for positions, to a billionth of a mm: a centre in columns stands for
    offsets in mm. Its reference is a raw volume of the publishers', which no YAML reads."""
    reference, grid, middle = mbircone.read_reference()
    np.save(data / "mbircone" / "reference.npy", reference)
    own = mbircone._parameters("sinoParams.txt", "Delta_dw", "u_s", "u_d0", "w_d0")
    spacing = own["Delta_dw"]
    stated = {
        "data": {"file": "sino.npy", "axes": ["views", "columns", "rows"], "flip": ["columns"],
                 "are": "line_integrals"},
        "geometry": {
            "beam": "cone", "unit": "mm", "pixel": spacing, "source_to_axis": -own["u_s"],
            "source_to_detector": own["u_d0"] - own["u_s"],
            "centre_row": 63 / 2 - (own["w_d0"] + 32 * spacing) / spacing,
            "angles": {"file": "viewAngleList.txt", "skip": 1, "unit": "radians", "sign": -1,
                       "zero": -math.pi / 2},
        },
        "grid": {"shape": list(grid.shape), "spacing": grid.spacing, "centre": middle.tolist()},
        "views": {"use": 32}, "scale": 0.2, "reference": {"file": "reference.npy"},
    }  # fmt: skip
    case = datasets.load("scan", file=str(write(data / "mbircone", stated)))
    other = datasets.load("mbircone")
    for one, its in ((case.scan, other.scan), (case.held_out, other.held_out)):
        assert torch.equal(one.sinogram, its.sinogram)
        np.testing.assert_allclose(one.geometry.vectors, its.geometry.vectors, atol=1e-9)
    assert torch.equal(case.reference, other.reference) and case.grid == other.grid


def test_the_teeths_axis_is_found_within_half_a_column(data):
    stated = {**TOOTH, "geometry": {**TOOTH["geometry"]}}
    del stated["geometry"]["centre"]
    own = schema.read(write(data / "tooth", stated, "blind.scan.yaml"))
    scan = assemble.full_scan(own, data / "tooth")
    offset, _ = centre.estimate(scan)
    assert scan.geometry.detector_offset == 0 and offset == pytest.approx(23.5, abs=0.5)


def test_the_discs_axis_is_found_within_half_a_column(data):
    scan = htc2022.full_scan()
    offset, _ = centre.estimate(scan)
    assert offset / scan.geometry.detector_spacing == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_rods_check_tells_the_sense_of_its_turn(sign, data):
    stated = {
        "data": {"file": "sino.npy", "axes": ["views", "columns", "rows"], "flip": ["columns"],
                 "are": "line_integrals"},
        "geometry": {"beam": "cone", "unit": "mm", "pixel": 3.2, "source_to_axis": 71.6364,
                     "source_to_detector": 619.7902, "offset_row": -0.5654,
                     "angles": {"file": "viewAngleList.txt", "skip": 1, "unit": "radians",
                                "sign": sign}},
        "grid": {"shape": [80, 65, 65], "spacing": 0.36986}, "views": {"use": 32},
    }  # fmt: skip
    found = check(write(data / "mbircone", stated, "sense.scan.yaml"))
    wrong = {one.about for one in found.remarks if one.level == "wrong"}
    assert wrong == (set() if sign == -1 else {"geometry", "opposite rays"})
    mend = " ".join(one.mend or "" for one in found.remarks)
    assert ("angles: sign" in mend) == (sign == 1)
    (scale,) = (one.mend for one in found.remarks if one.about == "scale")
    assert 0.1 < float(scale.split(": ")[1]) < 0.4  # 1/mm, by hand 0.2
