"""Members of a remote zip: no byte wrong, none lost, few read, whatever archive and server do."""

import json
import re
import struct
import zipfile
import zlib

import pytest
from download_server import answer, serving
from small_zip import (
    DIRECTORY,
    FILES,
    FOUR,
    GOOD,
    LISTED,
    ONE,
    START,
    THREE,
    TWO,
    WANTED,
    Pipe,
    archive,
    assert_whole,
    entry,
    get,
    names,
    patched,
    put,
    zip64,
    zipped,
)

from inrbench.datasets.folder import DownloadError
from inrbench.datasets.members import verify_members


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


def test_members_are_fetched_checked_and_not_fetched_twice(server, folder):
    paths = get(archive(server.address()), folder)
    assert paths == [folder / name for name in WANTED]
    assert_whole(folder)
    assert names(folder) == sorted([DIRECTORY, *WANTED])
    assert verify_members(archive(server.address()), folder) == []
    requests = server.requests
    get(archive(server.address()), folder)
    assert server.requests == requests
    assert all(seen["User-Agent"].startswith("inrbench/") for seen in server.headers_seen)


def test_neighbours_take_one_request_and_nothing_else_is_read(server, folder):
    get(archive(server.address()), folder)
    first, last = START[ONE], START["walnut/unwanted.tif"] - 1
    assert server.ranges_seen[-2:] == [
        f"bytes={first}-{last}", f"bytes={START[FOUR]}-{LISTED - 1}",
    ]  # fmt: skip
    assert server.sent < sum(map(len, FILES.values())) - len(FILES["walnut/unwanted.tif"])


@pytest.mark.parametrize("shape", ["zip64", "lengths behind the data", "comment", "other order"])
def test_other_shapes_of_zip(server, folder, monkeypatch, shape):
    if shape == "zip64":
        server.body = zip64(monkeypatch)
        assert b"PK\6\6" in server.body and b"PK\6\7" in server.body
    elif shape == "lengths behind the data":
        server.body = zipped(kind=Pipe)
        assert b"PK\7\x08" in server.body
    elif shape == "comment":
        server.body = patched(-2, 6, layout="<H") + b"a note"
    else:
        server.body = zipped(dict(reversed(FILES.items())))
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.requests < 10


def test_member_beyond_four_gigabytes(server, folder, mirror):
    with (mirror / "Walnut.zip").open("wb") as file, zipfile.ZipFile(file, "w") as made:
        made.writestr(ONE, FILES[ONE])
        made.start_dir = 5 * 2**30  # a hole, which takes no room on a disk
        made.writestr(FOUR, FILES[FOUR])
    get(archive(server.address(), members=[ONE, FOUR]), folder)
    assert_whole(folder, [ONE, FOUR])
    (mirror / "Walnut.zip").unlink()


def test_progress_ends_at_all_bytes(server, folder):
    seen = []
    get(archive(server.address()), folder, progress=lambda *bytes_: seen.append(bytes_))
    assert seen[-1][0] == seen[-1][1] and seen == sorted(seen)


def test_server_that_ignores_ranges_is_refused_before_its_body(server, folder):
    server.ranges = False
    server.body = GOOD + bytes(2**26)
    with pytest.raises(DownloadError, match="serves no ranges, and nothing of it was read"):
        get(archive(server.address()), folder)
    assert server.requests == 1 and names(folder) == []
    assert server.sent < 2**25  # what fits between two sockets
    with serving(GOOD) as other:
        get(archive(server.address(), other.address()), folder)
    assert_whole(folder)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_refusals_are_tried_again(server, folder, status):
    server.statuses = [status, None, status, status, None, None, status]
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_lasting_refusal_keeps_what_arrived_and_the_next_call_goes_on(server, folder):
    server.statuses = [None] * 5 + [503] * 9  # length, end twice, directory, the first three
    sentence = (
        r"1 of 4 members of Walnut.zip could not be fetched, the first of them walnut/four.tif "
        rf".*status 503 \(3 attempts\).*what arrived stays in {re.escape(str(folder))}"
    )
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=3)
    assert_whole(folder, [ONE, TWO, THREE])
    server.statuses, seen = [], server.requests
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.ranges_seen[seen:][-1] == f"bytes={START[FOUR]}-{LISTED - 1}"


def test_cut_off_stream_is_resumed_within_the_call(server, folder):
    server.cuts = [None, None, 10, 30_000, 20_000]
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_address_without_the_archive_and_without_a_server(server, folder):
    server.statuses = [404]
    addresses = server.address(), "http://127.0.0.1:9/Walnut.zip"
    with pytest.raises(DownloadError, match=r"status 404; http://127.0.0.1:9/.*refused"):
        get(archive(*addresses), folder, attempts=2)


