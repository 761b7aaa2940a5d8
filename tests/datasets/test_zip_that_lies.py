"""Zips that are damaged or lie: no member is wrong, and what is right in them is kept."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_zip import (
    DATA,
    DIRECTORY,
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
    zipped,
)

from inrbench.datasets.folder import DownloadError


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


@pytest.mark.parametrize(
    "body",
    [
        b"no zip" * 100, GOOD[:-30], b"P", patched(-6, len(GOOD)), patched(-10, 2**31),
        patched(-6, LISTED + 3), patched(-6, 2**32 - 1),
        patched(entry(TWO), 0), GOOD[-22:],
    ],
)  # fmt: skip
def test_archive_whose_directory_lies_is_refused(server, folder, body):
    server.body = body
    with pytest.raises(DownloadError, match=r"4 of 4 members"):
        get(archive(server.address()), folder, attempts=1)
    assert [name for name in names(folder) if "bad" not in name] == []


def test_directory_that_is_too_large_is_not_read(server, folder, mirror):
    with (mirror / "Walnut.zip").open("wb") as file:
        file.truncate(2**30)
        file.seek(0, 2)
        file.write(b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 9, 9, 2**30, 0, 0))
    with pytest.raises(DownloadError, match="1073741824 bytes were to be read at once"):
        get(archive("http://127.0.0.1:9/Walnut.zip"), folder, attempts=1)


def test_members_that_would_be_more_than_the_manifest_states_are_not_read(server, folder):
    server.body = zipped(FILES | {THREE: bytes(10**7)})  # 10 kB of the archive
    with pytest.raises(DownloadError, match=r"\d+ bytes of members, the manifest 300000 at"):
        get(archive(server.address()), folder)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (patched(START[TWO], 0), "Bad magic number"),
        (patched(START[TWO] + 30, b"W", layout="c"), "differ"),
        (patched(DATA[TWO] + 100, 0x3F3F3F3F), "Bad CRC-32"),
        (patched(entry(TWO) + 8, 1, layout="<H"), "two.tif: .*encrypted"),
        (patched(entry(TWO) + 10, 12, layout="<H"), "compressed by method 12: only stored"),
        (patched(entry(TWO) + 42, 2**31), "two.tif: "),
        (patched(entry(TWO) + 24, 9), "two.tif"),
    ],
)
def test_bad_member_is_named_and_the_next_address_gives_it(server, folder, body, sentence):
    server.bodies = {"/bad.zip": body}
    with pytest.raises(DownloadError, match=rf"1 of 4 members.*{sentence}"):
        get(archive(server.address("/bad.zip")), folder)
    assert_whole(folder, [ONE, THREE, FOUR])
    assert names(folder) == sorted([DIRECTORY, ONE, THREE, FOUR])
    seen = server.sent
    get(archive(server.address("/bad.zip"), server.address("/good.zip")), folder)
    assert_whole(folder)
    assert server.sent - seen < 2 * len(FILES[TWO]) + 2**17


def test_member_that_the_archive_does_not_have_gets_the_nearest_name(server, folder):
    wanted = archive(server.address(), members=[ONE, "walnut/tow.tif"])
    sentence = (
        "1 members are not in the archive, the first is walnut/tow.tif: did you mean 'walnut/two"
    )
    with pytest.raises(DownloadError, match=sentence):
        get(wanted, folder)
    assert_whole(folder, [ONE])


TINY = {"a/one": b"one" * 9, "a/two": b"two" * 99, "a/three.geom": b"3" * 999}


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    cut=st.integers(0, 500),
    changes=st.dictionaries(st.integers(0, 600), st.binary(min_size=1, max_size=4)),
)
def test_spoilt_archive_gives_whole_members_or_a_sentence(tmp_path_factory, cut, changes):
    body = bytearray(zipped(TINY))
    for at, content in changes.items():
        body[at : at + len(content)] = content
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "discs").mkdir()
    (folder / "discs" / "Walnut.zip").write_bytes(body[: len(body) - max(cut - 400, 0)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INRBENCH_MIRROR", str(folder))
        spoilt = archive("http://[", members=list(TINY))
        try:
            get(spoilt, folder / "data", attempts=1)
        except DownloadError as error:
            assert str(error).isprintable()
    for name, content in TINY.items():
        path = folder / "data" / name
        assert not path.exists() or path.read_bytes() == content
