"""`inrbench new scan` fills in what a file says, whatever kind of file it is."""

import h5py
import numpy as np
import pytest
import yaml
from written_scan import counts, line_integrals, save_hdf5, save_images, save_matlab

from inrbench.datasets.own.draft import draft
from inrbench.datasets.own.schema import OwnScan
from inrbench.templates import write_scan


def drafted(path):
    """The document, which the schema takes as it is."""
    document = yaml.safe_load(draft(path).text)
    OwnScan.model_validate(document)
    return document


def test_nexus(tmp_path):
    p = counts(line_integrals("cone"))[0]
    entry = "entry1/tomo_entry"
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file[f"{entry}/instrument/detector/data"] = p
        file[f"{entry}/instrument/detector/image_key"] = np.repeat([2, 1, 0], [2, 2, 20])
        file[f"{entry}/sample/rotation_angle"] = np.arange(24.0)
        file[f"{entry}/sample/rotation_angle"].attrs["units"] = "deg"
    found = drafted(tmp_path / "a.nxs")
    assert found["data"]["key"] == f"{entry}/instrument/detector/data"
    assert found["data"]["image_key"]["key"] == f"{entry}/instrument/detector/image_key"
    angles = found["geometry"]["angles"]
    assert angles == {"file": "a.nxs", "key": f"{entry}/sample/rotation_angle", "unit": "degrees"}
    assert found["views"]["use"] == 3  # of the 20 that are views


def test_a_matlab_file_of_heltomo(tmp_path):
    parameters = {"distanceSourceOrigin": 200.0, "distanceSourceDetector": 300.0,
                  "pixelSizePost": 4.2, "numDetectorsPost": 40,
                  "angles": np.arange(24.0)}  # fmt: skip
    struct = {"sinogram": line_integrals("fan"), "parameters": parameters}
    save_matlab(tmp_path / "a.mat", struct)
    found = drafted(tmp_path / "a.mat")
    assert found["geometry"] == {"heltomo": "a.mat", "unit": "mm"}
    assert found["grid"]["spacing"] == pytest.approx(4.2 * 200 / 300)
    assert found["data"]["key"] == "CtData/sinogram" and found["data"]["are"] == "line_integrals"


def test_a_row_of_images(tmp_path):
    save_images(tmp_path, line_integrals("cone").astype(np.float32), "scan_{:03}_x.tif")
    found = drafted(tmp_path / "scan_004_x.tif")
    assert found["data"]["file"] == "scan_*_x.tif"
    assert found["data"]["axes"] == ["rows", "columns"] and found["data"]["row"] == 4
    save_images(tmp_path, counts(line_integrals("cone"))[0].astype(np.uint16), "raw{}.tif")
    stated = drafted(tmp_path / "raw0.tif")["data"]
    assert (stated["are"], stated["dark"], stated["flat"]) == ("counts", 0, 65535)


@pytest.mark.parametrize("kind", ["npy", "npz", "h5"])
def test_an_array_that_says_no_more(kind, tmp_path):
    p = (1000 * line_integrals("fan")).astype(np.uint16 if kind == "npy" else np.float32)
    if kind == "h5":
        save_hdf5(tmp_path / "a.h5", {"small": p[0], "entry/views": p})
    else:
        (np.save if kind == "npy" else np.savez)(tmp_path / f"a.{kind}", p)
    found = drafted(tmp_path / f"a.{kind}")
    assert found["data"]["axes"] == ["views", "columns"]
    assert found["data"]["are"] == ("counts" if kind == "npy" else "line_integrals")
    assert found["data"].get("key") == ("entry/views" if kind == "h5" else None)
    assert found["geometry"]["angles"] == {"first": 0, "step": 7.5, "unit": "degrees"}


def test_what_is_no_scan_is_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="name the file that holds the views"):
        draft(tmp_path / "a.npy")
    save_matlab(tmp_path / "a.mat", {"other": np.eye(3)})
    with pytest.raises(ValueError, match="has no struct CtData with a sinogram"):
        draft(tmp_path / "a.mat")
    (tmp_path / "a.dcm").write_bytes(b"1")
    with pytest.raises(ValueError, match="expected a file that ends with"):
        draft(tmp_path / "a.dcm")


def test_the_yaml_lies_beside_the_file_and_the_experiment_where_one_is(tmp_path):
    (tmp_path / "far").mkdir()
    np.save(tmp_path / "far" / "tooth-2.npy", line_integrals("fan"))
    described, experiment = write_scan(tmp_path / "far" / "tooth-2.npy", tmp_path)
    assert described == tmp_path / "far" / "tooth_2.scan.yaml"
    mine = yaml.safe_load(experiment.read_text())["datasets"]["tooth_2"]
    assert mine == {"name": "scan", "file": "far/tooth_2.scan.yaml", "label": "tooth 2"}
    with pytest.raises(FileExistsError, match="nothing was written"):
        write_scan(tmp_path / "far" / "tooth-2.npy", tmp_path)
