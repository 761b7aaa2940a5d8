"""The directory of a remote zip, kept beside the members that were fetched from it.

`<archive>.directory.json` lists every member with its place, lengths and CRC-32. A later call
reads one byte of the archive, to see that its length and its ETag are still the same. Whether a
directory is right, and so to be kept, is for the caller to say.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from inrbench import registry
from inrbench.datasets.transfer import (
    CHUNK,
    RangeStream,
    check_range,
    opened,
    persist,
)
from inrbench.datasets.zip_directory import Member, read_directory

T = TypeVar("T")


@dataclass(frozen=True)
class Directory:
    """What an archive holds.

    Args:
        source: path or address that it was read from.
        total: length of the archive in bytes.
        etag: the server's mark of this version, or "".
        members: every member by name.
    """

    source: str
    total: int
    etag: str
    members: dict[str, Member]

    def lacks(self, names: list[str]) -> str | None:
        """None if all these members are there, else a sentence with the first that is not."""
        absent = [name for name in names if name not in self.members]
        if not absent:
            return None
        near = registry.nearest(absent[0], list(self.members))
        return f"{len(absent)} members are not in the archive, the first is {absent[0]}: {near}"


def path_of(folder: Path, archive: str) -> Path:
    """Where the directory of an archive is kept."""
    return folder / f"{archive}.directory.json"


def part_of(folder: Path, archive: str) -> Path:
    """Where it is written before it gets that name."""
    return path_of(folder, archive).with_suffix(".part")


def kept(folder: Path, archive: str) -> Directory | None:
    """The directory as an earlier call left it; None if there is none that can be read."""
    try:
        stated = json.loads(path_of(folder, archive).read_text(encoding="utf-8"))
        members = {each["name"]: _typed(Member, each) for each in stated.pop("members")}
        found = _typed(Directory, {"members": members, **stated})
        if not all(0 <= each.start <= each.stop <= found.total for each in members.values()):
            return None
        return found
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _typed(kind: type[T], values: dict[str, Any]) -> T:
    """A dataclass of values read from JSON, which must have the types that it states."""
    made = kind(**values)
    for field in fields(kind):
        if type(values[field.name]).__name__ != field.type.partition("[")[0]:
            raise TypeError(f"{field.name} should be {field.type}: {values[field.name]!r}")
    return made


def keep(directory: Directory, folder: Path, archive: str) -> None:
    """Write the directory to where `kept` finds it."""
    members = [asdict(member) for member in directory.members.values()]
    target = path_of(folder, archive)
    part = part_of(folder, archive)
    part.write_text(json.dumps(asdict(directory) | {"members": members}), encoding="utf-8")
    part.replace(target)


def current(
    source: str, known: Directory | None, afresh: bool, attempts: int, pause: float
) -> Directory:
    """The directory of the archive at a source: `known` if that has not changed, else read anew.

    Args:
        source: path or address of the archive.
        known: the one kept, or None.
        afresh: read it anew in any case.
        attempts, pause: as for `transfer.persist`.

    Raises:
        SourceError: the source serves no ranges, fails for good, or is not a whole zip.
    """
    total, etag = persist(source, lambda: _length(source), attempts, pause)
    if known is not None and known.total == total and not afresh:
        marks = {known.etag, etag} - {""} if known.source == source else set()
        if len(marks) < 2:
            return known

    def read(start: int, stop: int) -> bytes:
        with RangeStream(source, start, stop, total, attempts, pause) as stream:
            return b"".join(iter(lambda: stream.read(CHUNK), b""))

    return Directory(source, total, etag, read_directory(read, total))


def _length(source: str) -> tuple[int, str]:
    with opened(source, 0, 1) as found:
        check_range(found)
        return found.total, found.etag
