"""Seconds an iteration: a stopwatch that waits for the device and stops while one measures."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch

# Laps left out as warm-up: allocations, the choice of kernels, cold caches.
WARM_UP = 3


@dataclass(frozen=True)
class Timing:
    """Summary of the laps that are left without the warm-up; None where there are too few.

    Args:
        median: seconds an iteration.
        spread: their inter-quartile range in seconds; needs two laps.
        timed: number of laps that count.
    """

    median: float | None
    spread: float | None
    timed: int


def summarise(laps: Sequence[float]) -> Timing:
    """Median and inter-quartile range without the warm-up.

    The warm-up is the first min(WARM_UP, ceil(n / 2)) of n laps: three laps as a rule, never much
    more than half of them, and the only lap of a method that does not iterate.
    """
    timed = sorted(laps[min(WARM_UP, (len(laps) + 1) // 2) :])
    if not timed:
        return Timing(None, None, 0)
    spread = None
    if len(timed) > 1:
        first, _, third = statistics.quantiles(timed, n=4, method="inclusive")
        spread = third - first
    return Timing(statistics.median(timed), spread, len(timed))


class Clock:
    """Stopwatch of one run, in seconds of `time.perf_counter`.

    CUDA works while Python goes on, so every reading waits for the device first: a lap is the time
    of its own work, and a pause begins when the work before it is done.

    Attributes:
        started: `time.perf_counter` at the start, or None before it.
        laps: seconds an iteration of each lap, pauses excluded.

    Args:
        device: what to wait for.
    """

    def __init__(self, device: torch.device | str) -> None:
        self._device = torch.device(device)
        self.started: float | None = None
        self.laps: list[float] = []
        self._pauses = 0.0
        self._held: float | None = None  # the time at which the running pause began
        self._last = 0.0

    def start(self) -> None:
        """Begin at 0. Raises `RuntimeError` when it runs already: a run has one clock."""
        if self.started is not None:
            raise RuntimeError("the clock runs already: make a new one for another run")
        self.started = self._now()

    @property
    def seconds(self) -> float:
        """Seconds since the start, pauses excluded. Raises `RuntimeError` before the start."""
        if self.started is None:
            raise RuntimeError("the clock has not been started: call start() after the set-up")
        now = self._now() if self._held is None else self._held
        return now - self.started - self._pauses

    def lap(self, iterations: int = 1) -> None:
        """End a lap of that many iterations; the next begins. Raises `RuntimeError` before the
        start."""
        seconds = self.seconds
        self.laps.append((seconds - self._last) / iterations)
        self._last = seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The clock stands still inside the block. Raises `RuntimeError` in a pause."""
        if self._held is not None:
            raise RuntimeError("the clock is paused already")
        self._held = self._now()
        try:
            yield
        finally:
            self._pauses += self._now() - self._held
            self._held = None

    def timing(self) -> Timing:
        """Summary of the laps so far."""
        return summarise(self.laps)

    def _now(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return time.perf_counter()
