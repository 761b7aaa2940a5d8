"""Bytes from a source, a file or an http(s) address: from any position, tried again with pauses.

Nothing here knows what the bytes are for, and nothing imports torch.
"""

from __future__ import annotations

import http.client
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from inrbench import __version__

Progress = Callable[[int, int], None]
T = TypeVar("T")

CHUNK = 2**20
_TIMEOUT = 60.0  # s without a byte
_LONGEST_PAUSE = 120.0  # s; a server may ask for more (Retry-After) than anybody would wait
# Zenodo refuses requests that do not name themselves.
_USER_AGENT = f"inrbench/{__version__} (Python urllib)"


class DownloadError(OSError):
    """No source gave the data; the message says what each of them did and what to do."""


class SourceError(OSError):
    """What one source did, where trying it again would not help."""


class NoRangesError(SourceError):
    """A source that gives the whole file only, so that no download from it can be resumed."""


class CutOffError(OSError):
    """The stream ended before the length that the source had announced."""


@dataclass(frozen=True)
class Opened:
    """An open source.

    Args:
        stream: what to read from.
        start: the byte of the source that `stream` begins at.
        stop: the byte that it ends before, or None where the source does not say.
        total: length of the source, or None where it does not say.
        partial: False where a server sends the whole file although it was asked for a range.
        etag: the server's mark of this version, or "".
    """

    stream: BinaryIO
    start: int
    stop: int | None
    total: int | None
    partial: bool
    etag: str = ""


def mirror(dataset_name: str) -> str | None:
    """`$INRBENCH_MIRROR/<data set>`, a path or an address, or None where there is no mirror."""
    base = os.environ.get("INRBENCH_MIRROR")
    if not base:
        return None
    base = base.rstrip("/") if is_http(base) else Path(base).expanduser().as_posix()
    return f"{base}/{dataset_name}"


def sources(name: str, addresses: tuple[str, ...], dataset_name: str) -> Iterator[str]:
    """Where to look for a file: on the mirror, then at its public addresses."""
    base = mirror(dataset_name)
    if base:
        yield f"{base}/{quote(name) if is_http(base) else name}"
    yield from addresses


def is_http(source: str) -> bool:
    """Whether a source is an address; otherwise it is a path."""
    return source.startswith(("http://", "https://"))


def refuse_folders(*paths: Path) -> None:
    """Raise `DownloadError` if one of these paths, where files belong, is a folder."""
    for path in paths:
        if path.is_dir():
            raise DownloadError(
                f"{path} is a folder where a file was expected: move it away, and run the "
                "command again"
            )


@contextmanager
def opened(source: str, start: int = 0, stop: int | None = None) -> Iterator[Opened]:
    """Open a source at byte `start`, to read up to byte `stop` (default: all there is).

    A server that ignores ranges, and a file too short, are opened at byte 0.

    Raises:
        CutOffError: a server that answers with another range than it was asked for.
        OSError: what `urlopen` and `open` raise.
    """
    if not is_http(source):
        with open(source, "rb") as stream:
            total = os.fstat(stream.fileno()).st_size
            start = start if start <= total else 0
            stream.seek(start)
            yield Opened(stream, start, total if stop is None else stop, total, True)
        return
    headers = {"User-Agent": _USER_AGENT}
    if start or stop is not None:
        headers["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
    with urlopen(Request(source, headers=headers), timeout=_TIMEOUT) as response:
        etag = response.headers.get("ETag", "")
        if response.status != 206:
            length = response.headers.get("Content-Length")
            total = None if length is None else int(length)
            yield Opened(response, 0, total, total, False, etag)
            return
        stated = response.headers.get("Content-Range", "")
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", stated)
        asked = f"asked for bytes from {start}{'' if stop is None else f' to {stop - 1}'}"
        if not found:
            fault = f"is {stated!r}" if stated else "is missing"
            raise CutOffError(
                f"{asked}, but the answer's Content-Range {fault} where 'bytes <first>-<last>/"
                "<length>' was expected: nothing of it was read; try again later or take another "
                "address"
            )
        first, last = int(found[1]), int(found[2])
        if first != start or (stop is not None and last != stop - 1):
            raise CutOffError(
                f"{asked}, offered them from {first} to {last} (Content-Range {stated!r})"
            )
        total = None if found[3] == "*" else int(found[3])
        yield Opened(response, start, last + 1, total, True, etag)


def persist(source: str, action: Callable[[], T], attempts: int, pause: float) -> T:
    """action(), tried again while it fails in a way that may pass.

    That is: no connection, a stream cut off, status 429 or 5xx. The second try comes after `pause`
    seconds, doubled for each further one; a server's Retry-After may lengthen it.

    Raises:
        SourceError: it failed for good, or `attempts` times.
    """
    for attempt in range(attempts):
        wait = pause * 2**attempt
        try:
            return action()
        except SourceError:
            raise
        except FileNotFoundError:
            raise SourceError("not there") from None
        except HTTPError as error:
            fault = f"status {error.code} {error.reason}"
            if error.code != 429 and error.code < 500:
                raise SourceError(fault) from error
            after = error.headers.get("Retry-After", "")
            wait = min(max(wait, float(after) if after.isdigit() else 0.0), _LONGEST_PAUSE)
        except (OSError, http.client.HTTPException) as error:
            fault = str(error) or type(error).__name__
            if not is_http(source):
                raise SourceError(fault) from error
        if attempt + 1 < attempts:
            time.sleep(wait)
    raise SourceError(f"{fault} ({attempts} attempts)")


class RangeStream:
    """Bytes `start` to `stop` of a source in order, reopened at the byte where it broke off.

    Args:
        source: path or address.
        start, stop: first byte, and the byte before which to end.
        total: length that the source must have: another one is another file.
        attempts, pause: as for `persist`; every block that arrives starts the count anew.
    """

    def __init__(
        self, source: str, start: int, stop: int, total: int, attempts: int, pause: float
    ) -> None:
        self.source, self.position, self.stop, self.total = source, start, stop, total
        self._patience = attempts, pause
        self._open = ExitStack()
        self._stream: BinaryIO | None = None

    def __enter__(self) -> RangeStream:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def read(self, count: int) -> bytes:
        """From 1 to `count` bytes; none at `stop`. Raises `SourceError` as `persist` does."""
        count = min(count, self.stop - self.position)
        return persist(self.source, lambda: self._read(count), *self._patience) if count else b""

    def _read(self, count: int) -> bytes:
        try:
            if self._stream is None:
                found = self._open.enter_context(opened(self.source, self.position, self.stop))
                check_range(found, self.total)
                self._stream = found.stream
            block = self._stream.read(count)
            if not block:
                raise CutOffError(f"cut off at byte {self.position} of {self.stop}")
        except BaseException:
            self._close()
            raise
        self.position += len(block)
        return block

    def _close(self) -> None:
        self._open.close()
        self._stream = None


def check_range(found: Opened, total: int | None = None) -> None:
    """Raise `SourceError` unless a range was served, of a source of known (and this) length."""
    if not found.partial:
        raise NoRangesError(
            f"answers a request for a part with the whole file (status 200, {found.total} bytes): "
            "it serves no ranges, and nothing of it was read; take another address, or put the "
            "archive or its unpacked members into $INRBENCH_MIRROR/<data set>/"
        )
    if found.total is None:
        raise SourceError("does not state the length of the file in Content-Range")
    if total is not None and found.total != total:
        raise SourceError(
            f"has {found.total} bytes where it had {total} before: the file was replaced; "
            "run the command again"
        )
