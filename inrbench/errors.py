"""What may go wrong with a cell, in one place: each error becomes a status or a sentence."""

from __future__ import annotations


class Unsupported(ValueError):
    """A combination that makes sense, but that a part of the suite or this machine cannot do.

    The sentence says why; the record's status is `unsupported`.
    """


class Absent(Unsupported):
    """What is asked for is not here at all: a CUDA device, or any projector of that dimension.

    No cell is recorded for it, since it says nothing of the cell.
    """


class NoResult(ValueError):
    """An input cannot be read, a device is not there, a disk is full: no fault of the cell.

    No record is written; one that stands there stays.
    """


class OutOfMemory(ValueError):
    """More bytes are needed than there are, or than a budget allows; nothing was allocated.

    The sentence has the figures; as a record's status it is `out_of_memory`.
    """


class HostTooSmall(OutOfMemory):
    """More than this machine has, while another may have enough.

    Args:
        sentence: with the figures.
        needed: bytes, where they are known.
    """

    def __init__(self, sentence: str, needed: int | None = None) -> None:
        super().__init__(sentence)
        self.needed = needed


class Diverged(Exception):
    """The loss, or an image, is not finite or has blown up; the history is kept up to there."""
