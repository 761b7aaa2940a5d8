"""Servers that mean ill, or are broken: never a byte more than stated, never for ever."""

import threading
import time
from types import SimpleNamespace

import pytest
from download_server import answer, dripping, endless, serving
from hypothesis import given, settings
from hypothesis import strategies as st
from small_file import GOOD, HALF, WRONG, disc, get, names

from inrbench.datasets import source
from inrbench.datasets.folder import DownloadError


@pytest.fixture
def server(server):
    server.body = GOOD
    return server


@pytest.mark.parametrize("head", [[], ["Transfer-Encoding: identity"], ["Connection: close"]])
def test_never_more_bytes_than_the_manifest_states(server, tmp_path, head):
    """A server that does not say how much it will send, and sends 1 GiB for 0.1 MB."""
    server.scripts = [endless(*head)]
    with pytest.raises(DownloadError, match=rf"has {len(GOOD)} bytes with sha256"):
        get(disc(server.address()), tmp_path)
    (bad,) = tmp_path.iterdir()
    assert bad.stat().st_size == len(GOOD)
    assert server.sent < 2**25  # what fits between two sockets


def test_bytes_beyond_the_stated_ones_do_not_matter(server, tmp_path):
    server.scripts = [answer([], GOOD, b"and more")]
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD


@pytest.mark.parametrize("length", [None, len(GOOD)])
def test_stream_without_a_length_is_read_to_its_end(server, tmp_path, length):
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    server.scripts = [answer(["Transfer-Encoding: chunked"], chunked) if length else
                      answer([], GOOD)]  # fmt: skip
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD), b"a"),
        dripping(b"HTTP/1.1 200 OK\r\nX-Head: ", b"a"),
        dripping(b"HTTP/1.1 ", b"2"),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    ],
    ids=["no length", "length", "header", "status", "length of a chunk"],
)
def test_server_that_drips_is_given_up(server, tmp_path, script):
    server.scripts = [script, script]
    with pytest.raises(DownloadError, match=r"too slow: fewer than 4096 bytes in 0.2 s \(2 att"):
        get(disc(server.address()), tmp_path, attempts=2, window=0.2, least=4096)
    assert server.requests == 2


def test_a_server_that_says_nothing_is_given_up(server, tmp_path):
    done = threading.Event()
    server.scripts = [lambda send: done.wait(60)]
    with pytest.raises(DownloadError, match=r"too slow|timed out"):
        get(disc(server.address()), tmp_path, attempts=1, window=0.2)
    done.set()


