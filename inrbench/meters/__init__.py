"""Meters: what a run costs beside its image. Time: `clock`; memory: the meters named here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from inrbench.meters.reading import Reading

if TYPE_CHECKING:
    import torch

METERS = (
    "tensor_peak",
    "torch_peak_allocated",
    "torch_peak_reserved",
    "nvml_process_peak",
    "nvml_device_delta",
    "rss_peak",
)
"""Every memory meter, in the order of tables. The first has a pass of its own (`LiveTensors`)."""


class Meter(Protocol):
    """Something that gives readings."""

    def readings(self) -> list[Reading]:
        """All of them, in the order of `METERS`."""


class MemoryWatch:
    """The meters of one run."""

    def __init__(self, meters: list[Meter]) -> None:
        self._meters = meters

    def readings(self) -> list[Reading]:
        """One reading for each of `METERS` but the first, in that order; after the block."""
        return [reading for meter in self._meters for reading in meter.readings()]


@contextmanager
def watch_memory(device: torch.device | str) -> Iterator[MemoryWatch]:
    """Watch the memory of what runs in the block, with every meter that may run while timing.

    Args:
        device: where the job computes.
    """
    from inrbench.meters.nvml import NvmlMemory
    from inrbench.meters.resident import ResidentMemory
    from inrbench.meters.torch_allocator import TorchAllocator

    # The resident memory comes last, so that what the other meters load is not in it.
    meters = [TorchAllocator(device), NvmlMemory(device), ResidentMemory()]
    with ExitStack() as stack:
        for meter in meters:
            stack.enter_context(meter)
        yield MemoryWatch(meters)
