"""Downloads from servers that fail as real ones do: no byte wrong, none lost."""

import hashlib

import pytest
from small_file import GOOD, HALF, WRONG, disc, get, names

from inrbench.datasets.download import verify
from inrbench.datasets.folder import DownloadError, data_folder, fetched


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


def test_fetched_file_is_whole_named_and_not_fetched_twice(server, tmp_path):
    folder = tmp_path / "data" / "discs"
    path = get(disc(server.address()), folder)
    assert path == folder / "disc.bin" and path.read_bytes() == GOOD
    get(disc(server.address()), folder)
    assert server.requests == 1 and names(folder) == ["disc.bin"]
    assert verify(disc(server.address()), folder) is None
    assert server.headers_seen[0]["User-Agent"].startswith("inrbench/")


def test_md5_is_checked_where_no_other_is_stated(server, tmp_path):
    assert get(disc(server.address(), algorithm="md5"), tmp_path).read_bytes() == GOOD
    server.body = WRONG
    with pytest.raises(DownloadError, match="with md5"):
        get(disc(server.address(), algorithm="md5"), tmp_path / "other")


def test_progress_ends_at_the_size(server, tmp_path):
    seen = []
    get(disc(server.address()), tmp_path, progress=lambda *bytes_: seen.append(bytes_))
    assert seen[-1] == (len(GOOD), len(GOOD))


def test_next_address_is_tried_when_the_file_is_not_at_the_first(server, tmp_path):
    server.statuses = [404]
    get(disc(server.address("/a"), server.address("/b")), tmp_path)
    assert server.paths == {"/a": 1, "/b": 1}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_refusal_is_tried_again(server, tmp_path, status):
    server.statuses = [status, status]
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert server.requests == 3


def test_lasting_refusal_ends_with_a_sentence(server, tmp_path):
    server.statuses = [503] * 9
    with pytest.raises(DownloadError, match=r"status 503 .*\(3 attempts\).*try again later"):
        get(disc(server.address()), tmp_path, attempts=3)
    assert server.requests == 3 and names(tmp_path) == []


def test_address_without_a_server_ends_with_a_sentence(server, tmp_path):
    with pytest.raises(DownloadError, match=r"http://127.0.0.1:9/disc.bin: .*refused"):
        get(disc("http://127.0.0.1:9/disc.bin"), tmp_path, attempts=2)


def test_cut_off_stream_is_resumed_within_the_call(server, tmp_path):
    server.cuts = [HALF]
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert server.headers_seen[1]["Range"] == f"bytes={HALF}-{len(GOOD) - 1}"
    assert names(tmp_path) == ["disc.bin"]


def test_cut_off_download_stays_and_the_next_call_resumes(server, tmp_path):
    server.cuts = [HALF]
    sentence = rf"cut off after {HALF} of {len(GOOD)}.*disc.bin.part; the next call resumes"
    with pytest.raises(DownloadError, match=sentence):
        get(disc(server.address()), tmp_path, attempts=1)
    assert names(tmp_path) == ["disc.bin.part"]
    assert (tmp_path / "disc.bin.part").read_bytes() == GOOD[:HALF]
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert server.headers_seen[1]["Range"] == f"bytes={HALF}-{len(GOOD) - 1}"


def test_server_that_ignores_ranges_is_read_from_the_start(server, tmp_path):
    (tmp_path / "disc.bin.part").write_bytes(GOOD[:HALF])
    server.ranges = False
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD


def test_server_that_offers_another_range_is_not_believed(server, tmp_path):
    (tmp_path / "disc.bin.part").write_bytes(GOOD[:HALF])
    server.range_shift = 7
    sentence = rf"asked for bytes {HALF} to .*, it answers with Content-Range 'bytes {HALF + 7}-"
    with pytest.raises(DownloadError, match=sentence):
        get(disc(server.address()), tmp_path, attempts=1)
    assert (tmp_path / "disc.bin.part").read_bytes() == GOOD[:HALF]


