"""Bytes of a source, a file or an http(s) address, however its server misbehaves.

A source never gives more bytes than it was asked for. Where it breaks off, or is slower than a
least rate, it is asked again from the byte where it stopped; an answer that makes no sense ends
it. Redirects lead to http(s) only. Nothing here imports torch.

Environment:
    INRBENCH_MIRROR: a folder or http(s) address that holds `<data set>/<file name>`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from typing import NamedTuple
from urllib.parse import quote, urljoin

import requests
from urllib3.exceptions import HTTPError

from inrbench import __version__
from inrbench.io.printable import printable

Progress = Callable[[int, int], None]  # so far, in all
CHUNK = 2**16
_LONGEST_PAUSE = 120.0  # s; a server may ask for more (Retry-After) than anybody would wait
_REDIRECTS = 10
# Zenodo refuses requests that do not name themselves; what is compressed on its way has another
# length than the file.
_HEADERS = {"User-Agent": f"inrbench/{__version__}", "Accept-Encoding": "identity"}


class SourceError(OSError):
    """What one source did, where asking it again would not help."""


class NoRangesError(SourceError):
    """A source that gives the whole file only, so that no part of it can be read."""


class _PassingError(OSError):
    """What may pass; `after` is how many seconds the server wants to be left alone."""

    def __init__(self, fault: str, after: int = 0) -> None:
        super().__init__(fault)
        self.after = after


@dataclass(frozen=True)
class Patience:
    """How long a source that fails or is slow is borne.

    Args:
        attempts: tries in a row that bring fewer than `least` bytes each.
        pause: seconds before the second try, doubled for each further one; a server's
            Retry-After may lengthen it.
        window: seconds of waiting within which `least` bytes must arrive.
        least: bytes; by default 1 KiB/s.
    """

    attempts: int = 4
    pause: float = 1.0
    window: float = 60.0
    least: int = 2**16


PATIENT = Patience()


class Block(NamedTuple):
    """Bytes of a source: from byte `at` of `total` in all, None where it does not say."""

    at: int
    total: int | None
    data: bytes


def is_http(source: str) -> bool:
    """Whether a source is an address; otherwise it is a path."""
    return source.lower().startswith(("http://", "https://"))


def mirror(dataset_name: str) -> str | None:
    """`$INRBENCH_MIRROR/<data set>`, a path or an address, or None where there is no mirror."""
    base = os.environ.get("INRBENCH_MIRROR")
    if not base:
        return None
    base = base.rstrip("/") if is_http(base) else Path(base).expanduser().as_posix()
    return f"{base}/{dataset_name}"


def sources(name: str, addresses: tuple[str, ...], dataset_name: str) -> Iterator[str]:
    """Where to look for a file: on the mirror, then at its public addresses."""
    if base := mirror(dataset_name):
        yield f"{base}/{quote(name) if is_http(base) else name}"
    yield from addresses


def read(
    source: str,
    start: int,
    stop: int,
    total: int | None,
    patience: Patience,
    ranges: bool = False,
) -> Iterator[Block]:
    """The bytes of a source from `start` to `stop`, in order.

    Args:
        source: path or address.
        start, stop: first byte, and the byte before which to end.
        total: length that the source must have; None takes what it states.
        patience: with what fails.
        ranges: refuse a server that answers with the whole file, instead of dropping what was
            not asked for.

    Raises:
        SourceError: it failed for good, or too often.
    """
    failures = 0
    while start < stop:
        began = start
        if is_http(source):
            answered = _answered(source, start, stop, ranges, patience.window)
            blocks = _watched(answered, patience)
        else:
            blocks = _filed(source, start)
        try:
            with closing(blocks):
                for at, size, data in blocks:
                    if None not in (size, total) and size != total:
                        raise SourceError(f"has {size} bytes where {total} were expected")
                    if data := data[start - at : stop - at]:
                        start += len(data)
                        yield Block(start - len(data), size, data)
                    if start == stop:
                        return
            raise _PassingError(f"cut off after {start} of {stop} bytes")
        except _PassingError as fault:
            failures = 1 if start - began >= patience.least else failures + 1
            if failures >= patience.attempts:
                raise SourceError(f"{fault} ({patience.attempts} attempts)") from fault
            wait = max(patience.pause * 2 ** (failures - 1), fault.after)
            time.sleep(min(wait, _LONGEST_PAUSE))


def _filed(path: str, start: int) -> Iterator[Block]:
    if not os.path.isfile(path):
        raise SourceError("not there")
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            stream.seek(start)
            while data := stream.read(CHUNK):
                yield Block(stream.tell() - len(data), size, data)
    except OSError as error:
        raise SourceError(str(error)) from error


class _Session(requests.Session):
    def resolve_redirects(self, *_: object, **__: object) -> Iterator[requests.Response]:
        """None: requests would read a redirect's body, however long, and follow it anywhere."""
        return iter(())


