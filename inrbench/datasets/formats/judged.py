"""What a file must hold, and the one sentence for a file that does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from inrbench.datasets.folder import data_folder
from inrbench.io.printable import printable

Shape = tuple[int | str, ...]
"""Of an array: the length of each axis, or its name where any length is fine."""


_MOST = np.float64(np.finfo(np.float32).max)


class BadFile(ValueError):
    """A file that is not what was expected; the message names it and says what to do."""


@contextmanager
def judged(path: Path, expected: str, advice: str | None = None) -> Iterator[None]:
    """In the block a file is parsed; whatever is raised there becomes one sentence.

    Args:
        path: of the file.
        expected: what it should be, "an HDF5 file".
        advice: what to do; by default how to get the file anew.

    Raises:
        BadFile: the block raised something, or the path is not that of a regular file.
        OSError: the file cannot be opened at all.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file: expected {expected}")
    path.open("rb").close()
    try:
        yield
    except BadFile:
        raise
    except Exception as error:  # parsers raise all there is, on bytes that nobody foresaw
        reason = printable(str(error) or type(error).__name__, 200)
        if isinstance(error, LookupError):
            reason = f"{type(error).__name__}: {reason}"
        raise refused(path, f"cannot be read as {expected} ({reason})", advice) from error


def refused(path: Path, fault: str, advice: str | None = None) -> BadFile:
    """The error "<path> <fault>: <what to do>"."""
    return BadFile(printable(f"{path} {fault}: {advice or _anew(path)}"))


def require(
    path: Path, what: str, shape: tuple[int, ...], dtype: np.dtype, axes: Shape | None
) -> None:
    """Refuse an array of another shape, an empty one, or one of anything but real numbers.

    Args:
        path: of the file.
        what: name of the array in it.
        shape, dtype: as the file's head states them.
        axes: what is expected; None where any shape is.
    """
    axes = ("any",) * len(shape) if axes is None else axes
    expected = f"({', '.join(map(str, axes))})"
    fits = len(shape) == len(axes) and all(
        length == axis if isinstance(axis, int) else length >= 1
        for length, axis in zip(shape, axes, strict=True)
    )
    if not fits:
        raise refused(path, f"has {what} of shape {shape} where {expected} was expected")
    if dtype.kind not in "iuf":
        raise refused(path, f"has {what} of type {dtype} where real numbers were expected")


def finite(path: Path, what: str, values: np.ndarray) -> np.ndarray:
    """The values, if none of them is NaN, infinite or infinite as a float32."""
    bad = int(values.size - (np.abs(values) <= _MOST).sum())
    if bad:
        raise refused(path, f"has {what} with {bad} of {values.size} values NaN or infinite")
    return values


def _anew(path: Path) -> str:
    with suppress(ValueError, IndexError):
        inside = Path(os.path.abspath(path)).relative_to(os.path.abspath(data_folder()))
        return f'move it away, and run "inrbench data fetch {inside.parts[0]}"'
    return "take another copy of it"
