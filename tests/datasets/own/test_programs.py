"""A geometry in a file of another program, named in a YAML: the scan is where it was measured."""

import json

import numpy as np
import pytest
import yaml
from written_scan import (
    COLUMNS,
    DEGREES,
    ROWS,
    VIEWS,
    description,
    geometry,
    line_integrals,
    write,
)

from inrbench.datasets.own import assemble, schema

RADIANS = {beam: np.deg2rad(DEGREES[beam]).tolist() for beam in DEGREES}
CONE = {
    "astra": {"type": "cone_vec", "DetectorRowCount": ROWS, "DetectorColCount": COLUMNS,
              "Vectors": geometry("cone").vectors.tolist()},
    "tigre": {"DSD": 300.0, "DSO": 200.0, "nDetector": [ROWS, COLUMNS], "dDetector": [4.2, 4.2],
              "offDetector": [-1.4, 2.2], "mode": "cone",
              "angles": (np.array(RADIANS["cone"]) - np.pi / 2).tolist()},
    "leap": {"geometry": "cone", "numAngles": VIEWS, "numRows": ROWS, "numCols": COLUMNS,
             "pixelWidth": 4.2, "pixelHeight": 4.2, "centerRow": (ROWS - 1) / 2 + 1.4 / 4.2,
             "centerCol": (COLUMNS - 1) / 2 - 2.2 / 4.2, "sod": 200.0, "sdd": 300.0,
             "phis": DEGREES["cone"].tolist()},
}  # fmt: skip


def cone(folder, program, suffix):
    np.save(folder / "views.npy", line_integrals("cone"))
    stated = CONE[program]
    if suffix == "cfg":
        text = "\n".join(f"{k} = {str(v).strip('[]')}" for k, v in stated.items())
    else:
        text = json.dumps(stated) if suffix == "json" else yaml.safe_dump(stated)
    (folder / f"geometry.{suffix}").write_text(
        "# as the program wrote it\n" * (suffix == "cfg") + text
    )
    document = description("cone")
    document["geometry"] = {program: f"geometry.{suffix}", "unit": "mm"}
    return document


def full(path):
    return assemble.full_scan(schema.read(path), path.parent)


@pytest.mark.parametrize(
    ("program", "suffix"),
    [("astra", "json"), ("astra", "yaml"), ("tigre", "json"), ("tigre", "yaml"), ("leap", "cfg")],
)
def test_a_cone(program, suffix, tmp_path):
    found = full(write(tmp_path, cone(tmp_path, program, suffix)))
    np.testing.assert_allclose(found.sinogram, line_integrals("cone"), atol=1e-6)
    for one, other in zip(found.geometry.rays(), geometry("cone").rays(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_lengths_of_a_program_in_another_unit(tmp_path):
    document = cone(tmp_path, "tigre", "json")
    document["geometry"]["unit"] = "cm"
    found = full(write(tmp_path, document)).geometry
    assert found.source_to_axis == 2000.0 and found.detector_offset == pytest.approx((-14.0, 22.0))


def test_angles_and_a_centre_beside_a_programs_file(tmp_path):
    document = cone(tmp_path, "leap", "cfg")
    document["geometry"] |= {"centre": 10.0, "angles": {"first": 1, "step": 2, "unit": "degrees"}}
    found = full(write(tmp_path, document)).geometry
    np.testing.assert_allclose(np.rad2deg(found.angles), 1 + 2.0 * np.arange(VIEWS))
    assert found.detector_offset[1] == pytest.approx(9.5 * 4.2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"nDetector": [ROWS, COLUMNS + 1]}, r"the geometry has \(24, 10, 41\) views, rows"),
     ({"DSD": None}, "geometry.json: DSD is missing"),
     ({"DSD": 100.0}, "0 < source_to_axis <= source_to_detector")],
)  # fmt: skip
def test_a_programs_file_that_is_of_another_scan(change, sentence, tmp_path):
    document = cone(tmp_path, "tigre", "json")
    stated = {**CONE["tigre"], **change}
    (tmp_path / "geometry.json").write_text(json.dumps(stated))
    with pytest.raises(ValueError, match=sentence):
        full(write(tmp_path, document))
