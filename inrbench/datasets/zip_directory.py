"""What a zip archive says of its members, believed only where its parts agree.

    local header, data | local header, data | ... | central directory | end records

The last 22 bytes (and a comment) say where the directory lies; zip64 archives, which pass 4 GiB,
say it in a record before that. Each entry of the directory gives a member's name, lengths, CRC-32
and the place of its local header, which repeats name and lengths. Reference: PKWARE's APPNOTE.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from inrbench.datasets.transfer import SourceError

Read = Callable[[int, int], bytes]

STORED, DEFLATED = 0, 8
_END, _END64, _LOCATOR64 = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_ENTRY, _LOCAL = b"PK\1\2", b"PK\3\4"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF  # "see the zip64 record"
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 1, 8, 2048  # flags
_DESCRIPTOR_LENGTH = 24  # at most
_COMMENT = 0xFFFF  # bytes at most
_LONGEST = 2**28  # bytes of a directory: some two million members


@dataclass(frozen=True)
class Member:
    """One entry of the central directory.

    Args:
        name: path within the archive.
        start: byte of the archive at which its local header begins.
        stop: the byte before which its data end: the next header at the latest.
        compressed: length of its data in the archive.
        size: length of the file.
        crc: CRC-32 of the file.
        method: 0 (stored), 8 (deflated), or one that is not read here.
        flags: general purpose flags.
    """

    name: str
    start: int
    stop: int
    compressed: int
    size: int
    crc: int
    method: int
    flags: int


def read_directory(read: Read, total: int) -> dict[str, Member]:
    """All members of an archive of `total` bytes by name.

    Args:
        read: gives the archive's bytes from start to stop.
        total: its length.

    Raises:
        SourceError: the archive is not a whole zip on one disk, or contradicts itself.
    """
    count, start, length, end = _place(read, total)
    if start + length > end or length > _LONGEST:
        raise SourceError(
            f"the zip places its directory at bytes {start} to {start + length} of the {end} "
            "before its end record, which cannot be: it is damaged or not whole"
        )
    data = read(start, start + length)
    members: list[Member] = []
    at = 0
    while at < length:
        member, at = _entry(data, at, len(members) + 1, count)
        members.append(member)
    if len(members) != count:
        raise SourceError(
            f"the zip states {count} members, its directory lists {len(members)}: it is damaged"
        )
    return _checked(members, start)


def _place(read: Read, total: int) -> tuple[int, int, int, int]:
    """Number of entries, start and length of the directory, and where it must have ended."""
    tail_start = max(0, total - 22 - _COMMENT - 20)
    tail = read(tail_start, total)
    at = tail.rfind(_END)
    while at >= 0 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") != len(tail):
        at = tail.rfind(_END, 0, at)  # the bytes of a comment or of data may look like the record
    if at < 0:
        raise SourceError(
            f"no end record in the last {len(tail)} of {total} bytes: this is not a whole zip"
        )
    disk, first_disk, here, count, length, start = struct.unpack_from("<4H2I", tail, at + 4)
    end = tail_start + at
    if at >= 20 and tail[at - 20 : at - 16] == _LOCATOR64:
        (where,) = struct.unpack_from("<Q", tail, at - 20 + 8)
        if where + 56 > end - 20:
            raise SourceError(
                f"the zip places its zip64 end record at byte {where}, beyond its own end at "
                f"{end - 20}: it is damaged or not whole"
            )
        record = read(where, where + 56)
        if record[:4] != _END64:
            raise SourceError(f"no zip64 end record at byte {where}, where the zip places it")
        disk, first_disk, here, count, length, start = struct.unpack_from("<2I4Q", record, 16)
        end = where
    elif _FULL32 in (start, length) or count == _FULL16:
        raise SourceError("the zip refers to a zip64 end record that it does not have")
    if disk or first_disk or here != count:
        raise SourceError("the zip is one part of an archive of several: only whole ones are read")
    return count, start, length, end


def _entry(data: bytes, at: int, number: int, count: int) -> tuple[Member, int]:
    """The member of the entry at `at`, its `stop` not known yet, and where the next entry is."""
    damaged = SourceError(
        f"entry {number} of {count} in the zip's directory is not one: the archive is damaged, "
        "or changed while it was read"
    )
    if data[at : at + 4] != _ENTRY or at + 46 > len(data):
        raise damaged
    flags, method, crc, compressed, size = struct.unpack_from("<2H4x3I", data, at + 8)
    name_length, extra_length, comment_length = struct.unpack_from("<3H", data, at + 28)
    (start,) = struct.unpack_from("<I", data, at + 42)
    name_end = at + 46 + name_length
    extra_end = name_end + extra_length
    if extra_end + comment_length > len(data):
        raise damaged
    name = _name(data[at + 46 : name_end], flags)
    size, compressed, start = _widened(data[name_end:extra_end], [size, compressed, start], name)
    least = start + 30 + name_length + compressed  # a local header without extra fields
    member = Member(name, start, least, compressed, size, crc, method, flags)
    return member, extra_end + comment_length


def _checked(members: list[Member], directory: int) -> dict[str, Member]:
    """The members by name, each with its true `stop`; `directory` is where theirs must all end."""
    starts = sorted(member.start for member in members)
    following = dict(itertools.pairwise([*starts, directory]))
    found: dict[str, Member] = {}
    for member in members:
        after = following[member.start]
        if member.stop > after:
            raise SourceError(
                f"the zip places {member.name} with {member.compressed} bytes at byte "
                f"{member.start}, which runs into what begins at {after}: its directory is wrong"
            )
        if member.name in found:
            raise SourceError(f"the zip has two members {member.name}: which one is meant?")
        longest = member.stop + _FULL16 + _DESCRIPTOR_LENGTH
        found[member.name] = replace(member, stop=min(after, longest))
    return found


def data_start(member: Member, header: bytes) -> int:
    """Where the member's data begin, counted from its local header, which must agree with it.

    Args:
        member: what the directory says.
        header: the archive's bytes from member.start on, up to member.stop or so many of them as
            hold the local header.

    Raises:
        SourceError: the local header has another name, method, length or checksum.
    """
    if len(header) < 30 or header[:4] != _LOCAL:
        raise SourceError(
            f"no local header of {member.name} at byte {member.start}, where the zip's directory "
            "places it"
        )
    flags, method, crc, compressed, size = struct.unpack_from("<2H4x3I", header, 6)
    name_length, extra_length = struct.unpack_from("<2H", header, 26)
    start = 30 + name_length + extra_length
    name = _name(header[30 : 30 + name_length], flags)
    size, compressed = _widened(header[30 + name_length : start], [size, compressed], name)
    pairs = [("name", name, member.name), ("method", method, member.method)]
    if not flags & _DESCRIPTOR:  # else these stand behind the data
        pairs += [("compressed size", compressed, member.compressed), ("size", size, member.size)]
        pairs += [("CRC-32", f"{crc:08x}", f"{member.crc:08x}")]
    for what, local, central in pairs:
        if local != central:
            raise SourceError(
                f"{member.name}: its local header states {what} {local}, the zip's directory "
                f"{central}"
            )
    if start + member.compressed > member.stop - member.start:
        raise SourceError(
            f"{member.name}: header and {member.compressed} bytes of data do not fit into the "
            f"{member.stop - member.start} bytes before the next member"
        )
    return start


def unreadable(member: Member) -> str | None:
    """None for a member that is stored or deflated, else why it is not read here."""
    if member.flags & _ENCRYPTED:
        return f"{member.name} is encrypted: it cannot be read"
    if member.method not in (STORED, DEFLATED):
        return (
            f"{member.name} is compressed by method {member.method}: only stored (0) and "
            "deflated (8) members are read"
        )
    if member.method == STORED and member.size != member.compressed:
        return (
            f"{member.name} is stored, so {member.compressed} and {member.size} bytes should be "
            "one number: the zip's directory is wrong"
        )
    return None


def _name(raw: bytes, flags: int) -> str:
    return raw.decode("utf-8" if flags & _UTF8 else "cp437", errors="replace")


def _widened(extra: bytes, values: list[int], name: str) -> list[int]:
    """Lengths and places as 64-bit numbers of the zip64 field where 32 bits did not hold them."""
    wide, at = b"", 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wide = extra[at + 4 : at + 4 + length]
        at += 4 + length
    found = []
    for value in values:
        if value == _FULL32:
            if len(wide) < 8:
                raise SourceError(f"{name} lacks the zip64 numbers that its entry refers to")
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        found.append(value)
    return found
