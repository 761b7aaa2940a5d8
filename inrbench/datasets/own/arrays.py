"""An array of whatever file people have, by the file's ending; several files joined."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np

from inrbench import registry
from inrbench.datasets.formats import hdf5, matlab, npy, text, tiff
from inrbench.datasets.formats.judged import BadFile, finite, judged, refused, require

HDF5 = (".h5", ".hdf5", ".hdf", ".nxs", ".nx")
ENDINGS = (".npy", ".npz", *HDF5, ".mat", ".tif", ".tiff", ".txt")


def read(
    files: list[str], folder: Path, key: str | None = None, skip: int = 0, axis: int | None = 0
) -> np.ndarray:
    """The array of finite real numbers of one file, or those of several joined.

    Args:
        files: names, or one pattern such as "views/*.tif", from the folder.
        folder: of the YAML that names them.
        key: path of the array in the file; None where a file holds one only.
        skip: of a text: numbers before the first that counts.
        axis: along which arrays are joined; None makes each a row of numbers first. Images of
            a pattern are stacked as the first axis.

    Raises:
        FileNotFoundError: no such file, none that fits the pattern, or one missing in the row.
        ValueError: an ending that is not known, a key that is missing or not there, arrays that
            do not fit together, or as `judged` has it.
    """
    paths = expand(files, folder)
    found = [_array(path, key) for path in paths]
    found = [(one.ravel() if axis is None else one)[skip:] for one in found]
    joined = None if is_pattern(files) else axis or 0
    for path, one in zip(paths, found, strict=True):
        if _beside(one.shape, joined) != _beside(found[0].shape, joined):
            raise ValueError(
                f"{path} has the shape {one.shape}, {paths[0].name} {found[0].shape}: they are "
                "not of one scan"
            )
    if is_pattern(files):
        return np.stack(found)
    return found[0] if len(found) == 1 else np.concatenate(found, axis=joined)


def _beside(shape: tuple[int, ...], axis: int | None) -> tuple[int, ...]:
    """The lengths of all axes but the one that arrays are joined along."""
    return tuple(n for at, n in enumerate(shape) if at != axis)


def is_pattern(files: list[str]) -> bool:
    """Whether it is a pattern of images, one a frame."""
    return len(files) == 1 and "*" in files[0]


def expand(files: list[str], folder: Path) -> list[Path]:
    """The paths of files, those of a pattern by the numbers in their names: view_2 before view_10.

    Raises:
        FileNotFoundError: no file of the pattern; or a number that the others leave out.
    """
    if not is_pattern(files):
        return [folder / Path(name).expanduser() for name in files]
    paths = sorted(folder.glob(files[0]), key=lambda path: _numbers(path.name))
    if not paths:
        raise FileNotFoundError(
            f"{folder / files[0]}: no file of such a name; correct the pattern"
        )
    _check_row(paths)
    return paths


def _numbers(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(int(part), part) if part.isdigit() else (-1, part) for part in parts]


def _check_row(paths: list[Path]) -> None:
    """`FileNotFoundError` where one of an evenly numbered row of files is missing."""
    counts = [int(found[-1]) for path in paths if (found := re.findall(r"\d+", path.stem))]
    steps = np.diff(counts)
    if len(counts) != len(paths) or len(steps) < 3:
        return
    step = int(np.median(steps))
    for at in np.flatnonzero(steps != step)[:1]:
        raise FileNotFoundError(
            f"between {paths[at]} and {paths[at + 1].name} a file is missing: the others are "
            f"numbered in steps of {step}; put it back, or list the files and their angles"
        )


def keys(path: Path) -> dict[str, tuple[int, ...]]:
    """Path -> shape of each array of real numbers in a file of HDF5 or .npz.

    Links to other files are not followed.
    """
    found: dict[str, tuple[int, ...]] = {}
    if path.suffix.lower() == ".npz":
        with judged(path, "a .npz"):
            return {name: values.shape for name, values in npy.archive(path).items()}

    def note(name: str, node: h5py.Dataset | h5py.Group) -> None:
        if isinstance(node, h5py.Dataset) and node.dtype.kind in "iuf" and node.shape is not None:
            found[name] = node.shape

    with judged(path, "an HDF5 file"), h5py.File(path, "r") as file:
        file.visititems(note)
    return found


def _array(path: Path, key: str | None) -> np.ndarray:
    ending = path.suffix.lower()
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; correct the path in the YAML")
    if ending == ".npy":
        return npy.array(path, None)
    if ending in (".tif", ".tiff"):
        images = tiff.stack(path)
        return images[0] if len(images) == 1 else images
    if ending == ".txt":
        return text.table(path, ("numbers",))
    if ending not in ENDINGS:
        raise ValueError(f"{path}: expected a file that ends with {', '.join(ENDINGS)}")
    if ending == ".npz":
        return _of_archive(path, key)
    if key is None:
        known = list(keys(path)) if ending in HDF5 else []
        raise ValueError(f"{path}: `key`, the path of the array in it, is missing"
                         + (f": it has {', '.join(known)}" if known else ""))  # fmt: skip
    if ending == ".mat" and not h5py.is_hdf5(path):
        return matlab.arrays(path, {key: None})[key]
    try:
        found = hdf5.arrays(path, {key: None})[key]
    except BadFile as error:
        if f"has no {key}" not in str(error):
            raise
        near = registry.nearest(key, list(keys(path)))
        raise refused(path, f"has no array {key}", near) from None
    return found.T if ending == ".mat" else found


def _of_archive(path: Path, key: str | None) -> np.ndarray:
    with judged(path, "a .npz", "write it with numpy.savez"):
        stored = npy.archive(path)
        if key is None and len(stored) == 1:
            (key,) = stored
        if key not in stored:
            near = registry.nearest(str(key), list(stored))
            raise refused(path, f"has no array {key!r}", near)
        require(path, key, stored[key].shape, stored[key].dtype, None)
        return finite(path, key, stored[key])
