"""Arrays that numpy wrote, `.npy` and `.npz`, without anything pickled."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require

_PIECE = 2**20  # bytes
_MEMBERS = 16  # of an archive, at most
_HEADS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def array(path: Path, axes: Shape | None) -> np.ndarray:
    """The array of finite real numbers of a `.npy`; raises `BadFile` with what is wrong.

    Args:
        path: of the file.
        axes: shape that is expected; None where any is.
    """
    with judged(path, "a .npy"), path.open("rb") as stream:
        found = _read(stream, path.stat().st_size)
        require(path, "an array", found.shape, found.dtype, axes)
        return finite(path, "an array", found)


def archive(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an uncompressed `.npz` by name, each with the CRC-32 that the file states.

    Raises:
        ValueError, zipfile.BadZipFile: and others, of a damaged file: call it within `judged`.
    """
    with zipfile.ZipFile(path) as file:
        members = file.infolist()
        if len(members) > _MEMBERS or any(one.compress_type for one in members):
            raise refused(path, f"has compressed arrays, or more than {_MEMBERS}")
        found = {}
        for member in members:
            if member.file_size > path.stat().st_size:
                raise refused(path, f"states {member.file_size} bytes of an array")
            with file.open(member) as stream:
                found[member.filename.removesuffix(".npy")] = _read(stream, member.file_size)
        return found


def _read(stream: BinaryIO, size: int) -> np.ndarray:
    """The array of a stream of so many bytes, compared with its head before any is allocated."""
    shape, fortran, dtype = _HEADS[npy.read_magic(stream)](stream)
    count, length = math.prod(shape), size - stream.tell()
    if dtype.kind not in "iufU" or min(shape, default=0) < 0 or count * dtype.itemsize != length:
        raise ValueError(f"{length} bytes of an array of shape {shape} of {dtype}")
    flat = np.empty(count, dtype)
    raw = flat.view(np.uint8)
    for at in range(0, length, _PIECE):
        raw[at : at + _PIECE] = np.frombuffer(stream.read(_PIECE), np.uint8)
    return flat.reshape(shape, order="F" if fortran else "C")
