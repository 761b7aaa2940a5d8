"""Arrays of an HDF5 file, and of no other file that it names.

HDF5 follows links, and finds the bytes of an array, wherever a file says: in any file of the
user's. Links to other files, external storage and virtual datasets are refused here.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import h5py
import numpy as np

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require

_HOPS = 16  # soft links on the way to a dataset
_DEFLATE, _SHUFFLE, _FLETCHER32 = 1, 2, 3
_SLACK = 2**16  # bytes of a chunk beyond its numbers, a checksum


def arrays(path: Path, shapes: dict[str, Shape | None]) -> dict[str, np.ndarray]:
    """Arrays of finite real numbers by their paths in the file.

    Args:
        path: of the file.
        shapes: path in the file -> shape that is expected; None where any is.

    Raises:
        BadFile: with what is wrong.
    """
    with judged(path, "an HDF5 file"), h5py.File(path, "r") as file:
        return {key: _array(_found(file, path, key), path, key, shapes[key]) for key in shapes}


def _found(file: h5py.File, path: Path, key: str) -> h5py.Dataset:
    """The dataset at a path in the file, by hard links, and soft ones that stay within it."""
    node: h5py.Group | h5py.Dataset = file
    parts, hops = key.split("/"), 0
    while parts:
        part = parts.pop(0)
        if part in ("", "."):
            continue
        link = node.get(part, getlink=True) if isinstance(node, h5py.Group) else None
        if link is None:
            raise refused(path, f"has no {key} (at {part!r})")
        if isinstance(link, h5py.SoftLink) and hops < _HOPS:
            hops += 1
            node = file if link.path.startswith("/") else node
            parts = link.path.split("/") + parts
        elif isinstance(link, h5py.HardLink):
            node = node[part]
        else:
            raise refused(path, f"has {key} in another file, by the link {part!r}")
    if not isinstance(node, h5py.Dataset):
        raise refused(path, f"has {key} that is no array")
    return node


def _array(node: h5py.Dataset, path: Path, key: str, axes: Shape | None) -> np.ndarray:
    if node.external or node.is_virtual:
        raise refused(path, f"has {key} in other files: repack it into one")
    require(path, key, node.shape or (), node.dtype, axes)
    if node.chunks is None:
        if node.nbytes > path.stat().st_size or not node.id.get_storage_size():
            raise refused(path, f"states {node.nbytes} bytes of {key}, and does not hold them")
    else:
        _check_chunks(node, path, key)
    return finite(path, key, node[()])


def _check_chunks(node: h5py.Dataset, path: Path, key: str) -> None:
    """Refuse chunks that are not there, or that inflate to more than they state."""
    plan = node.id.get_create_plist()
    filters = [plan.get_filter(n)[0] for n in range(plan.get_nfilters())]
    if len(filters) > len(set(filters)) or set(filters) - {_DEFLATE, _SHUFFLE, _FLETCHER32}:
        raise refused(path, f"has {key} behind the filters {filters}: repack it with gzip or none")
    size = math.prod(node.chunks) * node.dtype.itemsize
    count = math.prod(-(-n // m) for n, m in zip(node.shape, node.chunks, strict=True))
    if count * size > 2**10 * path.stat().st_size or node.id.get_num_chunks() != count:
        raise refused(path, f"states {count} chunks of {size} bytes of {key}, and lacks some")
    for at in range(count if _DEFLATE in filters else 0):
        skipped, content = node.id.read_direct_chunk(node.id.get_chunk_info(at).chunk_offset)
        if not skipped:
            inflate = zlib.decompressobj()
            inflate.decompress(content, size + _SLACK)
            if not inflate.eof:
                raise refused(path, f"has a chunk of {key} that is not of the {size} bytes stated")
