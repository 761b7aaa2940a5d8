"""How many numbers a cell's networks train, counted where they are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_counts: ContextVar[list[int] | None] = ContextVar("counts", default=None)


@contextmanager
def counted() -> Iterator[list[int]]:
    """The trained numbers of each network that `networks.make` makes inside, as it is made."""
    counts: list[int] = []
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)


def count(network: torch.nn.Module) -> None:
    """Count a network, if anybody wants to know; a complex number is two."""
    if (counts := _counts.get()) is not None:
        trained = [one for one in network.parameters() if one.requires_grad]
        counts.append(sum(one.numel() * (1 + one.is_complex()) for one in trained))