def test_part_that_is_already_whole_needs_no_request(server, tmp_path):
    (tmp_path / "disc.bin.part").write_bytes(GOOD)
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert server.requests == 0 and names(tmp_path) == ["disc.bin"]


def test_wrong_bytes_are_set_aside_and_both_digests_named(server, tmp_path):
    server.body = WRONG
    bad, good = (hashlib.sha256(body).hexdigest() for body in (WRONG, GOOD))
    with pytest.raises(DownloadError, match=rf"sha256 {bad}, the manifest states .* {good}"):
        get(disc(server.address()), tmp_path)
    assert names(tmp_path) == [f"disc.bin.bad-{bad[:12]}"]
    assert (tmp_path / f"disc.bin.bad-{bad[:12]}").read_bytes() == WRONG


@pytest.mark.parametrize("body", [GOOD[:HALF], GOOD * 2, GOOD + b"?"])
def test_file_of_another_length_is_refused_before_its_body(server, tmp_path, body):
    server.body = body
    sentence = rf"has {len(body)} bytes where {len(GOOD)} were expected\)"
    with pytest.raises(DownloadError, match=sentence):
        get(disc(server.address()), tmp_path)
    assert names(tmp_path) == [] and server.requests == 1


def test_resumed_download_of_foreign_bytes_is_done_again_from_the_start(server, tmp_path):
    (tmp_path / "disc.bin.part").write_bytes(b"?" * HALF)
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert len(names(tmp_path)) == 2 and names(tmp_path)[1].startswith("disc.bin.bad-")


def test_damaged_file_is_set_aside_and_fetched_again(server, tmp_path):
    (tmp_path / "disc.bin").write_bytes(WRONG)
    assert "the manifest states" in verify(disc(server.address()), tmp_path)
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert (tmp_path / names(tmp_path)[1]).read_bytes() == WRONG


def test_mirror_folder_comes_first(server, mirror, tmp_path):
    (mirror / "disc.bin").write_bytes(GOOD)
    assert get(disc(server.address()), tmp_path / "discs").read_bytes() == GOOD
    assert server.requests == 0 and names(mirror) == ["disc.bin"]


def test_mirror_folder_completes_a_download_cut_off(server, mirror, tmp_path):
    server.cuts = [HALF]
    with pytest.raises(DownloadError):
        get(disc(server.address()), tmp_path / "discs", attempts=1)
    (mirror / "disc.bin").write_bytes(GOOD)
    assert get(disc(server.address()), tmp_path / "discs").read_bytes() == GOOD
    assert server.requests == 1


@pytest.mark.parametrize("held", [None, WRONG])
def test_mirror_without_the_right_file_falls_through(server, mirror, tmp_path, held):
    if held is not None:
        (mirror / "disc.bin").write_bytes(held)
    assert get(disc(server.address()), tmp_path / "discs").read_bytes() == GOOD
    assert server.requests == 1 and names(mirror) == ([] if held is None else ["disc.bin"])


def test_mirror_may_be_an_address(server, tmp_path, monkeypatch):
    monkeypatch.setenv("INRBENCH_MIRROR", server.address("/mirror/"))
    get(disc(server.address()), tmp_path)
    assert server.paths == {"/mirror/discs/disc.bin": 1}


def test_data_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("INRBENCH_DATA", raising=False)
    assert data_folder().as_posix() == "data"
    monkeypatch.setenv("INRBENCH_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    with pytest.raises(FileNotFoundError, match=r'run "inrbench data fetch discs"'):
        fetched("discs", "disc.bin")


@pytest.mark.parametrize("name", ["disc.bin", "disc.bin.part"])
def test_folder_in_the_place_of_the_file_is_named(server, tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(
        DownloadError, match=rf"{name} is a folder where a file was expected: move"
    ):
        get(disc(server.address()), tmp_path)


def test_nothing_is_said_to_stay_where_nothing_arrived(server, tmp_path):
    server.cuts = [0]
    with pytest.raises(DownloadError, match=r"\): try again later, or put the file into"):
        get(disc(server.address()), tmp_path, attempts=1)
