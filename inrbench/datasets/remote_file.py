"""A source as `zipfile` wants a file: parts of it are read, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from inrbench.datasets.source import Block, Patience, SourceError, read

_GAP = 2**16  # bytes that are read and dropped rather than leapt over
_MOST = 2**24  # bytes of one reading, a zip's directory: some 200,000 members


class RemoteFile:
    """Bytes read in order come by one request, a leap makes another.

    Args:
        source: path, or address on a server that serves ranges.
        patience: with what fails.

    Attributes:
        size: length of the source in bytes.
        stop: how far a request goes at least, so that one serves for several readings.

    Raises:
        SourceError: as `source.read`; a reading of more than 16 MiB.
    """

    def __init__(self, source: str, patience: Patience) -> None:
        self._source, self._patience = source, patience
        with closing(read(source, 0, 1, None, patience, ranges=True)) as first:
            self.size = next(first).total
        self.stop = 0
        self._at, self._rest = 0, b""
        self._blocks: Iterator[Block] | None = None

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next reading begins."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file's; raises `ValueError` for a place before its begin."""
        at = offset + (0, self._at, self.size)[whence]
        if at < 0:
            raise ValueError(f"byte {at}: a file begins at 0")
        if self._blocks is not None and 0 < at - self._at < _GAP:
            self.read(at - self._at)
        elif at != self._at:
            self._at, self._rest, self._blocks = at, b"", None
        return at

    def read(self, count: int = -1) -> bytes:
        """`count` bytes, fewer only at the end; by default all that follow."""
        stop = self.size if count < 0 else min(self._at + count, self.size)
        if stop - self._at > _MOST:
            raise SourceError(f"{stop - self._at} bytes were to be read at once: {_MOST} at most")
        pieces = []
        while self._at < stop:
            if not self._rest:
                self._rest = self._next(stop)
            piece = self._rest[: stop - self._at]
            self._rest = self._rest[len(piece) :]
            self._at += len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def _next(self, stop: int) -> bytes:
        block = next(self._blocks, None) if self._blocks is not None else None
        if block is None:
            self._blocks = read(
                self._source, self._at, min(max(stop, self.stop), self.size), self.size,
                self._patience, ranges=True,
            )  # fmt: skip
            block = next(self._blocks)
        return block.data
