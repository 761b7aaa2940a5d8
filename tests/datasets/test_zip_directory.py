"""Zips that are damaged or lie are refused with a sentence; what is right in them is kept."""

import struct
import zipfile
import zlib

import pytest
from small_zip import (
    DATA,
    DIRECTORY,
    ENTRY,
    FILES,
    FOUR,
    GOOD,
    LISTED,
    ONE,
    START,
    THREE,
    TWO,
    archive,
    assert_whole,
    entry,
    get,
    names,
    patched,
    zip64,
)

from inrbench.datasets.download import DownloadError


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


def test_member_beyond_four_gigabytes(server, folder, mirror):
    with (mirror / "Walnut.zip").open("wb") as file, zipfile.ZipFile(file, "w") as made:
        made.writestr(ONE, FILES[ONE])
        made.start_dir = 5 * 2**30  # a hole, which takes no room on a disk
        made.writestr(FOUR, FILES[FOUR])
    get(archive(server.address(), members=[ONE, FOUR]), folder)
    assert_whole(folder, [ONE, FOUR])
    (mirror / "Walnut.zip").unlink()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"no zip" * 100, "no end record in the last 600 of 600 bytes: this is not a whole zip"),
        (GOOD[:-30], "this is not a whole zip"),
        (b"", "status 416"),
        (patched(-6, len(GOOD)), rf"places its directory at bytes {len(GOOD)} to \d+ of the"),
        (patched(-10, 2**31), "places its directory at bytes .* which cannot be"),
        (patched(-6, LISTED + 3), rf"places its directory at bytes {LISTED + 3} to"),
        (patched(-6, LISTED - 3), "entry 1 of 5 in the zip's directory is not one: the archive"),
        (patched(-14, 6, 6, layout="<HH"), "states 6 members, its directory lists 5"),
        (patched(-14, 4, 4, layout="<HH"), "states 4 members, its directory lists 5"),
        (patched(-18, 1, layout="<H"), "one part of an archive of several"),
        (patched(-6, 2**32 - 1), "a zip64 end record that it does not have"),
        (patched(entry(TWO), 0), "entry 2 of 5 in the zip's directory is not one"),
        (patched(entry(FOUR) + 42, 2**31), r"four.tif with 60000 bytes at byte 2147483648"),
        (patched(entry(TWO) + 42, START[TWO] + 9), "two.tif with .* runs into what begins at"),
        (patched(entry(FOUR) + 20, 2**31), r"four.tif with 2147483648 bytes .* runs into"),
        (GOOD.replace(b"walnut/two.tif", b"walnut/one.tif"), "has two members walnut/one.tif"),
    ],
)  # fmt: skip
def test_archive_whose_directory_lies_is_refused(server, folder, body, sentence):
    server.body = body
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=1)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("mark", "offset", "sentence"),
    [
        (b"PK\6\7", 8, r"its zip64 end record at byte \d{9,}, beyond its own end at"),
        (b"PK\6\6", 0, r"no zip64 end record at byte \d+, where the zip places it"),
        (b"PK\6\6", 48, r"places its directory at bytes \d{9,} to"),
        (b"PK\6\6", 16, "one part of an archive of several"),
        (ENTRY, 46 + len(ONE), "one.tif lacks the zip64 numbers that its entry refers to"),
    ],
)
def test_zip64_archive_that_lies_is_refused(server, folder, monkeypatch, mark, offset, sentence):
    body = bytearray(zip64(monkeypatch))
    struct.pack_into("<I", body, body.index(mark) + offset, 2**31 - 1)
    server.body = bytes(body)
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=1)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (patched(START[TWO], 0), rf"no local header of walnut/two.tif at byte {START[TWO]}"),
        (patched(START[TWO] + 30, b"W", layout="c"), "local header states name Walnut/two.tif"),
        (patched(START[TWO] + 22, 7), "local header states size 7, the zip's directory 50000"),
        (patched(START[TWO] + 18, 7), "states compressed size 7, the zip's directory 50000"),
        (patched(START[TWO] + 14, 7), "local header states CRC-32 00000007, the zip's directory"),
        (patched(START[TWO] + 8, 8, layout="<H"), "states method 8, the zip's directory 0"),
        (patched(START[TWO] + 28, 9, layout="<H"), "header and 50000 bytes of data do not fit"),
    ],
)  # fmt: skip
def test_member_whose_local_header_disagrees_is_set_aside(server, folder, body, sentence):
    server.body = body
    with pytest.raises(
        DownloadError, match=f"1 of 4 members.*{sentence}.*set aside as two.tif.bad-"
    ):
        get(archive(server.address()), folder)
    assert_whole(folder, [ONE, THREE, FOUR])
    (bad,) = folder.glob("walnut/*.bad-*")
    assert bad.read_bytes() == body[START[TWO] : START[THREE]]


def test_wrong_bytes_are_set_aside_and_both_checksums_named(server, folder):
    server.body = patched(DATA[TWO] + 100, 0x3F3F3F3F)
    wrong = server.body[DATA[TWO] : DATA[TWO] + 50_000]
    bad, good = f"{zlib.crc32(wrong):08x}", f"{zlib.crc32(FILES[TWO]):08x}"
    sentence = rf"two.tif.whole has 50000 bytes with CRC-32 {bad}, the zip's directory .* {good}"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)
    assert (folder / f"{TWO}.bad-{bad}").read_bytes() == wrong
    assert_whole(folder, [ONE, THREE, FOUR])
    assert names(folder) == sorted([DIRECTORY, ONE, THREE, FOUR, f"{TWO}.bad-{bad}"])


def test_next_address_gives_what_the_first_has_wrong(server, folder):
    server.bodies = {"/bad.zip": patched(DATA[TWO] + 100, 0x3F3F3F3F)}
    get(archive(server.address("/bad.zip"), server.address("/good.zip")), folder)
    assert_whole(folder)
    assert server.paths["/good.zip"] == 2  # its length, and the one member


@pytest.mark.parametrize("byte", [0, 500])
def test_deflated_data_that_do_not_inflate_are_set_aside(server, folder, byte):
    server.body = patched(DATA[THREE] + byte, 0xFF, layout="B") if byte == 0 else patched(
        entry(THREE) + 24, 10)  # fmt: skip
    with pytest.raises(DownloadError, match=r"three.geom.*set aside as three.geom.bad-"):
        get(archive(server.address()), folder)
    assert_whole(folder, [ONE, TWO, FOUR])


@pytest.mark.parametrize(
    ("at", "value", "sentence"),
    [
        (8, 1, "walnut/two.tif is encrypted: it cannot be read"),
        (10, 12, r"two.tif is compressed by method 12: only stored \(0\) and deflated \(8\)"),
        (24, 9, "two.tif is stored, so 50000 and 9 bytes should be one number"),
    ],
)
def test_member_of_a_kind_that_is_not_read(server, folder, at, value, sentence):
    server.body = patched(entry(TWO) + at, value, layout="<H" if at < 20 else "<I")
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)
    assert_whole(folder, [ONE, THREE, FOUR])


def test_member_that_the_archive_does_not_have_gets_the_nearest_name(server, folder):
    wanted = archive(server.address(), members=[ONE, "walnut/tow.tif"])
    sentence = (
        "1 members are not in the archive, the first is walnut/tow.tif: did you mean 'walnut/two"
    )
    with pytest.raises(DownloadError, match=sentence):
        get(wanted, folder)
    assert_whole(folder, [ONE])
