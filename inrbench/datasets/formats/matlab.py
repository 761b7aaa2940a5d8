"""Arrays in the structs of a MATLAB file of version 5. Version 7.3 is HDF5.

An element is a tag (type and length) and its data. A matrix is an element of elements: flags,
dimensions, name; then the numbers, or for a struct the length and the names of its fields and a
matrix for each. This is read here because scipy's reader believes a file, and crashes on some.

Source: The MathWorks, MAT-File Format, version 5.
"""

from __future__ import annotations

import itertools
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require

_HEAD = 128  # bytes before the first element
_MATRIX, _COMPRESSED = 14, 15  # types of elements
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
           13: "u8"}  # fmt: skip
_STRUCT = 2  # classes of matrices, and those of numbers, which may be stored as shorter ones
_MEANT = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8",
          15: "u8"}  # fmt: skip
_COMPLEX = 8 << 8  # flag
_MOST = 2**28  # bytes of a file, once inflated


def arrays(path: Path, shapes: dict[str, Shape | None]) -> dict[str, np.ndarray]:
    """Arrays of finite real numbers by their paths, <variable>/<field>/<field>.

    Args:
        path: of the file.
        shapes: path in the file -> shape that is expected, at least two axes as MATLAB
            has them; None where any is.

    Raises:
        BadFile: with what is wrong.
    """
    found = {}
    with judged(path, "a MATLAB file"):
        variables, order = _variables(path)
        for key, axes in shapes.items():
            variable, *fields = key.split("/")
            values = _numbers(variables.get(variable), fields, order)
            if values is None:
                raise refused(path, f"has no array {key}")
            require(path, key, values.shape, values.dtype, axes)
            found[key] = finite(path, key, values)
    return found


def _variables(path: Path) -> tuple[dict[str, bytes], str]:
    """The matrix of each variable, inflated, and the order of bytes, `<` or `>`."""
    if path.stat().st_size > _MOST:
        raise refused(path, f"has more than {_MOST} bytes, the most of a MATLAB file")
    content, found, room = path.read_bytes(), {}, _MOST
    order = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}.get(content[_HEAD - 4 : _HEAD])
    if order is None:
        raise refused(path, "is no MATLAB file of version 5 or 7.3")
    for kind, element in _elements(content[_HEAD:], order):
        if kind == _COMPRESSED:
            inflate = zlib.decompressobj()
            inflated = inflate.decompress(element, room)
            if not inflate.eof:
                raise refused(path, f"inflates to more than {_MOST} bytes, or is cut short")
            room -= len(inflated)
            kind, element = next(_elements(inflated, order))
        if kind == _MATRIX:
            _, _, (_, name) = itertools.islice(_elements(element, order), 3)
            found[name.decode("latin-1")] = element
    return found, order


def _numbers(matrix: bytes | None, fields: list[str], order: str) -> np.ndarray | None:
    """The numbers of a matrix, or of one in the fields of a struct; None where there are none."""
    if matrix is None:
        return None
    parts = _elements(matrix, order)
    (flags, *_), dimensions = (
        struct.unpack(f"{order}{len(data) // 4}i", data) for _, data in itertools.islice(parts, 2)
    )
    kind, count = flags & 0xFF, math.prod(dimensions)
    next(parts)  # the name
    if not fields:
        stored, data = next(parts)
        if kind not in _MEANT or flags & _COMPLEX or stored not in _STORED:
            return None
        values = np.frombuffer(data, np.dtype(order + _STORED[stored]), max(count, 0))
        return values.astype(_MEANT[kind]).reshape(dimensions, order="F")
    if kind != _STRUCT or count != 1:
        return None
    (length,) = struct.unpack(f"{order}i", next(parts)[1])
    names = next(parts)[1]
    starts = range(0, len(names), length)
    known = [names[at : at + length].partition(b"\0")[0].decode("latin-1") for at in starts]
    if fields[0] not in known:
        return None
    at = known.index(fields[0])
    _, inner = next(itertools.islice(parts, at, None))
    return _numbers(inner, fields[1:], order)


def _elements(content: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Type and data of each element; `ValueError` for one that reaches beyond the end."""
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from(f"{order}2I", content, at)
        if kind >> 16:  # a small one, whose length and data are in the tag
            kind, size, start, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            start = at + 8
            after = start + size + (-size % 8 if kind != _COMPRESSED else 0)
        if start + size > len(content) or (start == at + 4 and size > 4):
            raise ValueError(f"an element of {size} bytes reaches beyond the end")
        yield kind, content[start : start + size]
        at = after
