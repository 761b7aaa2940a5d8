"""The doors of the readers: what is wrong with a file is one sentence, before anything is read."""

import os
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest
import scipy.io
import tifffile

from inrbench.datasets.formats import hdf5, matlab, npy, text, tiff
from inrbench.datasets.formats.judged import BadFile, judged
from inrbench.datasets.htc2022 import read_cut

SECRET = np.arange(12.0).reshape(3, 4)


def assert_refused(read, path, sentence):
    with pytest.raises(BadFile, match=sentence) as error:
        read()
    said = str(error.value)
    assert said.startswith(str(path)) and said.isprintable()
    assert said.endswith("take another copy of it")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scan"


@pytest.fixture
def secret(tmp_path):
    """A file of the user's that a scan must not read."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["a"] = SECRET
    SECRET.tofile(tmp_path / "secret.bin")
    return tmp_path / "secret.h5"


def hdf5_refuses(path, sentence, key="a", axes=("rows", "columns")):
    assert_refused(lambda: hdf5.arrays(path, {key: axes}), path, sentence)


@pytest.mark.parametrize("place", ["link", "group", "soft", "virtual", "soft virtual", "raw"])
def test_hdf5_that_names_another_file_is_refused(path, secret, place):
    with h5py.File(path, "w") as file:
        file["b"] = SECRET
        if place == "link":
            file["a"] = h5py.ExternalLink(str(secret), "/a")
        elif place == "group":
            file["g"] = h5py.ExternalLink(str(secret), "/")
        elif place == "soft":
            file["g"] = h5py.ExternalLink(str(secret), "/")
            file["a"] = h5py.SoftLink("/g/a")
        elif place == "raw":
            raw = [(str(secret.with_suffix(".bin")), 0, 96)]
            file.create_dataset("a", (3, 4), "f8", external=raw)
        else:
            file["g"] = h5py.ExternalLink(str(secret), "/")
            layout = h5py.VirtualLayout((3, 4), "f8")
            inside = place == "soft virtual"
            layout[:] = h5py.VirtualSource("." if inside else str(secret), "g/a" if inside else
                                           "a", (3, 4))  # fmt: skip
            file.create_virtual_dataset("a", layout)
    key = "g/a" if place == "group" else "a"
    with h5py.File(path) as file:  # what HDF5 itself would do
        assert np.array_equal(file[key], SECRET)
    hdf5_refuses(path, f"has {key} in (another|other) file", key)


def test_hdf5_soft_links_within_the_file_are_followed_a_few_times(path):
    with h5py.File(path, "w") as file:
        file["g/h/b"] = SECRET
        file["g/a"] = h5py.SoftLink("h/b")
        file["c"] = h5py.SoftLink("/g/a")
        file["round"] = h5py.SoftLink("/round")
    assert np.array_equal(hdf5.arrays(path, {"c": (3, 4)})["c"], SECRET)
    hdf5_refuses(path, "round", "round")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (np.zeros((0, 4)), r"shape \(0, 4\) where \(rows, columns\)"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.array([["x"]], dtype="S1"), "of type"),
        (np.array([[1j]]), "of type complex128 where real numbers"),
        (np.array([[np.nan, 1.0]]), "with 1 of 2 values NaN or infinite"),
        (np.array([[np.inf, -np.inf]]), "with 2 of 2 values NaN or infinite"),
        (np.array([[1e300, 0]]), "with 1 of 2 values NaN or infinite"),
    ],
)
def test_hdf5_of_other_shapes_and_kinds(path, content, sentence):
    with h5py.File(path, "w") as file:
        file["a"] = content
        file.create_group("g")
    hdf5_refuses(path, sentence)
    hdf5_refuses(path, "has no b", "b")
    hdf5_refuses(path, "has g that is no array", "g")
    hdf5_refuses(path, r"has no a/b \(at 'b'\)", "a/b")


def test_hdf5_that_states_more_than_it_holds_is_refused_before_it_is_read(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("a", (10**6, 10**6), "f8")
        file.create_dataset("b", (10**6, 10**6), "f8", chunks=(10, 10), compression="gzip")
        file.create_dataset("c", (10**6, 10**3), "f8", chunks=(10**6, 10**3), compression="gzip")
        file.create_dataset("d", (2, 2), "f8")
    for key in "abc":
        hdf5_refuses(path, f"states .* of {key}, and (does not hold|lacks)", key)
    hdf5_refuses(path, "states 32 bytes of d, and does not hold them", "d")


def test_hdf5_chunk_that_inflates_to_more_than_it_states_is_refused(path):
    with h5py.File(path, "w") as file:
        made = file.create_dataset("a", (2, 100), "f8", chunks=(1, 100), compression="gzip")
        made[:] = 1
        made.id.write_direct_chunk((1, 0), zlib.compress(bytes(10**7), 9))
    hdf5_refuses(path, "has a chunk of a that is not of the 800 bytes stated")


def test_hdf5_behind_other_filters_is_refused(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=SECRET, compression="lzf")
    hdf5_refuses(path, r"behind the filters \[32000\]")


def matlab_refuses(path, sentence, key="cut/a"):
    assert_refused(lambda: matlab.arrays(path, {key: ("rows", "columns")}), path, sentence)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("kind", ["u1", "i2", "u4", "f4", "f8", "i8"])
def test_matlab_structs_are_read_as_scipy_reads_them(path, compressed, kind):
    content = {"name": "disc", "a": np.arange(6).reshape(2, 3).astype(kind), "b": {"c": [1.5, 2]}}
    with path.open("wb") as file:
        scipy.io.savemat(file, {"x": 1, "cut": content}, do_compression=compressed)
    read = matlab.arrays(path, {"cut/a": (2, 3), "cut/b/c": (1, "n"), "x": (1, 1)})
    assert np.array_equal(read["cut/a"], content["a"]) and read["cut/a"].dtype == kind
    assert read["cut/b/c"].tolist() == [[1.5, 2.0]] and read["x"].tolist() == [[1]]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"other": {"a": [1]}}, "has no array cut/a"),
        ({"cut": {"b": [1]}}, "has no array cut/a"),
        ({"cut": {"a": "text"}}, "has no array cut/a"),
        ({"cut": {"a": [1j]}}, "has no array cut/a"),
        ({"cut": [1.0]}, "has no array cut/a"),
        ({"cut": {"a": np.zeros((0, 2))}}, r"shape \(0, 2\)"),
        ({"cut": {"a": np.zeros((1, 2, 3))}}, r"shape \(1, 2, 3\)"),
        ({"cut": {"a": [np.nan]}}, "1 of 1 values NaN"),
    ],
)
def test_matlab_without_the_array(path, content, sentence):
    with path.open("wb") as file:
        scipy.io.savemat(file, content)
    matlab_refuses(path, sentence)


def matrix(dimensions, data, kind=6):
    """A variable `a` of these dimensions, whatever the data."""

    def element(type_, content):
        return struct.pack("<2I", type_, len(content)) + content + bytes(-len(content) % 8)

    parts = struct.pack("<2I", kind, 0), struct.pack("<2i", *dimensions), b"a", data
    inner = b"".join(map(element, (6, 5, 1, 9), parts))
    return bytes(124) + b"\x00\x01IM" + element(14, inner)


@pytest.mark.parametrize("dimensions", [(10**6, 10**6), (-1, -1), (2**31 - 1, 2), (3, 3)])
def test_matlab_that_states_more_numbers_than_it_holds_is_refused(path, dimensions):
    path.write_bytes(matrix((1, 2), np.ones(2).tobytes()))
    assert matlab.arrays(path, {"a": (1, 2)})["a"].tolist() == [[1, 1]]
    path.write_bytes(matrix(dimensions, np.ones(2).tobytes()))
    matlab_refuses(path, "cannot be read as a MATLAB file", "a")


def test_matlab_that_inflates_without_end_is_refused(path, monkeypatch):
    monkeypatch.setattr(matlab, "_MOST", 2**20)
    bomb = zlib.compress(bytes(2**21), 9)
    path.write_bytes(bytes(124) + b"\x00\x01IM" + struct.pack("<2I", 15, len(bomb)) + bomb)
    matlab_refuses(path, "inflates to more than 1048576 bytes")


def tiff_refuses(path, sentence):
    assert_refused(lambda: tiff.image(path), path, sentence)


@pytest.mark.parametrize(
    ("image", "options", "sentence"),
    [
        (np.zeros((0, 0), "u2"), {}, "TIFF|shape"),
        (np.zeros((2, 3, 4), "u2"), {"photometric": "minisblack"}, "several images"),
        (np.zeros((4, 5, 3), "u1"), {"photometric": "rgb"}, r"shape \(4, 5, 3\)"),
        (np.full((3, 4), np.nan, "f4"), {}, "12 of 12 values NaN"),
        (np.zeros((3, 4), "c8"), {}, "real numbers"),
        (np.zeros((32, 32), "u2"), {"tile": (16, 16)}, "compressed or tiled"),
        (np.zeros((300, 300), "u2"), {"compression": "zlib"}, "compressed or tiled"),
    ],
)
def test_tiff_of_another_kind(path, image, options, sentence):
    tifffile.imwrite(path, image, **options)
    tiff_refuses(path, sentence)


@pytest.mark.parametrize("field", [b"\x00\x01", b"\x01\x01"])  # width, height
def test_tiff_that_states_more_than_it_holds_is_refused_before_it_is_read(path, field):
    tifffile.imwrite(path, np.ones((3, 4), "u2"))
    content = bytearray(path.read_bytes())
    at = content.index(field + b"\x04\x00\x01\x00\x00\x00")
    struct.pack_into("<I", content, at + 8, 10**6)
    path.write_bytes(content)
    tiff_refuses(path, "states .* bytes of an image|cannot be read")


def npy_refuses(path, sentence):
    assert_refused(lambda: npy.array(path, ("n",)), path, sentence)


def test_npy_is_never_unpickled(path):
    with path.open("wb") as file:
        np.save(file, np.array([{}, print], dtype=object), allow_pickle=True)
    npy_refuses(path, "cannot be read as a .npy")


@pytest.mark.parametrize("shape", [(10**12,), (8,), (0,), (-1,), (2**62, 2**62), (3, 3)])
def test_npy_that_states_another_shape_than_it_holds_is_refused(path, shape):
    def write(shape):
        with path.open("wb") as file:
            head = {"descr": "<f8", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, head)
            file.write(np.ones(9).tobytes())

    write((9,))
    assert npy.array(path, (9,)).tolist() == [1] * 9
    write(shape)
    npy_refuses(path, "bytes of an array of shape" if shape != (3, 3) else r"shape \(3, 3\)")


def test_npz_is_never_inflated(path):
    with path.open("wb") as file:
        np.savez_compressed(file, a=np.zeros(10**6))
    with pytest.raises(BadFile, match="compressed arrays"), judged(path, "it"):
        npy.archive(path)
    with zipfile.ZipFile(path, "w") as file:
        for name in range(20):
            file.writestr(f"{name}.npy", b"")
    with pytest.raises(BadFile, match="more than 16"), judged(path, "it"):
        npy.archive(path)


TABLES = [b"", b"\n", b"1 2\n3", b"1 a", b"nan 1", b"1e999 1", b"\xff\x00", b"1 2 3", b"#"]


@pytest.mark.parametrize("content", TABLES)
def test_table_of_anything_but_numbers(path, content):
    path.write_bytes(content)
    assert_refused(lambda: text.table(path, ("rows", 2)), path, "cannot be read|has( no)? numbers")


def test_text_of_any_length_is_not_read(path):
    with path.open("wb") as file:
        file.truncate(2**34)
    assert_refused(lambda: text.lines(path), path, "cannot be read as a text")


READERS = [
    lambda path: hdf5.arrays(path, {"a": (1,)}), lambda path: npy.array(path, (1,)),
    tiff.image, text.lines, read_cut,
]  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "nothing"])
@pytest.mark.parametrize("read", READERS)
def test_what_is_no_file_is_never_opened(path, kind, read):
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    with pytest.raises(FileNotFoundError, match="is no file: expected"):
        read(path)


def test_the_sentence_says_how_to_get_a_file_of_a_data_set_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    (tmp_path / "tooth").mkdir()
    (tmp_path / "tooth" / "tooth.h5").write_bytes(b"no")
    with pytest.raises(BadFile, match=r'move it away, and run "inrbench data fetch tooth"$'):
        hdf5.arrays(tmp_path / "tooth" / "tooth.h5", {"a": (1,)})
