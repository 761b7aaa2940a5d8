"""A small zip for tests of partial downloads, and the call that fetches four of its five."""

import io
import random
import struct
import zipfile

from inrbench.datasets.manifest import Archive
from inrbench.datasets.members import fetch_members
from inrbench.datasets.source import Patience

FILES = {
    "walnut/one.tif": random.Random(1).randbytes(70_000),
    "walnut/two.tif": random.Random(2).randbytes(50_000),
    "walnut/three.geom": b"1.0 2.0 3.0\n" * 4000,
    "walnut/unwanted.tif": random.Random(3).randbytes(90_000),
    "walnut/four.tif": random.Random(4).randbytes(60_000),
}
ONE, TWO, THREE, _, FOUR = FILES
WANTED = [ONE, TWO, THREE, FOUR]
END, ENTRY, LOCAL = b"PK\5\6", b"PK\1\2", b"PK\3\4"
DIRECTORY = "Walnut.zip.directory.json"


class Pipe(io.BytesIO):
    """Cannot go back, so that a zip's lengths and CRC-32 stand behind the data they are of."""

    def tell(self):
        raise OSError


def zipped(files=FILES, kind=io.BytesIO):
    """The bytes of a zip: text is deflated, images are stored."""
    buffer = kind()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            method = zipfile.ZIP_DEFLATED if name.endswith("geom") else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(name), content, method)  # of 1980, not of today
    return buffer.getvalue()


def zip64(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 1000)
        return zipped()


GOOD = zipped()
START = {
    info.filename: info.header_offset for info in zipfile.ZipFile(io.BytesIO(GOOD)).infolist()
}
DATA = {name: start + 30 + len(name) for name, start in START.items()}
LISTED = GOOD.index(ENTRY)  # where the directory begins


def patched(at, *values, layout="<I"):
    """The good archive with other numbers at a byte."""
    body = bytearray(GOOD)
    struct.pack_into(layout, body, at % len(body), *values)
    return bytes(body)


def entry(name):
    """Where the member's entry begins in the directory."""
    return GOOD.index(name.encode(), LISTED) - 46


def archive(*addresses, members=WANTED, most=300_000):
    return Archive(name="Walnut.zip", addresses=addresses, members=members, most=most,
                   checksum_source="stated", md5="0" * 32)  # fmt: skip


def get(archive, folder, attempts=4, **parameters):
    return fetch_members(archive, folder, "discs", patience=Patience(attempts, 0.0), **parameters)


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))


def put(folder, **changes):
    """Write members, some of them changed, as an unpacked archive has them."""
    for name in WANTED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(changes.get(name, FILES[name]))


def assert_whole(folder, wanted=WANTED):
    for name in wanted:
        assert (folder / name).read_bytes() == FILES[name]
