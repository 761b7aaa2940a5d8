"""Members of a remote zip from servers that misbehave: no byte wrong, none lost, few read."""

import re

import pytest
from download_server import serving
from small_zip import (
    DIRECTORY,
    END,
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
    get,
    names,
    patched,
    zip64,
    zipped,
)

from inrbench.datasets.download import DownloadError
from inrbench.datasets.ranged_zip import verify_members


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


def test_only_the_members_and_the_end_of_the_archive_are_read(server, folder):
    get(archive(server.address(), members=[ONE]), folder)
    ends = [map(int, seen.removeprefix("bytes=").split("-")) for seen in server.ranges_seen]
    length, tail, listed, member = (last + 1 - first for first, last in ends)
    assert length == 1 and tail == 22 + 2**16 - 1 + 20
    assert listed < 1000 and member == START[TWO] - START[ONE]


def test_neighbours_in_the_archive_take_one_request(server, folder):
    get(archive(server.address()), folder)
    first, last = START[ONE], START["walnut/unwanted.tif"] - 1
    assert server.ranges_seen[3:] == [
        f"bytes={first}-{last}", f"bytes={START[FOUR]}-{LISTED - 1}",
    ]  # fmt: skip


@pytest.mark.parametrize("shape", ["zip64", "lengths behind the data", "comment", "other order"])
def test_other_shapes_of_zip(server, folder, monkeypatch, shape):
    if shape == "zip64":
        server.body = zip64(monkeypatch)
        assert b"PK\6\6" in server.body and b"PK\6\7" in server.body
    elif shape == "lengths behind the data":
        server.body = zipped(kind=Pipe)
        assert b"PK\7\x08" in server.body
    elif shape == "comment":
        server.body = patched(-2, 6, layout="<H") + END + b"!!"
    else:
        server.body = zipped(dict(reversed(FILES.items())))
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_progress_ends_at_all_bytes(server, folder):
    seen = []
    get(archive(server.address()), folder, progress=lambda *bytes_: seen.append(bytes_))
    assert seen[-1][0] == seen[-1][1] and seen == sorted(seen)


def test_server_that_ignores_ranges_is_refused_before_its_body(server, folder):
    server.ranges = False
    server.body = GOOD + bytes(2**26)
    sentence = (
        rf"whole file \(status 200, {len(server.body)} bytes\): it serves no ranges, and nothing "
        r".*: nothing arrived; put the members there yourself"
    )
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)
    assert server.requests == 1 and names(folder) == []
    assert server.sent < 2**25  # what fits between two sockets


def test_server_that_ignores_ranges_hands_over_to_the_next(server, folder):
    with serving(GOOD) as other:
        server.ranges = False
        get(archive(server.address(), other.address()), folder)
    assert_whole(folder)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_refusals_are_tried_again(server, folder, status):
    server.statuses = [status, None, status, status, None, None, status]
    get(archive(server.address()), folder)
    assert_whole(folder)


def test_servers_wish_to_wait_is_obeyed(server, folder, monkeypatch):
    waits = []
    monkeypatch.setattr("inrbench.datasets.transfer.time.sleep", waits.append)
    server.statuses, server.retry_after = [429, 503], "7"
    get(archive(server.address()), folder)
    assert waits == [7.0, 7.0]


def test_lasting_refusal_keeps_what_arrived_and_the_next_call_goes_on(server, folder):
    server.statuses = [None] * 4 + [503] * 9  # length, tail, directory, first run
    sentence = (
        r"1 of 4 members of Walnut.zip could not be fetched, the first of them walnut/four.tif "
        rf".*status 503 .*\(3 attempts\).*what arrived stays in {re.escape(str(folder))}.*resumes"
    )
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=3)
    assert_whole(folder, [ONE, TWO, THREE])
    server.statuses, seen = [], server.requests
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.ranges_seen[seen:] == ["bytes=0-0", f"bytes={START[FOUR]}-{LISTED - 1}"]


def test_address_without_the_archive_and_without_a_server(server, folder):
    server.statuses = [404]
    addresses = server.address(), "http://127.0.0.1:9/Walnut.zip"
    with pytest.raises(
        DownloadError, match=r"status 404 .*; http://127.0.0.1:9/.*refused.*: nothing arrived; try"
    ):
        get(archive(*addresses), folder, attempts=2)


def test_cut_off_stream_is_resumed_within_the_call(server, folder):
    server.cuts = [None, None, None, 30_000, 20_000]
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert [int(seen[6:].split("-")[0]) for seen in server.ranges_seen[3:6]] == [0, 30_000, 50_000]


def test_cut_off_directory_is_resumed(server, folder):
    server.cuts = [None, 40_000, None, 100]
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.ranges_seen[4].startswith(f"bytes={LISTED + 100}-")


def test_cut_off_download_stays_and_the_next_call_resumes_at_that_byte(server, folder):
    server.cuts = [None, None, None, START[TWO] + 1000]
    with pytest.raises(DownloadError, match=r"3 of 4 members of Walnut\.zip"):
        get(archive(server.address()), folder, attempts=1)
    assert_whole(folder, [ONE])
    assert (folder / f"{TWO}.part").read_bytes() == GOOD[START[TWO] : START[TWO] + 1000]
    seen = server.requests
    get(archive(server.address()), folder)
    assert_whole(folder)
    assert server.ranges_seen[seen + 1].startswith(f"bytes={START[TWO] + 1000}-")
    assert names(folder) == sorted([DIRECTORY, *WANTED])


def test_server_that_sends_nothing_ends_with_a_sentence(server, folder):
    server.cuts = [None, None, None, 0, 0, 0]
    with pytest.raises(DownloadError, match=r"cut off at byte 0 of \d+ \(3 attempts\)"):
        get(archive(server.address(), members=[ONE]), folder, attempts=3)


def test_server_that_offers_another_range_is_not_believed(server, folder):
    get(archive(server.address(), members=[ONE]), folder)
    server.range_shift = 7
    sentence = r"asked for bytes from 0 to 0, offered them from 7 to 7 \(Content-Range 'bytes 7-7/"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=1)
    assert_whole(folder, [ONE])


def test_archive_that_is_replaced_while_it_is_read_is_refused(server, folder):
    server.totals = [len(GOOD)] * 3 + [len(GOOD) + 9]
    sentence = rf"has {len(GOOD) + 9} bytes where it had {len(GOOD)} before: the file was replaced"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)


def test_server_that_does_not_state_the_length_is_refused(server, folder):
    server.totals = ["*"]
    with pytest.raises(DownloadError, match="does not state the length of the file"):
        get(archive(server.address()), folder)


def test_server_without_ranges_cannot_resume_what_is_there(server, folder):
    (folder / "walnut").mkdir(parents=True)
    (folder / f"{TWO}.part").write_bytes(b"???")
    server.ranges = False
    sentence = rf"what arrived stays in {re.escape(str(folder))}; put the members there yourself"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)


def test_answer_without_a_content_range_is_named(server, folder):
    server.content_range = False
    sentence = "asked for bytes from 0 to 0, but the answer's Content-Range is missing where"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder, attempts=1)


@pytest.mark.parametrize("name", [ONE, f"{ONE}.part", DIRECTORY])
def test_folder_in_the_place_of_a_file_is_named(server, folder, name):
    (folder / name).mkdir(parents=True)
    sentence = rf"{name} is a folder where a file was expected: move it away, and run"
    with pytest.raises(DownloadError, match=sentence):
        get(archive(server.address()), folder)
    assert server.requests == 0
