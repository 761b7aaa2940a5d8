"""Readers of plane scans and of prepared cases: a scan, or a sentence says why there is none."""

import io
import json

import h5py
import numpy as np
import pytest
import scipy.io
import torch
from hypothesis import given
from hypothesis import strategies as st
from spoilt import EDITS, MANY, is_finite, module_folder, read_or_refused, spoilt

from inrbench.datasets import htc2022, tooth
from inrbench.datasets.case import Case
from inrbench.testing.problem import small_problem

__all__ = ["module_folder"]


def matlab_cut(compressed):
    stream = io.BytesIO()
    sinogram = np.zeros((2, 560))
    cut = {"type": "2D", "parameters": {"angles": np.array([3.0, 3.5])}, "sinogram": sinogram}
    scipy.io.savemat(stream, {"CtDataLimited": cut}, do_compression=compressed)
    return stream.getvalue()


def hdf5_cut():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["CtDataLimited/parameters/angles"] = np.array([[3.0], [3.5]])
        file.create_dataset("CtDataLimited/sinogram", data=np.zeros((560, 2)), compression="gzip")
    return stream.getvalue()


def tooth_file(**changes):
    stream = io.BytesIO()
    counts = {"data": np.full((3, 1, 4), 50.0, "f4"), "data_dark": np.zeros((2, 1, 4), "f4"),
              "data_white": np.full((2, 1, 4), 100.0, "f4"), "theta": np.arange(3.0)}  # fmt: skip
    with h5py.File(stream, "w") as file:
        for key, values in {**counts, **changes}.items():
            file[f"exchange/{key}"] = values
    return stream.getvalue()


def prepared_case():
    grid, scan, _ = small_problem()
    stream = io.BytesIO()
    few = scan.subset([0])
    Case(few, grid, torch.linspace(0, 1, grid.size).reshape(grid.shape), "truth", 0.02, few).save(
        stream
    )
    return stream.getvalue()


CUTS = [matlab_cut(False), matlab_cut(True), hdf5_cut()]
TOOTH, CASE = tooth_file(), prepared_case()
ARRAYS = st.builds(
    lambda shape, kind, value: np.full(shape, value).astype(kind),
    st.lists(st.integers(0, 4), max_size=4),
    st.sampled_from(["f4", "f8", "u2", "i8", "c8", "S3", "?", ">f8"]),
    st.sampled_from([0, 1, 100]),
) | st.just(np.array([[[np.nan] * 4]] * 2))  # fmt: skip


def read_tooth(folder, content):
    (folder / "tooth").mkdir(exist_ok=True)
    (folder / "tooth" / "tooth.h5").write_bytes(content)
    return read_or_refused(tooth.full_scan, folder)


@pytest.mark.parametrize("content", CUTS)
def test_the_valid_files_are_read(module_folder, content):
    path = module_folder / "cut.mat"
    path.write_bytes(content)
    degrees, sinogram = htc2022.read_cut(path)
    assert degrees.tolist() == [3.0, 3.5] and sinogram.shape == (2, 560)
    assert is_finite(read_tooth(module_folder, TOOTH))
    path.write_bytes(CASE)
    assert Case.open(path).held_out is not None


@MANY
@given(content=st.sampled_from(CUTS), edits=EDITS)
def test_a_cut_of_htc2022(module_folder, content, edits):
    path = module_folder / "cut.mat"
    path.write_bytes(spoilt(content, edits))
    read = read_or_refused(lambda: htc2022.read_cut(path), path)
    if read is not None:
        degrees, sinogram = read
        assert sinogram.shape == (len(degrees), 560) and np.isfinite(sinogram).all()


@MANY
@given(edits=EDITS)
def test_the_tooth(module_folder, edits):
    scan = read_tooth(module_folder, spoilt(TOOTH, edits))
    assert scan is None or is_finite(scan)


@MANY
@given(st.dictionaries(st.sampled_from(["data", "data_dark", "data_white", "theta"]), ARRAYS))
def test_the_tooth_with_other_arrays(module_folder, arrays):
    scan = read_tooth(module_folder, tooth_file(**arrays))
    assert scan is None or is_finite(scan)


@MANY
@given(edits=EDITS)
def test_a_prepared_case(module_folder, edits):
    path = module_folder / "case.npz"
    path.write_bytes(spoilt(CASE, edits))
    case = read_or_refused(lambda: Case.open(path), path)
    assert case is None or is_finite(case.scan)


ABOUT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@MANY
@given(
    key=st.sampled_from(["about", "reference", "scan.sinogram", "held_out.sinogram"]),
    array=ARRAYS,
    field=st.sampled_from(["kind", "scale", "shape", "spacing", "unit", "geometry"]),
    value=ABOUT,
)
def test_a_prepared_case_with_other_contents(module_folder, key, array, field, value):
    path = module_folder / "case.npz"
    with np.load(io.BytesIO(CASE)) as stored:
        arrays = dict(stored)
    about = json.loads(str(arrays["about"]))
    arrays |= {"about": json.dumps({**about, field: value})} if key == "about" else {key: array}
    np.savez(path, **arrays)
    case = read_or_refused(lambda: Case.open(path), path)
    assert case is None or is_finite(case.scan)
