"""Fetch single members of a zip that is too large to fetch whole, by HTTP range requests.

`zipfile` reads the directory at the archive's end and then the members, neighbours by one
request. Each is checked by the CRC-32 in the directory and renamed into place, so a file under
its own name is a whole one. The checked CRCs stay beside the data, in
`<archive>.directory.json`. Nothing here imports torch.
"""

from __future__ import annotations

import itertools
import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from inrbench import registry
from inrbench.datasets.folder import DownloadError, beside, copy, refuse_folders, set_aside
from inrbench.datasets.remote_file import RemoteFile
from inrbench.datasets.source import (
    CHUNK,
    PATIENT,
    Patience,
    Progress,
    SourceError,
    is_http,
    mirror,
    sources,
)  # fmt: skip

if TYPE_CHECKING:
    from inrbench.datasets.manifest import Archive

Marks = dict[str, tuple[int, int]]  # of a member length and CRC-32
# What `zipfile` raises on an archive that is damaged or lies.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError,
            LookupError, OverflowError)  # fmt: skip


def fetch_members(
    archive: Archive,
    folder: Path,
    dataset_name: str,
    progress: Progress | None = None,
    patience: Patience = PATIENT,
) -> list[Path]:
    """Have the archive's members in `folder`, each whole and checked; those that are stay.

    Unpacked members in a mirror folder come first. They are checked if their CRC-32 is known, and
    else as soon as it is. Then come the archive on the mirror and its addresses.

    Args:
        archive: which members, and where the archive is.
        folder: where to put them, at their paths in the archive; made if need be.
        dataset_name: its folder on the mirror.
        progress: called with (bytes so far, bytes in all) of what is taken from an archive.
        patience: with each address.

    Returns:
        folder / path of each member.

    Raises:
        DownloadError: members that no source gave, with what each source did; or a folder where
            a file belongs. Members that arrived stay, and the next call fetches the others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    targets = {path: folder / path for path in archive.paths}
    parts = [beside(target, "part") for target in targets.values()]
    refuse_folders(_marks_path(archive, folder), *targets.values(), *parts)
    marks = known_marks(archive, folder)
    for path, target in targets.items():
        if path in marks and target.exists() and _fault(target, *marks[path]):
            set_aside(target, target)
    faults = []
    if (unpacked := mirror(dataset_name)) and not is_http(unpacked):
        faults += _copied(Path(unpacked), targets, marks)
    for source in sources(archive.name, archive.addresses, dataset_name):
        if all(target.exists() for target in targets.values()):
            break
        try:
            taken = _taken(source, archive.most, targets, marks, progress, patience)
            faults += [f"{source}: {fault}" for fault in taken]
        except SourceError as error:
            faults.append(f"{source}: {error}")
        finally:
            _keep(marks, _marks_path(archive, folder))
    missing = [path for path, target in targets.items() if not target.exists()]
    if missing:
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise DownloadError(
            f"{len(missing)} of {len(targets)} members of {archive.name} could not be fetched, "
            f"the first of them {missing[0]} ({'; '.join(faults[:3])}{more}): what arrived stays "
            f"in {folder}, and the next call fetches the others; try again later, or put the "
            "members there yourself"
        )
    return list(targets.values())


def verify_members(archive: Archive, folder: Path) -> list[str]:
    """What is wrong with the members in `folder`, a sentence each; none if all are whole."""
    there = [path for path in archive.paths if (folder / path).is_file()]
    faults = [f"{folder / path} is missing" for path in archive.paths if path not in there]
    marks = known_marks(archive, folder)
    if not marks:
        lacking = f"{_marks_path(archive, folder)} is missing or cannot be read"
        return [*faults, f"{lacking}: no CRC-32 is known to check the members by"]
    for path in there:
        if path not in marks:
            faults.append(f"no CRC-32 of {path} is known: it is not checked")
        elif fault := _fault(folder / path, *marks[path]):
            faults.append(fault)
    return faults


def known_marks(archive: Archive, folder: Path) -> Marks:
    """Of the members that were checked length and CRC-32; none where they cannot be read."""
    try:
        stated = json.loads(_marks_path(archive, folder).read_text(encoding="utf-8"))
        return {each["name"]: (int(each["size"]), int(each["crc"])) for each in stated["members"]}
    except (OSError, ValueError, TypeError, LookupError, RecursionError, OverflowError):
        return {}


def _marks_path(archive: Archive, folder: Path) -> Path:
    return folder / f"{archive.name}.directory.json"


def _keep(marks: Marks, path: Path) -> None:
    members = [{"name": name, "size": size, "crc": crc} for name, (size, crc) in marks.items()]
    if members:
        part = beside(path, "part")
        part.write_text(json.dumps({"members": members}), encoding="utf-8")
        part.replace(path)


def _fault(path: Path, size: int, crc: int) -> str | None:
    """None if a file has this length and CRC-32, else what is wrong."""
    found, length = 0, path.stat().st_size
    with path.open("rb") as stream:
        while data := stream.read(CHUNK):
            found = zlib.crc32(data, found)
    if (length, found) == (size, crc):
        return None
    return (
        f"{path} has {length} bytes with CRC-32 {found:08x}, the zip's directory states {size} "
        f"bytes with {crc:08x}"
    )


def _copied(unpacked: Path, targets: dict[str, Path], marks: Marks) -> Iterator[str]:
    """Copy members from a folder of unpacked ones; yields what is wrong with those left there."""
    for path, target in targets.items():
        if not target.exists() and (there := unpacked / path).is_file():
            fault = _fault(there, *marks[path]) if path in marks else None
            if fault is None:
                copy(there, target)
            else:
                yield fault


def _taken(
    source: str,
    most: int,
    targets: dict[str, Path],
    marks: Marks,
    progress: Progress | None,
    patience: Patience,
) -> Iterator[str]:
    """Take from an archive the members that are not in place, or not known to be right there.

    Yields what is wrong with those that it did not give. Raises `SourceError`.
    """
    remote = RemoteFile(source, patience)
    try:
        opened = zipfile.ZipFile(remote)
    except SourceError:
        raise
    except (*_DAMAGED, OSError) as error:
        raise SourceError(f"is not a whole zip ({error}): the archive is damaged") from error
    infos = {info.filename: info for info in opened.infolist()}
    if absent := [path for path in targets if path not in infos]:
        near = registry.nearest(absent[0], [name for name in infos if name.isprintable()])
        yield f"{len(absent)} members are not in the archive, the first is {absent[0]}: {near}"
    wanted = []
    for path in infos.keys() & targets.keys():
        if not targets[path].exists():
            wanted.append(infos[path])
        elif path not in marks:
            if _fault(targets[path], infos[path].file_size, infos[path].CRC):
                wanted.append(infos[path])
            else:
                marks[path] = infos[path].file_size, infos[path].CRC
    done, total = 0, sum(info.file_size for info in wanted)
    if total > most:
        raise SourceError(f"states {total} bytes of members, the manifest {most} at most")
    wanted.sort(key=lambda info: info.header_offset)
    ends = _ends(opened, wanted)
    for info in wanted:
        remote.stop = ends[info.header_offset]
        if fault := _extracted(opened, info, targets[info.filename]):
            yield fault
            continue
        marks[info.filename] = info.file_size, info.CRC
        done += info.file_size
        if progress is not None:
            progress(done, total)


def _ends(opened: zipfile.ZipFile, wanted: list[zipfile.ZipInfo]) -> dict[int, int]:
    """Header of a member -> where it ends together with the wanted ones that follow at once."""
    starts = sorted({info.header_offset for info in opened.infolist()})
    following = dict(itertools.pairwise([*starts, opened.start_dir]))
    ends: dict[int, int] = {}
    for info in reversed(wanted):
        end = following[info.header_offset]
        ends[info.header_offset] = ends.get(end, end)
    return ends


def _extracted(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> str | None:
    """Put a member into its place; None, or what is wrong with it. Raises `SourceError`."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return (
            f"{info.filename} is compressed by method {info.compress_type}: only stored (0) and "
            "deflated (8) members are read"
        )
    part = beside(target, "part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opened.open(info) as stream, part.open("wb") as out:
            shutil.copyfileobj(stream, out, CHUNK)
        if fault := _fault(part, info.file_size, info.CRC):
            return fault
        if target.exists():
            set_aside(target, target)
        part.replace(target)
    except _DAMAGED as error:
        return f"{info.filename}: {error}"
    finally:
        part.unlink(missing_ok=True)
    return None
