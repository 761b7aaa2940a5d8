"""A file that a person wrote: a regular one of bounded size, read without waiting for anything.

A folder, a pipe, a socket or a device (`/dev/zero` never ends) that goes by a file's name is
refused before it is opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST = 2**20
"""Bytes of a file, unless its reader says otherwise."""
_PIECE = 2**17

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read(path: Path, most: int = MOST) -> str:
    """The text of a file in UTF-8.

    Args:
        path: of the file; links are followed.
        most: bytes that it may have.

    Raises:
        FileNotFoundError: no such file, or a link to none.
        ValueError: anything but a regular file in UTF-8 of at most so many bytes that this process
            may read.
    """
    data = read_bytes(path, most)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: not text in UTF-8; save it as UTF-8") from None


def read_bytes(path: Path, most: int = MOST) -> bytes:
    """The bytes of a file; arguments and errors as for `read`."""
    if "\0" in str(path):
        raise ValueError(f"{str(path)!r}: is no path")
    try:
        _check(path, os.stat(path), most)
        # Nor does what may have taken its place since then make this wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            _check(path, os.fstat(descriptor), most)
            data = b""
            while len(data) <= most and (part := os.read(descriptor, _PIECE)):
                data += part
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        gone = "a link to a file that is not there" if os.path.islink(path) else "no such file"
        raise FileNotFoundError(f"{path}: {gone}; correct the path") from None
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) > most:  # of /proc, say, where all files have 0 bytes
        raise ValueError(f"{path}: has more than {most:,} bytes, the most that are read")
    return data


def _check(path: Path, found: os.stat_result, most: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise ValueError(f"{path}: is {kind}; a file was expected")
    if found.st_size > most:
        raise ValueError(
            f"{path}: has {found.st_size:,} bytes, and at most {most:,} are read; "
            "is it the right file?"
        )
