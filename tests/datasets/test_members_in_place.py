"""Members that an earlier call or a mirror left: used where they are right, kept where not."""

import json
import struct
import zlib

import pytest
from small_zip import (
    DIRECTORY,
    FILES,
    FOUR,
    GOOD,
    ONE,
    START,
    THREE,
    TWO,
    WANTED,
    archive,
    assert_whole,
    entry,
    get,
    names,
    patched,
    put,
    zipped,
)

from inrbench.datasets.download import DownloadError
from inrbench.datasets.ranged_zip import verify_members


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


def test_resumed_foreign_bytes_get_a_clean_start(server, folder):
    (folder / "walnut").mkdir(parents=True)
    (folder / f"{TWO}.part").write_bytes(b"?" * 3000)
    (folder / f"{FOUR}.part").write_bytes(b"?" * 99_000)  # more than the member has
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert len(list(folder.glob("walnut/*.bad-*"))) == 2


def test_damaged_file_is_found_set_aside_and_fetched_again(server, folder):
    get(archive(server.address()), folder)
    (folder / TWO).write_bytes(b"damaged")
    (folder / ONE).unlink()
    missing, damaged = verify_members(archive(server.address()), folder)
    assert missing.endswith("one.tif is missing") and "two.tif has 7 bytes with CRC-32" in damaged
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert (folder / f"{TWO}.bad-{zlib.crc32(b'damaged'):08x}").read_bytes() == b"damaged"


@pytest.mark.parametrize("change", ["length", "ETag"])
def test_archive_that_was_replaced_is_looked_up_anew(server, folder, change):
    server.etag = '"1"'
    get(archive(server.address(), members=[ONE, TWO]), folder)
    other = FILES | {TWO: bytes(50_000)}
    server.body = zipped(other)
    if change == "length":
        server.body = zipped(other | {"walnut/more.tif": b"more"})
    else:
        server.etag = '"2"'
    get(archive(server.address()), folder)
    assert_whole(folder, [ONE, THREE, FOUR])
    assert (folder / TWO).read_bytes() == bytes(50_000)
    assert (folder / f"{TWO}.bad-{zlib.crc32(FILES[TWO]):08x}").read_bytes() == FILES[TWO]


def test_directory_that_cannot_be_read_is_fetched_again(server, folder):
    get(archive(server.address(), members=[ONE]), folder)
    (folder / DIRECTORY).write_text("{")
    (fault,) = verify_members(archive(server.address(), members=[ONE]), folder)
    assert f"{DIRECTORY} is missing: no CRC-32 is known" in fault
    get(archive(server.address()), folder)
    assert verify_members(archive(server.address()), folder) == []


def test_unpacked_members_on_a_mirror_need_no_server(server, folder, mirror):
    put(mirror)
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.requests == 0 and names(mirror) == sorted(WANTED)


def test_member_missing_on_the_mirror_is_taken_from_the_archive(server, folder, mirror):
    put(mirror)
    (mirror / TWO).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.ranges_seen[3:] == [f"bytes={START[TWO]}-{START[THREE] - 1}"]


def test_wrong_member_on_the_mirror_is_found_once_the_directory_is_there(server, folder, mirror):
    put(mirror, **{ONE: b"wrong"})
    get(archive(server.address(), members=[ONE]), folder)  # nothing to check it by
    assert (folder / ONE).read_bytes() == b"wrong"
    (mirror / TWO).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)
    (folder / ONE).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert (mirror / ONE).read_bytes() == b"wrong"


def test_mirror_may_hold_the_archive_itself(server, folder, mirror):
    (mirror / "Walnut.zip").write_bytes(GOOD)
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.requests == 0


def test_archive_cut_short_on_the_mirror_falls_through(server, folder, mirror):
    (mirror / "Walnut.zip").write_bytes(GOOD[:-5000])
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_mirror_may_be_an_address(server, folder, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", server.address("/mirror/"))
    get(archive("http://127.0.0.1:9/Walnut.zip"), folder)
    assert_whole(folder)
    assert set(server.paths) == {"/mirror/discs/Walnut.zip"}


def lying(*wrong):
    """A zip of another length whose directory has wrong CRCs; its local headers are right."""
    body = bytearray(zipped(FILES | {"walnut/more.tif": b"more"}))
    listed = body.index(b"PK\1\2")
    for name in wrong:
        struct.pack_into("<I", body, body.index(name.encode(), listed) - 46 + 16, 7)
    return bytes(body)


@pytest.mark.parametrize("wrong", [WANTED, [ONE, TWO]])
def test_bad_archive_costs_no_member_that_was_checked(server, folder, wrong):
    get(archive(server.address()), folder)
    kept = (folder / DIRECTORY).read_bytes()
    (folder / ONE).unlink()
    server.bodies = {"/bad.zip": lying(*wrong)}
    with pytest.raises(DownloadError, match=r"first of them walnut/one.tif .*states CRC-32"):
        get(archive(server.address("/bad.zip")), folder)
    assert_whole(folder, [TWO, THREE, FOUR])
    assert (folder / DIRECTORY).read_bytes() == kept
    get(archive(server.address("/bad.zip"), server.address("/good.zip")), folder)
    assert_whole(folder)
    assert verify_members(archive(server.address()), folder) == []


@pytest.mark.parametrize("in_place", [False, True])
def test_directory_that_the_publisher_repaired_is_read_afresh(server, folder, in_place):
    server.body = patched(entry(TWO) + 16, 7)
    with pytest.raises(DownloadError, match=r"1 of 4 members"):
        get(archive(server.address()), folder)
    server.body = GOOD
    if in_place:
        (folder / TWO).write_bytes(FILES[TWO])
    seen = set(names(folder))
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert verify_members(archive(server.address()), folder) == []
    if in_place:
        assert set(names(folder)) == seen


@pytest.mark.parametrize("fields", [{"members": []}, {"total": "9"}, {"etag": 1}])
@pytest.mark.parametrize("there", [[], WANTED])
def test_kept_directory_that_is_empty_or_of_other_types(server, folder, fields, there):
    get(archive(server.address()), folder)
    stated = json.loads((folder / DIRECTORY).read_text())
    (folder / DIRECTORY).write_text(json.dumps(stated | fields))
    for name in set(WANTED) - set(there):
        (folder / name).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_kept_member_with_strings_for_numbers_cannot_be_read(server, folder):
    get(archive(server.address()), folder)
    stated = json.loads((folder / DIRECTORY).read_text())
    stated["members"] = [each | {"start": str(each["start"])} for each in stated["members"]]
    (folder / DIRECTORY).write_text(json.dumps(stated))
    (folder / ONE).unlink()
    assert "no CRC-32 is known" in verify_members(archive(server.address()), folder)[-1]
    get(archive(server.address()), folder)
    assert verify_members(archive(server.address()), folder) == []


def test_damaged_member_is_set_aside_where_no_source_is_left(server, folder):
    get(archive(server.address()), folder)
    (folder / TWO).write_bytes(b"damaged")
    with pytest.raises(DownloadError, match=r"1 of 4 members"):
        get(archive("http://127.0.0.1:9/Walnut.zip"), folder, attempts=1)
    assert_whole(folder, [ONE, THREE, FOUR])
    assert not (folder / TWO).exists()
