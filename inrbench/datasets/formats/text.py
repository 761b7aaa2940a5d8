"""Numbers in text files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inrbench.datasets.formats.judged import Shape, finite, judged, refused, require
from inrbench.io import text_file

_MOST = 2**24  # bytes; 1,200 views of 12 numbers have 0.4 MB


def lines(path: Path) -> list[str]:
    """The lines of a text, UTF-8 or not; raises `BadFile` for one of more than 16 MiB."""
    with judged(path, "a text"):
        return text_file.read_bytes(path, _MOST).decode("utf-8-sig", "replace").splitlines()


def table(path: Path, axes: Shape) -> np.ndarray:
    """Numbers separated by blanks, float64; raises `BadFile` with what is wrong.

    Args:
        path: of the file.
        axes: (rows, columns), or (numbers,) for one number a line.
    """
    found = [line for line in lines(path) if line.strip() and not line.startswith("#")]
    if not found:
        raise refused(path, "has no numbers")
    with judged(path, "a table of numbers"):
        values = np.loadtxt(found, ndmin=len(axes))
        require(path, "numbers", values.shape, values.dtype, axes)
        return finite(path, "numbers", values)
