"""A rehearsal: a method run on tensors that have shapes and no numbers, torch's meta tensors.

It takes the steps of the run itself, so that the memory of the run can be read off it; nothing is
allocated, whatever the size (`inrbench.memory.peak`). A method rehearses like any other program on
tensors, but for three things that it asks here: a number out of a tensor, the kind of device, and
which turns of a long loop are worth taking.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import torch

T = TypeVar("T")
N = TypeVar("N", bool, int, float)

_kind: ContextVar[str] = ContextVar("kind", default="cpu")


@contextmanager
def rehearsal(kind: str) -> Iterator[None]:
    """Tensors made inside are meta tensors, unless they name a device.

    Args:
        kind: of device that is rehearsed for, "cpu" or "cuda".
    """
    token = _kind.set(kind)
    try:
        with torch.device("meta"):
            yield
    finally:
        _kind.reset(token)


def kind(device: torch.device) -> str:
    """ "cpu" or "cuda": the type of a device, and of meta tensors the one they stand for."""
    return _kind.get() if device.type == "meta" else device.type


def number(tensor: torch.Tensor, expected: N) -> N:
    """The tensor's one number, of the type of `expected`, which a meta tensor has in its place."""
    return expected if tensor.is_meta else type(expected)(tensor)


def turns(loop: Iterable[T], count: int, device: torch.device) -> Iterable[T]:
    """All of a loop; in a rehearsal the first `count` turns, since the others are like them."""
    return itertools.islice(loop, count) if device.type == "meta" else loop
