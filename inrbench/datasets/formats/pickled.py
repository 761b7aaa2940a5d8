"""Numbers, words, lists, mappings and numpy arrays of a pickle, and nothing of it run.

A pickle is a program: it names functions and has them called. Here each name stands for a note of
what was asked for, from a list of six that numpy writes for an array; any other is refused. Bytes
become an array only when type, shape and length agree. Python's own reader in Python is used,
since that in C gives memory to whatever number a pickle states.

Source: Python library reference, `pickle`, "Restricting globals"; NumPy, `ndarray.__reduce__`.
"""

from __future__ import annotations

import io
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from inrbench.datasets.formats.judged import judged, refused
from inrbench.io import text_file

_MOST = 2**31
"""Bytes of a file."""
_KINDS = "biuf"


class _Note:
    """What a pickle asks numpy for: nothing is made of it before `_plain` has looked."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Empty(_Note):
    """`_reconstruct(ndarray, (0,), b"b")`, whose state is (1, shape, dtype, Fortran, data)."""


class _Buffer(_Note):
    """`_frombuffer(data, dtype, shape, order)`."""


class _Scalar(_Note):
    """`scalar(dtype, data)`."""


class _Type(_Note):
    """`dtype("f4", False, True)`, whose state has the order of bytes."""


class _Class(_Note):
    """The class `ndarray` itself, an argument of `_reconstruct`."""


class _Encoded(_Note):
    """`_codecs.encode(text, "latin1")`, bytes as protocol 2 writes them."""


class _NoBytes(_Note):
    """`bytes()`, as protocol 2 and those before write no bytes."""


_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric",
            "numpy._core.numeric")  # fmt: skip
_KNOWN: dict[tuple[str, str], type[_Note]] = {
    ("numpy", "ndarray"): _Class,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _Encoded,
    ("__builtin__", "bytes"): _NoBytes,
    **{(module, "_reconstruct"): _Empty for module in _MODULES},
    **{(module, "scalar"): _Scalar for module in _MODULES},
    **{(module, "_frombuffer"): _Buffer for module in _MODULES},
}


class _Reader(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> type[_Note]:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(
                f"it names {module}.{name}, which is no array: a pickle may run anything, so it "
                "is refused"
            )
        return _KNOWN[module, name]


def mapping(path: Path) -> dict[str, Any]:
    """The mapping that a pickle holds; arrays as numpy's.

    Raises:
        BadFile: a name beside those of arrays, something else than a mapping, or numbers that
            contradict each other.
    """
    with judged(path, "a pickle of arrays", "save its arrays by numpy.savez, and name these"):
        found = _plain(_Reader(io.BytesIO(text_file.read_bytes(path, _MOST))).load())
        if not isinstance(found, dict):
            raise refused(path, "holds no mapping")
        return found


def _plain(found: Any) -> Any:
    if found is None or isinstance(found, bool | int | float | str | bytes):
        return found
    if isinstance(found, bytearray):
        return bytes(found)
    if isinstance(found, dict):
        return {str(key): _plain(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [_plain(value) for value in found]
    if isinstance(found, _Encoded):
        text, encoding = found.arguments
        if encoding != "latin1":
            raise ValueError(f"text in {encoding!r:.80}")
        return text.encode("latin1")
    if isinstance(found, _NoBytes) and not found.arguments:
        return b""
    if isinstance(found, _Empty):
        _, shape, dtype, fortran, data = found.state
        return _array(shape, dtype, data, bool(fortran))
    if isinstance(found, _Buffer):
        data, dtype, shape, order = found.arguments
        return _array(shape, dtype, data, order == "F")
    if isinstance(found, _Scalar):
        dtype, data = found.arguments
        return _array((), dtype, data, False).item()
    raise ValueError(f"a {type(found).__name__} where numbers, words or arrays were expected")


def _array(shape: Any, dtype: Any, data: Any, fortran: bool) -> np.ndarray:
    kind, data = _dtype(dtype), _plain(data)
    sides = [int(side) for side in shape]
    if not isinstance(data, bytes) or min(sides, default=0) < 0:
        raise ValueError("an array without bytes")
    if math.prod(sides) * kind.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes of an array of shape {tuple(sides)} of {kind}")
    return np.frombuffer(data, kind).reshape(sides, order="F" if fortran else "C")


def _dtype(note: Any) -> np.dtype:
    """A plain type of real numbers; whatever else a pickle makes of a dtype is refused."""
    if not isinstance(note, _Type):
        raise ValueError("an array without a type")
    word = str(note.arguments[0])
    if len(word) > 3 or word[:1] not in _KINDS or not word[1:].isdigit():
        raise ValueError(f"an array of {word[:80]!r}, and not of real numbers")
    order = str(note.state[1])[:1] if note.state is not None else "="
    return np.dtype(word).newbyteorder(order if order in "<>=|" else "=")