def test_slow_bytes_are_kept_and_the_next_address_goes_on_from_them(server, tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(GOOD)
    server.scripts = [dripping(head + GOOD[:HALF], b"")]
    get(disc(server.address("/a"), server.address("/b")), tmp_path, attempts=1, window=2.0)
    assert server.ranges_seen == [None, f"bytes={HALF}-{len(GOOD) - 1}"]
    assert (tmp_path / "disc.bin").read_bytes() == GOOD


def test_a_server_that_gives_little_at_each_try_is_given_up(server, tmp_path):
    server.cuts = [1] * 100
    with pytest.raises(DownloadError, match=r"cut off after 4 of .* \(4 attempts\).*4 of .* stay"):
        get(disc(server.address()), tmp_path)


def test_tries_count_anew_where_enough_arrives(server, tmp_path):
    server.cuts = [HALF // 4] * 9
    path = get(disc(server.address()), tmp_path, attempts=2, least=HALF // 4)
    assert path.read_bytes() == GOOD and server.requests == 8


@pytest.mark.parametrize("after", ["7", "seven", "-7", "9" * 5000])
def test_servers_wish_to_wait_is_obeyed_within_reason(server, tmp_path, monkeypatch, after):
    waits = []
    clock = SimpleNamespace(sleep=waits.append, monotonic=time.monotonic)
    monkeypatch.setattr(source, "time", clock)
    server.statuses, server.retry_after = [429, 503], after
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert waits == ([7, 7] if after == "7" else [0, 0])


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/disc.bin", "gopher://a", "data:,disc", "//["]
)
def test_redirect_to_anything_but_http_is_refused(server, tmp_path, target):
    server.scripts = [answer([f"Location: {target}"], status="HTTP/1.1 302 Found")]
    with pytest.raises(DownloadError, match=r"only http\(s\) is followed|Invalid"):
        get(disc(server.address()), tmp_path)
    assert server.requests == 1 and names(tmp_path) == []


def test_redirects_are_followed_without_their_bodies(server, tmp_path):
    found = ["Location: /there"], *[bytes(2**16)] * 2**14
    server.scripts = [answer(*found, status="HTTP/1.1 302 Found")]
    assert get(disc(server.address()), tmp_path).read_bytes() == GOOD
    assert server.paths == {"/disc.bin": 1, "/there": 1} and server.sent < 2**25


def test_redirects_without_end_are_given_up(server, tmp_path):
    server.scripts = [answer(["Location: /again"], status="HTTP/1.1 302 Found")] * 99
    with pytest.raises(DownloadError, match="redirects more than 10 times"):
        get(disc(server.address()), tmp_path)


MALFORMED = {
    "length of letters": answer(["Content-Length: many"], GOOD),
    "length below 0": answer(["Content-Length: -1"], GOOD),
    "length of 5000 digits": answer(["Content-Length: " + "9" * 5000], GOOD),
    "two lengths": answer(["Content-Length: 3", "Content-Length: 4"], GOOD),
    "no such status": answer([], GOOD, status="HTTP/1.1 abc OK"),
    "status of five digits": answer([], GOOD, status="HTTP/1.1 99999 OK"),
    "no status line": answer([], GOOD, status="\x1b[2Jhello"),
    "nothing": lambda send: None,
    "a range nobody asked for": answer(
        [f"Content-Range: bytes 0-{len(GOOD) - 1}/{len(GOOD)}"], GOOD, status="HTTP/1.1 206 Part"
    ),
    "a long header": answer(["X: " + "a" * 100_000], GOOD),
    "many headers": answer([f"X{n}: a" for n in range(300)], GOOD),
    "redirect to nowhere": answer([], status="HTTP/1.1 302 Found"),
    "redirect to no address": answer(["Location: http://[::"], status="HTTP/1.1 302 Found"),
    "chunks of letters": answer(["Transfer-Encoding: chunked"], b"many\r\n" + GOOD),
}


@pytest.mark.parametrize("script", MALFORMED.values(), ids=MALFORMED)
def test_malformed_answer_is_a_failed_address_and_the_next_is_tried(server, tmp_path, script):
    server.scripts = [script]
    addresses = server.address("/a"), server.address("/b")
    assert get(disc(*addresses), tmp_path, attempts=1).read_bytes() == GOOD
    server.scripts = [script] * 2
    with pytest.raises(
        DownloadError, match=r"disc.bin could not be fetched \(http.*/a: "
    ) as error:
        get(disc(*addresses), tmp_path / "other", attempts=1)
    assert str(error.value).isprintable()


RANGES = [
    None, "", "bytes", "bytes a-b/c", f"bytes {HALF}-", f"bytes {HALF}-/9", "bytes -5--1/9",
    f"bytes {HALF}-{len(GOOD) - 1}/*", f"bytes {HALF}-{len(GOOD)}/{len(GOOD)}",
    f"bytes {HALF}-{len(GOOD) - 1}/" + "9" * 5000, f"bytes {HALF}-{len(GOOD) - 1}/{len(GOOD) + 1}",
]  # fmt: skip


@pytest.mark.parametrize("stated", RANGES)
def test_malformed_range_is_a_failed_address_and_the_next_is_tried(server, tmp_path, stated):
    (tmp_path / "disc.bin.part").write_bytes(GOOD[:HALF])
    head = [] if stated is None else [f"Content-Range: {stated}"]
    server.scripts = [answer(head, GOOD[HALF:], status="HTTP/1.1 206 Partial Content")]
    get(disc(server.address("/a"), server.address("/b")), tmp_path)
    assert server.paths == {"/a": 1, "/b": 1} and names(tmp_path) == ["disc.bin"]


def test_wrong_bytes_never_get_the_name(server, tmp_path):
    server.bodies = {"/a": WRONG, "/b": WRONG[::-1]}
    addresses = server.address("/a"), server.address("/b")
    with pytest.raises(DownloadError):
        get(disc(*addresses), tmp_path)
    assert not (tmp_path / "disc.bin").exists() and len(names(tmp_path)) == 2


def test_a_mirror_that_is_no_file_falls_through(server, mirror, tmp_path):
    (mirror / "disc.bin").symlink_to("/dev/zero")
    assert get(disc(server.address()), tmp_path / "discs").read_bytes() == GOOD


HEADS = st.sampled_from([
    "Content-Length: 1024", "Content-Length: 9", "Transfer-Encoding: chunked", "Location: /a",
    "Location: //", "Content-Encoding: gzip", "Content-Range: bytes 0-9/10", "Retry-After: 0",
    "Connection: close", "Connection: keep-alive", "Set-Cookie: a=b", ": a", " folded", "X",
])  # fmt: skip
STATUS = st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/9", ""]).flatmap(
    lambda version: st.integers(0, 999).map(lambda code: f"{version} {code:03} said")
)


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(
    status=STATUS | st.just("HTTP/1.1 200 OK"),
    head=st.lists(HEADS | st.text("ab:\x1b\xff ,;=", max_size=20), max_size=4),
    body=st.binary(max_size=9) | st.just(bytes(1024)) | st.just(b"400\r\n" + bytes(1024)),
)
def test_any_answer_gives_the_right_bytes_or_a_sentence(tmp_path_factory, status, head, body):
    folder, small = tmp_path_factory.mktemp("discs"), bytes(1024)
    with serving(small) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("no_proxy", "127.0.0.1")
        patch.delenv("INRBENCH_MIRROR", raising=False)
        server.scripts = [answer(head, body, status=status)] * 11
        try:
            path = get(disc(server.address(), content=small), folder, attempts=1, window=30.0)
            assert path.read_bytes() == small
        except DownloadError as error:
            assert str(error).isprintable()
