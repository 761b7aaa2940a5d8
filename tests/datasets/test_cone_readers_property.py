"""Readers of cone beams: a scan, or a sentence says why there is none."""

import io

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from spoilt import EDITS, MANY, is_finite, module_folder, read_or_refused, spoilt

from inrbench.datasets import fips, heltomo, mbircone, walnut
from inrbench.geometry import ConeBeam

__all__ = ["module_folder"]


def tiff(image):
    stream = io.BytesIO()
    tifffile.imwrite(stream, image, photometric="minisblack")
    return stream.getvalue()


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def lines(**numbers):
    return "\n".join(f"[{key}] what it is\n{number}" for key, number in numbers.items()).encode()


def table(values):
    stream = io.StringIO()
    np.savetxt(stream, values)
    return stream.getvalue().encode()


ROD = {
    "sino.npy": npy(np.zeros((2, 3, 2))),
    "viewAngleList.txt": b"2\n0.0\n1.5\n",
    "sinoParams.txt": lines(
        N_beta=2, N_dv=3, N_dw=2, Delta_dw=3.2, u_s=-71.6, u_d0=548.2, w_d0=-3
    ),
    "imgParams.txt": lines(N_x=2, N_y=2, N_z=2, Delta_xy=0.4, x_0=-1, y_0=-1, z_0=-1),
    "object.phantom.recon": np.array([2, 2, 2], "<i4").tobytes() + np.ones(8, "<f4").tobytes(),
}
ORBIT = ConeBeam(np.arange(3.0), (4, 2), 0.6, 66.0, 199.0).vectors
WALNUT = {
    "scan_geom_corrected.geom": table(ORBIT),
    "di000000.tif": tiff(np.zeros((2, 4), "u2")),
    **{f"io00000{n}.tif": tiff(np.full((2, 4), 100, "u2")) for n in (0, 1)},
    **{f"scan_00000{n}.tif": tiff(np.full((2, 4), 50, "u2")) for n in (1, 2)},
    **{f"full_AGD_50_00000{n}.tiff": tiff(np.ones((2, 2), "f4")) for n in (0, 1)},
}
FIPS = {
    "a.txt": b"GeometryType=Cone\nDetectorType=EID\nDistanceSourceDetector=550\nPixelSize=0.05\n"
             b"DistanceSourceOrigin=210\nNumberImages=2\nAngleFirst=0\nAngleInterval=1\n"
             b"AngleLast=1\n",
    "a0001.tif": tiff(np.full((2, 4), 50, "u2")),
    "a0002.tif": tiff(np.full((2, 4), 40, "u2")),
}  # fmt: skip
IMAGES = st.one_of(
    st.builds(
        lambda shape, kind, value: tiff(np.full(shape, value).astype(kind)),
        st.lists(st.integers(1, 4), min_size=2, max_size=3),
        st.sampled_from(["u1", "u2", "f4", "f8", "c8", "i4"]),
        st.sampled_from([0, 1, 100]),
    ),
    st.sampled_from([np.nan, np.inf]).map(lambda value: tiff(np.full((2, 4), value, "f4"))),
    st.just(tiff(np.ones((2, 4), "u2"))[:-4]),
)


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def read_rod(folder, files):
    write(folder / "mbircone", files)

    def read():
        volume, _, centre = mbircone.read_reference()
        return mbircone.read_scan(centre), volume

    return read_or_refused(read, folder)


def read_walnut(folder, files):
    write(folder / "walnut", files)

    def read():
        scan = walnut.read_scan(folder / "walnut", 1, 1)
        return scan, walnut.read_reference(folder / "walnut", 1)[0]

    return read_or_refused(read, folder)


def read_fips(folder, files):
    """All that `fips` does but the reference, which RTK makes."""
    write(folder / "fips_walnut", files)
    return read_or_refused(lambda: fips.read_scan("fips_walnut", "a", 1, 1, 0.0), folder)


READERS = [(read_rod, ROD), (read_walnut, WALNUT), (read_fips, FIPS)]


@pytest.mark.parametrize(("read", "files"), READERS)
def test_the_valid_files_are_read(module_folder, read, files):
    assert read(module_folder, files) is not None


def assert_finite_or_refused(found):
    if isinstance(found, tuple):
        scan, volume = found
        assert np.isfinite(volume).all()
    else:
        scan = found
    assert scan is None or is_finite(scan)


@MANY
@given(name=st.sampled_from(sorted(ROD)), edits=EDITS)
def test_the_rod(module_folder, name, edits):
    assert_finite_or_refused(read_rod(module_folder, {**ROD, name: spoilt(ROD[name], edits)}))


@MANY
@given(name=st.sampled_from(sorted(WALNUT)), edits=EDITS, image=st.none() | IMAGES)
def test_the_walnut(module_folder, name, edits, image):
    content = spoilt(WALNUT[name], edits) if image is None else image
    assert_finite_or_refused(read_walnut(module_folder, {**WALNUT, name: content}))


@MANY
@given(name=st.sampled_from(sorted(FIPS)), edits=EDITS, image=st.none() | IMAGES)
def test_a_cone_beam_of_fips(module_folder, name, edits, image):
    content = spoilt(FIPS[name], edits) if image is None else image
    assert_finite_or_refused(read_fips(module_folder, {**FIPS, name: content}))


WORDS = st.sampled_from(
    ["0", "1", "2", "-1", "nan", "inf", "1e9", "1e300", "1e-300", "", "x", "9" * 400]
)


@MANY
@given(st.dictionaries(st.sampled_from(heltomo.NUMBERS), WORDS, min_size=1))
def test_a_txt_of_fips_with_other_numbers(module_folder, words):
    text = "\n".join(f"{key}={word}" for key, word in words.items())
    assert_finite_or_refused(
        read_fips(module_folder, {**FIPS, "a.txt": FIPS["a.txt"] + text.encode()})
    )


@MANY
@given(
    name=st.sampled_from(["sinoParams.txt", "imgParams.txt"]),
    key=st.sampled_from(["N_beta", "N_dv", "N_dw", "Delta_dw", "u_s", "u_d0", "w_d0", "N_x",
                         "Delta_xy", "x_0"]),
    word=WORDS,
)  # fmt: skip
def test_parameters_of_the_rod_with_other_numbers(module_folder, name, key, word):
    text = f"\n[{key}] again\n{word}\n".encode()
    assert_finite_or_refused(read_rod(module_folder, {**ROD, name: ROD[name] + text}))
