"""The directory of a remote zip, kept beside the members that were fetched from it.

`<archive>.directory.json` lists every member with its place, lengths and CRC-32. A later call
reads one byte of the archive, to see that its length and its ETag are still the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from inrbench import registry
from inrbench.datasets.transfer import (
    CHUNK,
    RangeStream,
    check_range,
    opened,
    persist,
)
from inrbench.datasets.zip_directory import Member, read_directory


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


def kept(folder: Path, archive: str) -> Directory | None:
    """The directory as an earlier call left it; None if there is none that can be read."""
    try:
        fields = json.loads(path_of(folder, archive).read_text(encoding="utf-8"))
        members = {each["name"]: Member(**each) for each in fields.pop("members")}
        return Directory(members=members, **fields)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def current(
    folder: Path, archive: str, source: str, known: Directory | None, attempts: int, pause: float
) -> Directory:
    """The directory of the archive at a source: `known` if that has not changed, else read anew.

    Raises:
        SourceError: the source serves no ranges, fails for good, or is not a whole zip.
    """
    total, etag = persist(source, lambda: _length(source), attempts, pause)
    if known is not None and known.total == total:
        marks = {known.etag, etag} - {""} if known.source == source else set()
        if len(marks) < 2:
            return known

    def read(start: int, stop: int) -> bytes:
        with RangeStream(source, start, stop, total, attempts, pause) as stream:
            return b"".join(iter(lambda: stream.read(CHUNK), b""))

    found = Directory(source, total, etag, read_directory(read, total))
    fields = asdict(found) | {"members": [asdict(member) for member in found.members.values()]}
    target = path_of(folder, archive)
    whole = target.with_suffix(".part")
    whole.write_text(json.dumps(fields), encoding="utf-8")
    whole.replace(target)
    return found


def _length(source: str) -> tuple[int, str]:
    with opened(source, 0, 1) as found:
        check_range(found)
        return found.total, found.etag
