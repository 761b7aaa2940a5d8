"""Fetch single members of a zip that is too large to fetch whole, by HTTP range requests.

The directory of the archive is read from its end and kept beside the data; then each member is
streamed to `<member>.part`, checked by its CRC-32, and renamed into place, so a file under its own
name is a whole one. Neighbouring members take one request. A call cut off resumes at the byte
where it stopped, and wrong bytes are set aside (`member_file`). Nothing here imports torch.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inrbench.datasets import directory_file
from inrbench.datasets.directory_file import Directory
from inrbench.datasets.member_file import beside, fault_of, set_aside, unpack
from inrbench.datasets.transfer import (
    CHUNK,
    DownloadError,
    Progress,
    RangeStream,
    SourceError,
    is_http,
    mirror,
    sources,
)
from inrbench.datasets.zip_directory import Member, unreadable

if TYPE_CHECKING:
    from inrbench.datasets.manifest import Archive


def fetch_members(
    archive: Archive,
    folder: Path,
    dataset_name: str,
    progress: Progress | None = None,
    attempts: int = 4,
    pause: float = 1.0,
) -> list[Path]:
    """Have the archive's members in `folder`, each whole and checked; those that are stay.

    Unpacked members in a mirror folder come first. They are checked if the archive's directory is
    at hand, and else as soon as it is. Then come the archive on the mirror and its addresses.

    Args:
        archive: which members, and where the archive is.
        folder: where to put them, at their paths in the archive; made if need be.
        dataset_name: its folder on the mirror.
        progress: called with (bytes so far, bytes in all) of what is read from an archive.
        attempts: tries while a source fails in a way that may pass, without a byte of progress.
        pause: seconds before the second try, see `transfer.persist`.

    Returns:
        folder / path of each member.

    Raises:
        DownloadError: members that no source gave, with what each source did. What arrived stays,
            and the next call resumes; wrong bytes stay as `<member>.bad-<CRC-32>`, unused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    directory = directory_file.kept(folder, archive.name)
    missing = _missing(archive, folder, directory)
    unpacked = mirror(dataset_name)
    faults = []
    if unpacked and not is_http(unpacked):
        faults += _copy(Path(unpacked), folder, missing, directory)
        missing = [path for path in missing if not (folder / path).exists()]
    for source in sources(archive.name, archive.addresses, dataset_name):
        if not missing:
            break
        try:
            known = directory
            directory = directory_file.current(
                folder, archive.name, source, known, attempts, pause
            )
            if directory is not known:
                missing = _missing(archive, folder, directory)
            stream = partial(
                RangeStream, source, total=directory.total, attempts=attempts, pause=pause
            )
            for fault in _take(stream, directory, missing, folder, progress):
                faults.append(f"{source}: {fault}")
        except SourceError as error:
            faults.append(f"{source}: {error}")
        missing = [path for path in missing if not (folder / path).exists()]
    if missing:
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise DownloadError(
            f"{len(missing)} of {len(archive.paths)} members of {archive.name} could not be "
            f"fetched, the first of them {missing[0]} ({'; '.join(faults[:3])}{more}): what "
            f"arrived stays in {folder}, and the next call resumes; try again later, or put the "
            "members there yourself"
        )
    return [folder / path for path in archive.paths]


def verify_members(archive: Archive, folder: Path) -> list[str]:
    """What is wrong with the members in `folder`, a sentence each; none if all are whole."""
    there = [path for path in archive.paths if (folder / path).is_file()]
    faults = [f"{folder / path} is missing" for path in archive.paths if path not in there]
    directory = directory_file.kept(folder, archive.name)
    if directory is None:
        lacking = directory_file.path_of(folder, archive.name)
        return [*faults, f"{lacking} is missing: no CRC-32 is known to check the members by"]
    for path in there:
        if path not in directory.members:
            faults.append(f"{path} is not in the directory of {archive.name}: it is not checked")
        elif fault := fault_of(folder / path, directory.members[path]):
            faults.append(fault)
    return faults


def _missing(archive: Archive, folder: Path, directory: Directory | None) -> list[str]:
    """Members not in place; those that the directory proves wrong are set aside."""
    missing = []
    for path in archive.paths:
        target = folder / path
        member = directory.members.get(path) if directory else None
        if target.exists() and member and fault_of(target, member):
            set_aside(target, target)
        if not target.exists():
            missing.append(path)
    return missing


def _copy(
    unpacked: Path, folder: Path, paths: Iterable[str], directory: Directory | None
) -> Iterator[str]:
    """Copy members from a folder of unpacked ones; yields what is wrong with those left there."""
    for path in paths:
        if not (unpacked / path).is_file():
            continue
        member = directory.members.get(path) if directory else None
        if member and (fault := fault_of(unpacked / path, member)):
            yield fault
            continue
        whole = beside(folder / path, "whole")
        whole.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(unpacked / path, whole)
        whole.replace(folder / path)


def _take(
    stream: Callable[[int, int], RangeStream],
    directory: Directory,
    paths: list[str],
    folder: Path,
    progress: Progress | None,
) -> Iterator[str]:
    """Take members from one archive; yields what is wrong with those that it did not give.

    Raises:
        SourceError: the source failed for good.
    """
    if absent := directory.lacks(paths):
        yield absent
    there = [directory.members[path] for path in paths if path in directory.members]
    yield from filter(None, map(unreadable, there))
    wanted = [member for member in there if not unreadable(member)]
    done, total = 0, sum(member.stop - member.start for member in wanted)

    def receive(source: RangeStream, member: Member) -> None:
        nonlocal done
        target = folder / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside(target, "part").open("ab") as part:
            done += part.tell()
            while block := source.read(min(CHUNK, member.stop - source.position)):
                part.write(block)
                done += len(block)
                if progress is not None:
                    progress(done, total)

    while wanted:
        resumed = {member for member in wanted if _have(member, folder)}
        again = []
        for run in _runs(wanted, folder):
            with stream(run[0].start + _have(run[0], folder), run[-1].stop) as source:
                for member in run:
                    receive(source, member)
                    fault = unpack(member, folder / member.name)
                    if fault and member in resumed:
                        again.append(member)
                    elif fault:
                        yield fault
        # The older bytes may have been another source's: these members get a clean start.
        wanted = again
        total += sum(member.stop - member.start for member in wanted)


def _have(member: Member, folder: Path) -> int:
    """How many bytes of the member arrived in an earlier call; more than it has are set aside."""
    target = folder / member.name
    part = beside(target, "part")
    if part.exists() and part.stat().st_size > member.stop - member.start:
        set_aside(part, target)
    return part.stat().st_size if part.exists() else 0


def _runs(wanted: list[Member], folder: Path) -> Iterator[list[Member]]:
    """Members that lie side by side in the archive, so that one request gives them all."""
    run: list[Member] = []
    for member in sorted(wanted, key=lambda member: member.start):
        if run and (run[-1].stop != member.start or _have(member, folder)):
            yield run
            run = []
        run.append(member)
    if run:
        yield run
