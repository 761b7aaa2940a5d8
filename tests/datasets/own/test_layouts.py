"""NAF's pickles and R2-Gaussian's folders as their generators write them; no pickle is run."""

import json
import pickle

import numpy as np
import pytest
import yaml
from written_scan import write

from inrbench import datasets, projectors
from inrbench.datasets.formats import pickled
from inrbench.datasets.formats.judged import BadFile
from inrbench.geometry import ConeVectors
from inrbench.grid import Grid
from inrbench.phantoms import ellipsoids
from inrbench.testing.projectors import ASYMMETRIC_3D

ANGLES = np.arange(20) * 2 * np.pi / 20 + 0.1
GRID = Grid((20, 24, 28), 3.0)  # z, y, x
SCANNER = {
    "mode": "cone", "DSD": 300.0, "DSO": 200.0, "nDetector": [36, 40], "nVoxel": [28, 24, 20],
    "offOrigin": [2.0, -3.0, 1.0], "offDetector": [-4.0, 2.5], "accuracy": 0.5, "filter": None,
}  # fmt: skip


def projections(angles, per):
    """What TIGRE's generator stores: integrals along its own rays, each view upside down.

    At angle a the source is DSO (cos a, sin a, 0), columns run along (-sin a, cos a, 0) and rows,
    before they are turned, along z; the volume's centre is at offOrigin.
    """
    cos, sin, zero, one = np.cos(angles), np.sin(angles), 0 * angles, np.ones_like(angles)
    out = np.stack([cos, sin, zero], -1)
    along, up = np.stack([-sin, cos, zero], -1), np.stack([zero, zero, one], -1)
    moved = np.array([2.0, -3.0, 1.0])
    centre = -100 * out - 4.0 * along + 2.5 * up - moved
    vectors = np.hstack([200 * out - moved, centre, 4.2 * along, 4.2 * up])
    p = ellipsoids.line_integrals(ASYMMETRIC_3D, ConeVectors(vectors, (36, 40)))
    return (per * p).astype(np.float32)[:, ::-1, :]


def volume():
    """Axes (x, y, z), all growing."""
    return ellipsoids.rasterise(ASYMMETRIC_3D, GRID)[:, ::-1].transpose(2, 1, 0)


def naf(path, protocol=pickle.HIGHEST_PROTOCOL, **more):
    """In 1/m and mm: lengths in metres give the same integrals."""
    parts = {name: {"angles": angles, "projections": projections(angles, 1.0)}
             for name, angles in (("train", ANGLES[::2]), ("val", ANGLES[1::2]))}  # fmt: skip
    data = {**SCANNER, "dDetector": [4.2, 4.2], "dVoxel": [3.0, 3.0, 3.0], **parts,
            "image": 1000 * volume(), "numTrain": np.int64(10), "numVal": 10, **more}  # fmt: skip
    path.write_bytes(pickle.dumps(data, protocol))


def r2_gaussian(folder):
    scanner = {**SCANNER, "sDetector": [36 * 4.2, 40 * 4.2], "sVoxel": [84.0, 72.0, 60.0]}
    meta = {"scanner": scanner, "vol": "vol_gt.npy", "bbox": [[-1] * 3, [1] * 3]}
    np.save(folder / "vol_gt.npy", volume())
    for split, angles in (("proj_train", ANGLES[::2]), ("proj_test", ANGLES[1::2])):
        (folder / split).mkdir()
        views = projections(angles, 1.0)
        meta[split] = []
        for k, (view, angle) in enumerate(zip(views, angles, strict=True)):
            name = f"{split}/{split}_{k:04d}.npy"
            np.save(folder / name, view)
            meta[split].append({"file_path": name, "angle": angle})
    (folder / "meta_data.json").write_text(json.dumps(meta, indent=4))


@pytest.mark.parametrize("program", ["naf", "naf 2", "r2_gaussian"])
def test_views_volume_and_geometry_belong_together(program, tmp_path):
    """The volume that comes with the data explains views that it was not read with."""
    if program == "r2_gaussian":
        r2_gaussian(tmp_path)
        layout = {"r2_gaussian": "meta_data.json"}
    else:
        naf(tmp_path / "a.pickle", 2 if program == "naf 2" else pickle.HIGHEST_PROTOCOL)
        layout = {"naf": "a.pickle"}
    case = datasets.load("scan", file=str(write(tmp_path, {"layout": layout, "scale": 0.02})))
    assert case.grid == GRID and case.kind == "truth"
    assert len(case.scan.sinogram) == len(case.held_out.sinogram) == 10
    np.testing.assert_allclose(case.reference, ellipsoids.rasterise(ASYMMETRIC_3D, GRID),
                               rtol=1e-5)  # fmt: skip
    for scan in (case.scan, case.held_out):
        closed = ellipsoids.line_integrals(ASYMMETRIC_3D, scan.geometry)
        np.testing.assert_allclose(scan.sinogram, closed, atol=1e-5)
        found = projectors.make(scan.geometry, case.grid).forward(case.reference)
        assert float((found - scan.sinogram).norm() / scan.sinogram.norm()) < 0.1


class Evil:
    def __reduce__(self):
        return (print, ("run by the pickle",))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [(Evil(), r"names (builtins|__builtin__).print, which is no array"),
     (np.array([None]), "not of real numbers"),
     (np.array(["word"]), "not of real numbers"),
     ({1, 2}, r"names (builtins|__builtin__).set|a set where numbers")],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [2, 5])
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(
    value, sentence, protocol, tmp_path, capsys
):
    naf(tmp_path / "evil.pickle", protocol, extra=value)
    with pytest.raises(BadFile, match=sentence):
        pickled.mapping(tmp_path / "evil.pickle")
    assert "run by" not in capsys.readouterr().out


@pytest.mark.parametrize("protocol", range(6))
def test_numbers_and_arrays_of_each_protocol(protocol, tmp_path):
    stored = {"a": np.arange(6.0).reshape(2, 3), "b": np.asfortranarray(np.eye(3, 2, dtype="<f4")),
              "c": np.arange(4, dtype=">i2")[::-1], "d": np.float32(0.5), "e": [1, None, "word"],
              "f": np.zeros((0, 3)), "g": True}  # fmt: skip
    path = tmp_path / "a.pickle"
    path.write_bytes(pickle.dumps(stored, protocol))
    found = pickled.mapping(path)
    for key in "abcf":
        assert found[key].dtype == stored[key].dtype and np.array_equal(found[key], stored[key])
    assert (found["d"], found["e"], found["g"]) == (0.5, [1, None, "word"], True)


def test_a_cut_pickle_and_one_that_lies_of_its_shape(tmp_path):
    path = tmp_path / "a.pickle"
    whole = pickle.dumps({"a": np.arange(6.0)[::-1]}, 2)
    for content in (whole[:-20], whole.replace(b"K\x06\x85", b"K\x07\x85"), b"", b"\x80\x05."):
        path.write_bytes(content)
        with pytest.raises(BadFile):
            pickled.mapping(path)


def test_new_scan_knows_both(tmp_path):
    from inrbench.datasets.own.draft import draft

    naf(tmp_path / "a.pickle")
    r2_gaussian(tmp_path)
    for name, program in (("a.pickle", "naf"), ("meta_data.json", "r2_gaussian")):
        found = draft(tmp_path / name)
        assert found.dimension == 3
        assert yaml.safe_load(found.text) == {"layout": {program: name}}
