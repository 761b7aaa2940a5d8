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
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError

from inrbench.datasets.transfer import (
    CHUNK,
    CutOffError,
    DownloadError,
    Progress,
    SourceError,
    opened,
    persist,
    refuse_folders,
    sources,
)

if TYPE_CHECKING:  # every cell asks here for its folder and has no need of manifests
    from inrbench.datasets.manifest import File


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
            the next call resumes if its source serves ranges; wrong bytes stay as
            `<name>.bad-<digest>` and are not used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target, part = folder / file.name, folder / f"{file.name}.part"
    refuse_folders(target, part)
    if target.exists():
        if _fault(file, target) is None:
            return target
        _set_aside(file, target)
    if part.exists() and part.stat().st_size >= file.size:  # an earlier call ended before renaming
        if _fault(file, part) is None:
            return part.replace(target)
        _set_aside(file, part)

    faults = []
    for source in sources(file.name, file.addresses, dataset_name):
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
    if part.exists() and (size := part.stat().st_size):
        advice = (
            f"{size} of {file.size} bytes stay in {part}; the next call resumes there if its "
            f"source serves ranges, and else begins anew; {advice}"
        )
    raise DownloadError(f"{file.name} could not be fetched ({'; '.join(faults)}): {advice}")


def _try(
    source: str, part: Path, file: File, progress: Progress | None, attempts: int, pause: float
) -> str | None:
    """Complete `part` from one source; None if the stream ended where it should, else why not."""
    try:
        persist(source, lambda: _stream(source, part, file, progress), attempts, pause)
    except SourceError as error:
        return str(error)
    return None


def _stream(source: str, part: Path, file: File, progress: Progress | None) -> None:
    """Append to `part` what it lacks, or write it anew where the source begins at 0."""
    have = part.stat().st_size if part.exists() else 0
    try:
        with opened(source, have) as found, part.open("r+b" if found.start else "wb") as out:
            out.seek(found.start)
            done = found.start
            while block := found.stream.read(CHUNK):
                out.write(block)
                done += len(block)
                if progress is not None:
                    progress(done, file.size)
    except HTTPError as error:
        if error.code != 416 or not have:
            raise
        _set_aside(file, part)  # our part is longer than the server's file
        return _stream(source, part, file, progress)
    expected = file.size if found.stop is None else found.stop
    if done < expected:
        raise CutOffError(f"cut off after {done} of {expected} bytes")


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
