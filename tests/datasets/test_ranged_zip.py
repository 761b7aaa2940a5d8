"""Members of a remote zip, from servers and archives that misbehave: none wrong, none lost."""

import io
import random
import re
import struct
import zipfile
import zlib

import pytest
from download_server import serving

from inrbench.datasets.download import DownloadError
from inrbench.datasets.manifest import Archive
from inrbench.datasets.ranged_zip import fetch_members, verify_members

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
            archive.writestr(name, content, method)
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


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("INRBENCH_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(GOOD) as server:
        yield server


@pytest.fixture
def mirror(tmp_path, monkeypatch, server):
    """The folder of the data set on a mirror, empty."""
    folder = tmp_path / "mirror" / "nuts"
    folder.mkdir(parents=True)
    monkeypatch.setenv("INRBENCH_MIRROR", str(folder.parent))
    return folder


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "nuts"


def archive(*addresses, members=WANTED):
    return Archive(name="Walnut.zip", addresses=addresses, members=members,
                   checksum_source="stated", md5="0" * 32)  # fmt: skip


def get(archive, folder, **parameters):
    return fetch_members(archive, folder, "nuts", pause=0.0, **parameters)


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


# --- servers ---


def test_server_that_ignores_ranges_is_refused_before_its_body(server, folder):
    server.ranges = False
    server.body = GOOD + bytes(2**26)
    sentence = (
        rf"whole file \(status 200, {len(server.body)} bytes\): it serves no ranges, and nothing"
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
    with pytest.raises(DownloadError, match=r"status 404 .*; http://127.0.0.1:9/.*refused"):
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


# --- archives ---


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
        (patched(-6, LISTED + 3), "places its directory|is not one: the archive is damaged"),
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


# --- what is there already ---


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


# --- mirrors ---


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
    assert set(server.paths) == {"/mirror/nuts/Walnut.zip"}
