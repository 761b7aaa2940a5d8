"""A file that is there whole or not at all, and a full disk that says which file it was."""

from __future__ import annotations

import errno
import fcntl
import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FAILED = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


def disk_failed(error: BaseException) -> bool:
    """Whether a disk was full, read-only or broken: no fault of what was running."""
    return isinstance(error, OSError) and error.errno in _FAILED


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write under; after the block the file takes its place.

    If the block fails, what it wrote goes, and what stood there stays. What a killed process left
    goes when the file is written the next time. A device or a pipe is written as it is.

    Raises:
        OSError: the block's; where it named no file, as on a full disk, it names `path` now.
    """
    path = Path(os.path.realpath(path)) if path.is_symlink() else path
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not (path.is_file() or path.is_dir()):
        with named(path):
            yield path
        return
    _sweep(path)
    try:
        with named(path, instead_of=partial):
            with partial.open("wb") as held:
                _lock(held)  # as long as it is written
                yield partial
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def named(path: Path, instead_of: Path | None = None) -> Iterator[None]:
    """Let an `OSError` of the block that names no file (or `instead_of`) name this one."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(instead_of)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _sweep(path: Path) -> None:
    """Remove what processes left that were killed while they wrote this file."""
    for left in path.parent.glob(f".{glob.escape(path.stem)}.*.partial{path.suffix}"):
        with suppress(OSError), left.open("rb") as file:
            if _lock(file):  # nobody is writing it
                left.unlink()


def _lock(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody has it, or this file system knows no locks
        return False
    return True
