"""Fetch the files of a data set: from a mirror first, then from their public addresses.

A file is streamed to `<name>.part`, checked, and renamed into place, so a file under its own name
is a whole one. Nothing is deleted that could not be fetched again: wrong bytes are set aside as
`<name>.bad-<digest>`, a download cut off is resumed. Nothing here imports torch.

Environment:
    INRBENCH_DATA: folder of all data sets; default `data` in the working directory.
    INRBENCH_MIRROR: a folder or http(s) address that holds `<data set>/<file name>`.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from inrbench import __version__

if TYPE_CHECKING:  # every cell asks here for its folder and has no need of manifests
    from inrbench.datasets.manifest import File

Progress = Callable[[int, int], None]

_CHUNK = 2**20
_TIMEOUT = 60.0  # s without a byte
_LONGEST_PAUSE = 120.0  # s; a server may ask for more (Retry-After) than anybody would wait
# Zenodo refuses requests that do not name themselves.
_USER_AGENT = f"inrbench/{__version__} (Python urllib)"


class DownloadError(OSError):
    """No source gave the file; the message says what each of them did and what to do."""


class _CutOffError(OSError):
    """The stream ended before the length that the source had announced."""


def data_folder() -> Path:
    """Where data sets lie: `$INRBENCH_DATA`, or `data` in the working directory."""
    return Path(os.environ.get("INRBENCH_DATA") or "data")


def fetched(dataset_name: str, file_name: str) -> Path:
    """The path of a fetched file, `<data folder>/<data set>/<file name>`.

    Raises:
        FileNotFoundError: it has not been fetched, with the command that does it.
    """
    path = data_folder() / dataset_name / file_name
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: run "inrbench data fetch {dataset_name}"')
    return path


def verify(file: File, folder: Path) -> str | None:
    """None if `folder` holds the file with the stated size and checksum, else what is wrong."""
    path = folder / file.name
    return _fault(file, path) if path.is_file() else f"{path} is missing"


def fetch(
    file: File,
    folder: Path,
    dataset_name: str,
    progress: Progress | None = None,
    attempts: int = 4,
    pause: float = 1.0,
) -> Path:
    """Have the file in `folder`, whole and checked; a file that already is stays untouched.

    Args:
        file: what to fetch.
        folder: where to put it, made if need be.
        dataset_name: its folder on the mirror.
        progress: called with (bytes so far, bytes in all) as they arrive.
        attempts: tries for each address while it fails in a way that may pass: no connection,
            cut off, status 429 or 5xx.
        pause: seconds before the second try, doubled for each further one; a server's Retry-After
            may lengthen it.

    Returns:
        folder / file.name.

    Raises:
        DownloadError: no source gave the right bytes. What arrived stays as `<name>.part`, and
            the next call resumes; wrong bytes stay as `<name>.bad-<digest>` and are not used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / file.name, folder / f"{file.name}.part"
    if target.exists():
        if _fault(file, target) is None:
            return target
        _set_aside(file, target)
    if part.exists() and part.stat().st_size >= file.size:  # an earlier call ended before renaming
        if _fault(file, part) is None:
            return part.replace(target)
        _set_aside(file, part)

    faults = []
    for source in _sources(file, dataset_name):
        resumed = part.exists()
        fault = _try(source, part, file, progress, attempts, pause)
        if fault is None and resumed and _fault(file, part) is not None:
            # The older bytes may have been another source's: this one gets a clean start.
            _set_aside(file, part)
            fault = _try(source, part, file, progress, attempts, pause)
        if fault is None:
            fault = _fault(file, part)
            if fault is None:
                return part.replace(target)
            fault = f"{fault}; set aside as {_set_aside(file, part).name}"
        faults.append(f"{source}: {fault}")

    advice = "try again later, or put the file into the folder yourself"
    if part.exists():
        advice = (
            f"{part.stat().st_size} of {file.size} bytes stay in {part}; the next call resumes"
        )
    raise DownloadError(f"{file.name} could not be fetched ({'; '.join(faults)}): {advice}")


def _sources(file: File, dataset_name: str) -> Iterator[str]:
    mirror = os.environ.get("INRBENCH_MIRROR")
    if mirror:
        base = mirror.rstrip("/") if _is_http(mirror) else Path(mirror).expanduser().as_posix()
        yield f"{base}/{dataset_name}/{quote(file.name) if _is_http(mirror) else file.name}"
    yield from file.addresses


def _is_http(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _try(
    source: str, part: Path, file: File, progress: Progress | None, attempts: int, pause: float
) -> str | None:
    """Complete `part` from one source; None if the stream ended where it should, else why not."""
    for attempt in range(attempts):
        wait = pause * 2**attempt
        try:
            return _stream(source, part, file, progress)
        except FileNotFoundError:
            return "not there"
        except HTTPError as error:
            fault = f"status {error.code} {error.reason}"
            if error.code == 416 and part.exists():  # our part is longer than the server's file
                _set_aside(file, part)
                wait = 0.0
            elif error.code != 429 and error.code < 500:
                return fault
            after = error.headers.get("Retry-After", "")
            wait = min(max(wait, float(after) if after.isdigit() else 0.0), _LONGEST_PAUSE)
        except (OSError, http.client.HTTPException) as error:
            fault = str(error) or type(error).__name__
            if not _is_http(source):
                return fault
        if attempt + 1 < attempts:
            time.sleep(wait)
    return f"{fault} ({attempts} attempts)"


def _stream(source: str, part: Path, file: File, progress: Progress | None) -> None:
    """Append to `part` what it lacks, or write it anew where the source begins at 0."""
    have = part.stat().st_size if part.exists() else 0
    with (
        _open(source, have) as (stream, start, total),
        part.open("r+b" if start else "wb") as out,
    ):
        out.seek(start)
        done = start
        while block := stream.read(_CHUNK):
            out.write(block)
            done += len(block)
            if progress is not None:
                progress(done, file.size)
    expected = file.size if total is None else total
    if done < expected:
        raise _CutOffError(f"cut off after {done} of {expected} bytes")


@contextmanager
def _open(source: str, have: int) -> Iterator[tuple[BinaryIO, int, int | None]]:
    """A stream, the offset in the file that it begins at (`have` or 0), and the file's length."""
    if not _is_http(source):
        with open(source, "rb") as stream:
            total = os.fstat(stream.fileno()).st_size
            start = have if have <= total else 0
            stream.seek(start)
            yield stream, start, total
        return
    headers = {"User-Agent": _USER_AGENT}
    if have:
        headers["Range"] = f"bytes={have}-"
    with urlopen(Request(source, headers=headers), timeout=_TIMEOUT) as response:
        start = 0
        if response.status == 206:
            stated = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            start = int(stated[1]) if stated else -1
            if start != have:
                raise _CutOffError(f"asked for bytes from {have}, offered them from {start}")
        length = response.headers.get("Content-Length")
        yield response, start, None if length is None else start + int(length)


def _digest(algorithm: str, path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def _fault(file: File, path: Path) -> str | None:
    algorithm, expected = file.checksum
    size, digest = path.stat().st_size, _digest(algorithm, path)
    if digest == expected and size == file.size:
        return None
    return (
        f"{path.name} has {size} bytes with {algorithm} {digest}, "
        f"the manifest states {file.size} bytes with {expected}"
    )


def _set_aside(file: File, path: Path) -> Path:
    """Rename wrong bytes to `<name>.bad-<digest>`, so that they are neither used nor lost."""
    digest = _digest(file.checksum[0], path)
    return path.replace(path.with_name(f"{file.name}.bad-{digest[:12]}"))