@pytest.mark.parametrize("stated", [None, "bytes 7-7/100", "bytes 0-0/*", "bytes 0-0/many"])
def test_range_that_makes_no_sense_hands_over_to_the_next(server, folder, stated):
    head = [] if stated is None else [f"Content-Range: {stated}"]
    server.scripts = [answer(head, b"P", status="HTTP/1.1 206 Partial Content")]
    get(archive(server.address("/a"), server.address("/b")), folder)
    assert_whole(folder)
    assert server.paths["/a"] == 1


def test_archive_that_is_replaced_while_it_is_read_is_refused(server, folder):
    server.totals = [len(GOOD)] * 3 + [len(GOOD) + 9]
    with pytest.raises(DownloadError, match=rf"has {len(GOOD) + 9} bytes where {len(GOOD)} were"):
        get(archive(server.address()), folder)


@pytest.mark.parametrize("name", [ONE, f"{ONE}.part", DIRECTORY])
def test_folder_in_the_place_of_a_file_is_named(server, folder, name):
    (folder / name).mkdir(parents=True)
    sentence = rf"{name} is a folder where a file was expected: move it away, and run"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)
    assert server.requests == 0


def test_damaged_file_is_found_set_aside_and_fetched_again(server, folder):
    get(archive(server.address()), folder)
    (folder / TWO).write_bytes(b"damaged")
    (folder / ONE).unlink()
    missing, damaged = verify_members(archive(server.address()), folder)
    assert missing.endswith("one.tif is missing") and "two.tif has 7 bytes with CRC-32" in damaged
    get(archive(server.address()), folder)
    assert_whole(folder)
    (bad,) = folder.glob("walnut/*.bad-*")
    assert bad.read_bytes() == b"damaged"


def test_unpacked_members_on_a_mirror_need_no_server(server, folder, mirror):
    put(mirror)
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.requests == 0 and names(mirror) == sorted(WANTED)
    assert "no CRC-32 is known" in verify_members(archive(server.address()), folder)[-1]


def test_wrong_member_on_the_mirror_is_found_once_the_directory_is_there(server, folder, mirror):
    put(mirror, **{ONE: b"wrong"})
    (mirror / TWO).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert verify_members(archive(server.address()), folder) == []
    (folder / ONE).unlink()
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert (mirror / ONE).read_bytes() == b"wrong"


@pytest.mark.parametrize("cut", [0, 5000])
def test_mirror_may_hold_the_archive_itself(server, folder, mirror, cut):
    (mirror / "Walnut.zip").write_bytes(GOOD[: len(GOOD) - cut])
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert (server.requests > 0) == (cut > 0)


def test_mirror_may_be_an_address(server, folder, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", server.address("/mirror/"))
    get(archive("http://127.0.0.1:9/Walnut.zip"), folder)
    assert_whole(folder)
    assert set(server.paths) == {"/mirror/discs/Walnut.zip"}


def test_bad_archive_costs_no_member_in_place(server, folder):
    """Its directory states other CRCs than its members have."""
    put(folder)
    (folder / ONE).unlink()
    bad = bytearray(GOOD)
    for name in WANTED:
        struct.pack_into("<I", bad, entry(name) + 16, 7)
    server.bodies = {"/bad.zip": bytes(bad)}
    with pytest.raises(DownloadError, match=r"first of them walnut/one.tif .*Bad CRC-32"):
        get(archive(server.address("/bad.zip")), folder)
    assert_whole(folder, [TWO, THREE, FOUR])
    assert not (folder / DIRECTORY).exists()
    get(archive(server.address("/bad.zip"), server.address("/good.zip")), folder)
    assert_whole(folder)
    assert verify_members(archive(server.address()), folder) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"members": [1]}', '{"members": [{"name": []}]}',
                                  '{"members": [{"name": "a", "size": 1e999, "crc": 0}]}',
                                  "[" * 100_000])  # fmt: skip
def test_kept_crcs_that_cannot_be_read_are_none(server, folder, text):
    get(archive(server.address(), members=[ONE]), folder)
    (folder / DIRECTORY).write_text(text)
    assert "no CRC-32 is known" in verify_members(archive(server.address()), folder)[-1]
    get(archive(server.address()), folder)
    assert verify_members(archive(server.address()), folder) == []


def test_crcs_kept_by_earlier_versions_are_read(server, folder):
    put(folder, **{ONE: b"wrong"})
    members = [
        {
            "name": name,
            "start": 0,
            "stop": 1,
            "compressed": 1,
            "size": len(FILES[name]),
            "crc": zlib.crc32(FILES[name]),
            "method": 0,
            "flags": 0,
        }
        for name in WANTED
    ]
    whole = {"source": "a", "total": 1, "etag": "", "members": members}  # fmt: skip
    (folder / DIRECTORY).write_text(json.dumps(whole))
    (fault,) = verify_members(archive(server.address()), folder)
    assert "one.tif has 5 bytes" in fault
