"""Fetch single members of a zip that is too large to fetch whole, by HTTP range requests.

The directory of the archive is read from its end and kept beside the data; then each member is
streamed to `<member>.part`, checked by its CRC-32, and renamed into place, so a file under its own
name is a whole one. Neighbouring members take one request. A call cut off resumes at the byte
where it stopped, and wrong bytes are set aside (`member_file`). Nothing here imports torch.

A directory is kept once a member agrees with it and no checked one contradicts it: one bad archive
costs no member that is right. One that is kept and contradicted is read afresh.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from inrbench.datasets import directory_file
from inrbench.datasets.directory_file import Directory
from inrbench.datasets.member_file import beside, fault_of, place, set_aside
from inrbench.datasets.member_stream import take
from inrbench.datasets.places import Places
from inrbench.datasets.transfer import (
    DownloadError,
    NoRangesError,
    Progress,
    RangeStream,
    SourceError,
    is_http,
    mirror,
    refuse_folders,
    sources,
)

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
        DownloadError: members that no source gave, with what each source did; or a folder where
            a file belongs. What arrived stays, and the next call resumes if ranges are served;
            wrong bytes stay as `<member>.bad-<CRC-32>`, unused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    targets = [folder / path for path in archive.paths]
    refuse_folders(
        *(beside(target, suffix) for target in targets for suffix in ("part", "whole")),
        *targets,
        directory_file.path_of(folder, archive.name),
        directory_file.part_of(folder, archive.name),
    )
    fetch = _Fetch(archive, folder, attempts, pause, progress)
    unpacked = mirror(dataset_name)
    if unpacked and not is_http(unpacked):
        fetch.faults += _copy(Path(unpacked), fetch.places, fetch.known)
        fetch.checked.update(fetch.places.confirmed(fetch.known))
    ranges = []  # for each source asked, whether it may serve them
    for source in sources(archive.name, archive.addresses, dataset_name):
        if not fetch.missing() and not fetch.doubted():
            break
        ranges.append(True)
        try:
            fetch.take_from(source)
        except SourceError as error:
            fetch.faults.append(f"{source}: {error}")
            ranges[-1] = not isinstance(error, NoRangesError)
    if missing := fetch.missing():
        fetch.set_aside(missing)
        faults, arrived = fetch.faults, fetch.places.arrived()
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        stays = f"what arrived stays in {folder}" if arrived else "nothing arrived"
        resumes = ", and the next call resumes" if arrived and any(ranges) else ""
        later = "try again later, or " if any(ranges) else ""
        raise DownloadError(
            f"{len(missing)} of {len(archive.paths)} members of {archive.name} could not be "
            f"fetched, the first of them {missing[0]} ({'; '.join(faults[:3])}{more}): "
            f"{stays}{resumes}; {later}put the members there yourself"
        )
    return targets


class _Fetch:
    """What one call knows and has.

    Attributes:
        known: the directory that is kept; a new one replaces it once it is proved.
        latest: the one that was read last, proved or not.
        places: the members in place.
        checked: members that a directory confirmed: they stay until a replacement is there.
        faults: what went wrong, a sentence each.
    """

    def __init__(
        self,
        archive: Archive,
        folder: Path,
        attempts: int,
        pause: float,
        progress: Progress | None,
    ) -> None:
        self._name, self._folder = archive.name, folder
        self._patience, self._progress = (attempts, pause), progress
        self.known = self.latest = directory_file.kept(folder, archive.name)
        self.places = Places(folder, archive.paths)
        self.checked = set(self.places.confirmed(self.known))
        self.faults: list[str] = []

    def missing(self) -> list[str]:
        """Members not in place, or not those of the last directory that any member agrees with."""
        agreed = self.places.confirmed(self.latest)
        return self.places.missing(self.latest if agreed else self.known)

    def doubted(self) -> bool:
        """Whether a member in place is not what the kept directory states."""
        there = len(self.places.paths) - len(self.places.absent())
        return self.known is not None and len(self.places.confirmed(self.known)) < there

    def take_from(self, source: str) -> None:
        """Take what is missing from one source; a contradicted directory is read afresh once.

        Raises:
            SourceError: the source failed for good.
        """
        kept, before = self.known, len(self.faults)
        directory = directory_file.current(source, kept, self.doubted(), *self._patience)
        self._take(source, directory)
        if directory is kept and len(self.faults) > before:
            directory = directory_file.current(source, kept, True, *self._patience)
            if directory.members != kept.members:
                del self.faults[before:]
                self._take(source, directory)

    def set_aside(self, paths: list[str]) -> None:
        """Rename those in place that no directory confirmed."""
        for path in set(paths) - self.checked:
            if (self._folder / path).exists():
                set_aside(self._folder / path, self._folder / path)
                self.places.changed(path)

    def _take(self, source: str, directory: Directory) -> None:
        self.latest = directory
        self._prove()
        missing = self.places.missing(directory)
        self._receive(source, [path for path in missing if path not in self.checked])
        if self.places.confirmed(directory):  # so it may be right where it differs, too
            differing = self.places.contradicted(directory)
            self._receive(source, [path for path in differing if path in self.checked])

    def _receive(self, source: str, paths: list[str]) -> None:
        attempts, pause = self._patience
        total = self.latest.total
        stream = partial(RangeStream, source, total=total, attempts=attempts, pause=pause)
        taken = take(stream, self.latest, paths, self._folder, self._progress, self._arrived)
        for fault in taken:
            self.faults.append(f"{source}: {fault}")

    def _arrived(self, path: str) -> None:
        self.places.changed(path)
        self.checked.add(path)
        self._prove()

    def _prove(self) -> None:
        """Keep the latest directory if a member agrees with it and no checked one contradicts."""
        agreed = self.places.confirmed(self.latest)
        contradicted = self.checked & set(self.places.contradicted(self.latest))
        if agreed and not contradicted:
            self.checked.update(agreed)
            if self.latest is not self.known:
                directory_file.keep(self.latest, self._folder, self._name)
                self.known = self.latest


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


def _copy(unpacked: Path, places: Places, directory: Directory | None) -> Iterator[str]:
    """Copy members from a folder of unpacked ones; yields what is wrong with those left there."""
    for path in places.missing(directory):
        if not (unpacked / path).is_file():
            continue
        member = directory.members.get(path) if directory else None
        if member and (fault := fault_of(unpacked / path, member)):
            yield fault
            continue
        target = places.folder / path
        whole = beside(target, "whole")
        whole.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(unpacked / path, whole)
        place(whole, target)
        places.changed(path)
