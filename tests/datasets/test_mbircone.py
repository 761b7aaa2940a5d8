"""The engraved rod: files to scan, grid and reference, the right way round and in its place."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inrbench import datasets, methods, projectors
from inrbench.datasets import mbircone
from inrbench.geometry import ConeVectors
from inrbench.scan import Scan
from inrbench.solvers.cgls import cgls

needs_mirror = pytest.mark.skipif(
    not os.environ.get("INRBENCH_MIRROR"),
    reason="set INRBENCH_MIRROR to a folder that holds <data set>/<file name> of measured scans",
)


class Silent:
    def start(self, iterations, projector):
        pass

    def step(self, iteration, value, image):
        pass


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data that a test may spoil."""
    mirror = Path(os.environ["INRBENCH_MIRROR"]) / "mbircone"
    for path in mirror.iterdir():
        (tmp_path / "mbircone").mkdir(exist_ok=True)
        shutil.copyfile(path, tmp_path / "mbircone" / path.name)
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    return tmp_path / "mbircone"


@pytest.fixture
def case(folder):
    return datasets.load("mbircone")


def residual(scan, grid, image):
    projected = projectors.make(scan.geometry, grid).forward(image)
    return float((projected - scan.sinogram).norm() / scan.sinogram.norm())


def turned(scan, vectors=None, columns=False):
    """The scan on another orbit, or with its columns reversed."""
    sinogram = scan.sinogram.flip(2) if columns else scan.sinogram
    vectors = scan.geometry.vectors if vectors is None else vectors
    return Scan(sinogram, ConeVectors(vectors, scan.geometry.detector_shape))


@needs_mirror
def test_shapes_and_views(case):
    assert case.grid.shape == (80, 65, 65) and case.grid.spacing == 0.36986
    assert case.scan.sinogram.shape == (32, 64, 64)
    assert case.held_out.sinogram.shape == (8, 64, 64)
    assert case.kind == "reference"
    rod = case.reference[20:60][case.reference[20:60] > case.scale / 2]
    assert float(rod.median()) == pytest.approx(case.scale, rel=0.1)


@needs_mirror
def test_the_reference_explains_the_scan_in_no_other_orientation(case):
    """The reference was made by others: its projections prove axes, angles, offsets and unit."""
    right = residual(case.scan, case.grid, case.reference)
    assert right < 0.05
    for mirrored in (case.reference.flip(k) for k in range(3)):
        assert residual(case.scan, case.grid, mirrored.contiguous()) > 5 * right
    assert residual(turned(case.scan, columns=True), case.grid, case.reference) > 5 * right


@needs_mirror
def test_columns_are_centred(case):
    """With the stated offset of the columns, 0.94 mm, least squares fits half as well."""
    moved = case.scan.geometry.vectors.copy()
    steps = moved[:, 6:9] / np.linalg.norm(moved[:, 6:9], axis=1, keepdims=True)
    fits = []
    for offset in (0.0, 0.94):
        vectors = moved.copy()
        vectors[:, 3:6] += offset * steps
        scan = turned(case.scan, vectors)
        image = cgls(projectors.make(scan.geometry, case.grid), scan.sinogram, 10)
        fits.append(residual(scan, case.grid, image))
    assert fits[1] > 1.7 * fits[0]


@needs_mirror
@pytest.mark.parametrize(("method", "parameters"), [("fdk", {}), ("cgls", {"iterations": 15})])
def test_the_engraved_33_is_legible(case, method, parameters):
    """Strokes of one to two voxels, in the slices at the rod's end, where the publishers see them.

    Inside the rod the reference is darker where it is engraved; a reconstruction that shows the
    same strokes correlates with it there, one that shows a plain disc does not.
    """
    image = methods.make(method, case.scale, **parameters).reconstruct(
        case.scan, case.grid, Silent(), torch.Generator()
    )
    plain = case.reference[40]
    z, y, x = np.nonzero(np.broadcast_to(plain > 0.7 * case.scale, (2, *plain.shape)))
    away = np.hypot(y - y.mean(), x - x.mean()) < 8
    inside = z[away] + 64, y[away], x[away]
    one, other = case.reference.numpy()[inside], image.numpy()[inside]
    upper = inside[0] == 64  # each slice about its own mean
    for part in (upper, ~upper):
        assert np.corrcoef(one[part], other[part])[0, 1] > 0.85


@needs_mirror
def test_files_that_contradict_each_other_are_refused(folder):
    stated = (folder / "sinoParams.txt").read_text()
    (folder / "sinoParams.txt").write_text(stated.replace("\n40\n", "\n39\n"))
    with pytest.raises(ValueError, match=r"sino.npy has the shape \(40, 64, 64\).* = \(39, "):
        mbircone.load()
    content = (folder / "object.phantom.recon").read_bytes()
    (folder / "object.phantom.recon").write_bytes(content[:-4])
    with pytest.raises(ValueError, match=r"has 1352008 bytes, .* \(65, 65, 80\) voxels: 1352012"):
        mbircone.load()


@needs_mirror
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sino.npy", b"garbage"),
        ("sino.npy", b""),
        ("viewAngleList.txt", b"forty"),
        ("sinoParams.txt", b"[N_beta] views\n40\n"),
        ("imgParams.txt", b"[N_x] voxels\nnan\n"),
    ],
)
def test_spoiled_files_are_named_with_what_to_do(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name} .*inrbench data fetch mbircone"):
        mbircone.load()


@needs_mirror
def test_the_same_scan_with_another_reference_gives_the_same_image(case):
    """No method sees the reference."""
    other = replace(case, reference=case.reference.flip(0))
    images = [
        methods.make("cgls", c.scale, iterations=2).reconstruct(
            c.scan, c.grid, Silent(), torch.Generator()
        )
        for c in (case, other)
    ]
    assert torch.equal(*images)
