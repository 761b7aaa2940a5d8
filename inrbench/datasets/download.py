"""Fetch the files of a data set: from a mirror first, then from their public addresses.

A file is streamed to `<name>.part`, checked, and renamed into place, so a file under its own name
is a whole one. A download cut off is resumed. Wrong bytes are set aside as `<name>.bad-<sha256>`,
and nothing is deleted. Nothing here imports torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inrbench.datasets.folder import DownloadError, beside, digest, refuse_folders, set_aside
from inrbench.datasets.source import PATIENT, Patience, Progress, SourceError, read, sources

if TYPE_CHECKING:
    from inrbench.datasets.manifest import File


def fetch(
    file: File,
    folder: Path,
    dataset_name: str,
    progress: Progress | None = None,
    patience: Patience = PATIENT,
) -> Path:
    """Have the file in `folder`, whole and checked; a file that already is stays untouched.

    Args:
        file: what to fetch.
        folder: where to put it, made if need be.
        dataset_name: its folder on the mirror.
        progress: called with (bytes so far, bytes in all) as they arrive.
        patience: with each address.

    Returns:
        folder / file.name.

    Raises:
        DownloadError: no source gave the right bytes. What arrived stays as `<name>.part`, and
            the next call resumes there; wrong bytes stay aside, unused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    part = beside(target, "part")
    refuse_folders(target, part)
    if target.exists():
        if _fault(file, target) is None:
            return target
        set_aside(target, target)
    faults = []
    for source in sources(file.name, file.addresses, dataset_name):
        fault = _complete(target, file, source, progress, patience)
        if fault is None:
            return part.replace(target)
        faults.append(f"{source}: {fault}")
    stays = ""
    if part.exists() and (size := part.stat().st_size):
        stays = f"{size} of {file.size} bytes stay in {part}; the next call resumes there; "
    raise DownloadError(
        f"{file.name} could not be fetched ({'; '.join(faults)}): {stays}try again later, or put "
        "the file into the folder yourself"
    )


def verify(file: File, folder: Path) -> str | None:
    """None if `folder` holds the file with the stated size and checksum, else what is wrong."""
    path = folder / file.name
    return _fault(file, path) if path.is_file() else f"{path} is missing"


def _complete(
    target: Path, file: File, source: str, progress: Progress | None, patience: Patience
) -> str | None:
    """Add to the part of a file what it lacks; None once it is whole, else what the source did."""
    part = beside(target, "part")
    while True:
        resumed = part.stat().st_size if part.exists() else 0
        try:
            with part.open("ab") as out:
                for at, _, data in read(source, resumed, file.size, file.size, patience):
                    out.write(data)
                    if progress is not None:
                        progress(at + len(data), file.size)
        except SourceError as error:
            if not part.stat().st_size:
                part.unlink()
            return str(error)
        fault = _fault(file, part)
        if fault is None:
            return None
        fault = f"{fault}; set aside as {set_aside(part, target).name}"
        if not resumed:
            return fault
        # The older bytes may have been another source's: this one gets a clean start.


def _fault(file: File, path: Path) -> str | None:
    algorithm, expected = file.checksum
    size, found = path.stat().st_size, digest(path, algorithm)
    if found == expected and size == file.size:
        return None
    return (
        f"{path.name} has {size} bytes with {algorithm} {found}, "
        f"the manifest states {file.size} bytes with {expected}"
    )