def _answered(
    address: str, start: int, stop: int, ranges: bool, timeout: float
) -> Iterator[Block]:
    """What a server sends, from `start` or from the file's first byte on."""
    asked = {"Range": f"bytes={start}-{stop - 1}"} if start or ranges else {}
    try:
        with _Session() as session, _answer(session, address, asked, timeout) as answer:
            if answer.status_code == 206:
                at, size = start, _range(answer.headers.get("Content-Range"), start, stop)
            elif ranges:
                raise NoRangesError(
                    "answers a request for a part with the whole file: it serves no ranges, and "
                    "nothing of it was read; take another address, or put the archive or its "
                    "unpacked members into $INRBENCH_MIRROR/<data set>/"
                )
            else:
                at, size = 0, _length(answer.headers.get("Content-Length"))
            answer.raw.enforce_content_length = False  # what is missing, `read` sees
            while at < stop and (data := answer.raw.read1(CHUNK, decode_content=False)):
                yield Block(at, size, data)
                at += len(data)
    except ValueError as error:  # an address, a redirect or a header that is none
        raise SourceError(_reason(error)) from error
    except (OSError, HTTPError, HTTPException) as error:
        known = isinstance(error, SourceError | _PassingError)
        raise error if known else _PassingError(_reason(error)) from error


def _answer(
    session: requests.Session, address: str, asked: dict[str, str], timeout: float
) -> requests.Response:
    """The answer that has the body, once redirects are followed."""
    for _ in range(_REDIRECTS):
        answer = session.get(
            address, headers=_HEADERS | asked, stream=True, allow_redirects=False, timeout=timeout
        )
        code = answer.status_code
        if code == 200 or (code == 206 and asked):
            return answer
        answer.close()
        if code == 429 or code >= 500:
            raise _PassingError(f"status {code}", _whole(answer.headers.get("Retry-After")) or 0)
        target = session.get_redirect_target(answer)
        if target is None:
            raise SourceError(f"status {code}")
        address = urljoin(address, target)
        if not is_http(address):
            raise SourceError(f"redirects to {address!r:.200}: only http(s) is followed")
    raise SourceError(f"redirects more than {_REDIRECTS} times")


def _watched(blocks: Iterator[Block], patience: Patience) -> Iterator[Block]:
    """The blocks as another thread reads them, as long as they come fast enough.

    A socket's time-out starts anew with each byte: one a minute would satisfy it for ever, be it
    of the body, of a header or of the length of a chunk. Only time spent waiting counts.
    """
    arrived: Queue[Block | Exception | None] = Queue(maxsize=4)

    def receive() -> None:
        with suppress(Full), closing(blocks):  # full for so long: nobody reads any more
            try:
                for block in blocks:
                    arrived.put(block, timeout=patience.window)
                arrived.put(None, timeout=patience.window)
            except Full:
                raise
            except Exception as error:
                arrived.put(error, timeout=patience.window)

    Thread(target=receive, daemon=True).start()
    waited, count = 0.0, 0
    while True:
        began = time.monotonic()
        try:
            block = arrived.get(timeout=max(patience.window - waited, 0.0))
        except Empty:
            fault = f"too slow: fewer than {patience.least} bytes in {patience.window:g} s"
            raise _PassingError(fault) from None
        waited += time.monotonic() - began
        if block is None:
            return
        if isinstance(block, Exception):
            raise block
        count += len(block.data)
        if count >= patience.least:
            waited, count = 0.0, 0
        yield block


def _range(stated: str | None, start: int, stop: int) -> int:
    """The total that a Content-Range states, which must be of the bytes that were asked for."""
    found = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", stated or "", re.ASCII)
    if found is None or (int(found[1]), int(found[2])) != (start, stop - 1):
        raise SourceError(
            f"asked for bytes {start} to {stop - 1}, it answers with Content-Range "
            f"{stated!r:.80} where 'bytes {start}-{stop - 1}/<length>' was expected"
        )
    return int(found[3])


def _length(stated: str | None) -> int | None:
    if stated is not None and _whole(stated) is None:
        raise SourceError(f"states Content-Length {stated!r:.80} where a number was expected")
    return _whole(stated)


def _whole(text: str | None) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,18}", text or "", re.ASCII) else None


def _reason(error: BaseException) -> str:
    """The innermost cause in a line; a server's own words may be in it."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return printable(str(error) or type(error).__name__, 200)
