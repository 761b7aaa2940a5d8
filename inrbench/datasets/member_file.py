"""One member of a zip on its way to its place: downloaded, checked, renamed or set aside.

- `<member>.part`: its bytes as they lie in the archive, local header included
- `<member>.whole`: the file, not yet checked
- `<member>`: the file, checked
- `<member>.bad-<CRC-32>`: bytes that were wrong, neither used nor lost
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

from inrbench.datasets.transfer import CHUNK, SourceError
from inrbench.datasets.zip_directory import DEFLATED, Member, data_start


def unpack(member: Member, target: Path) -> str | None:
    """Put a member whose part is complete into its place; else set it aside and say why."""
    part, whole = beside(target, "part"), beside(target, "whole")
    wrong = part
    try:
        with part.open("rb") as raw, whole.open("wb") as out:
            raw.seek(data_start(member, raw.read(CHUNK)))
            _decode(member, raw, out)
        wrong, fault = whole, fault_of(whole, member)
    except (SourceError, zlib.error) as error:
        fault = str(error) if isinstance(error, SourceError) else f"{member.name}: {error}"
    if fault is None:
        place(whole, target)
        part.unlink()
        return None
    kept = set_aside(wrong, target)
    part.unlink(missing_ok=True)
    whole.unlink(missing_ok=True)
    return f"{fault}; set aside as {kept.name}"


def _decode(member: Member, raw: BinaryIO, out: BinaryIO) -> None:
    """Write the member's file from its data, at most one byte more than it should have."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == DEFLATED else None
    left = member.compressed
    while left and out.tell() <= member.size and (block := raw.read(min(CHUNK, left))):
        left -= len(block)
        room = member.size + 1 - out.tell()
        out.write(inflate.decompress(block, room) if inflate else block)


def fault_of(path: Path, member: Member) -> str | None:
    """None if a file has the length and CRC-32 that the directory states, else what is wrong."""
    size, crc = length_and_crc(path)
    if (size, crc) == (member.size, member.crc):
        return None
    return (
        f"{path} has {size} bytes with CRC-32 {crc:08x}, the zip's directory states {member.size} "
        f"bytes with {member.crc:08x}"
    )


def length_and_crc(path: Path) -> tuple[int, int]:
    """Of a file, to compare with what a directory states."""
    return path.stat().st_size, _crc(path)


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as stream:
        while block := stream.read(CHUNK):
            crc = zlib.crc32(block, crc)
    return crc


def beside(target: Path, suffix: str) -> Path:
    """`<target>.<suffix>`."""
    return target.with_name(f"{target.name}.{suffix}")


def place(whole: Path, target: Path) -> None:
    """Give a checked file its name; another one that had it is set aside."""
    if target.exists():
        set_aside(target, target)
    whole.replace(target)


def set_aside(path: Path, target: Path) -> Path:
    """Rename wrong bytes to `<target>.bad-<CRC-32>`, so that they are neither used nor lost."""
    return path.replace(beside(target, f"bad-{_crc(path):08x}"))
