"""A fixed piece of work timed beside the laps, which says how fast the machine was meanwhile.

    Y <- sin(X W),    X with ROWS x WIDTH and W with WIDTH x WIDTH numbers,

float32, on the threads of the run: a layer of a small network. After every stretch of laps, of at
least `EVERY` seconds, it is read once, and

    pace = exp( trimmed mean over stretches of log(seconds an iteration / reading) ).

What slows a CPU down from one second to the next (neighbours on a shared host, its clock) slows
both, so that the pace, in yardsticks an iteration, says what the code takes (Bulej et al. 2020,
"Duet benchmarking", ICPE). It does not see what competes for the same cores. On CUDA there is
none: a device is one job's at a time, and torch's memory marks would show it.

What it finds: of 100 simulated calls from the A/A runs of results/reference/amd-epyc (two shared
cores), six runs a side without turns, 10 % in all rows are found 97 times by pace and 13 times by
seconds. Runs in turns do not need it.
"""

from __future__ import annotations

import math
import statistics
import time

import torch

ROWS, WIDTH = 1024, 128
EVERY = 0.02
"""Seconds of laps in a stretch, at the least: readings are few, and off the clock."""
WARM_UP = 3
"""Rounds that count for nothing."""
VERSION = 1
"""Of the work; a pace in another one's units is not compared."""
TRIMMED = 0.1
"""Share of the stretches left out at either end: those of the warm-up, and stalls."""


class Yardstick:
    """The yardstick of one run on the CPU; what it needs is allocated here, before the meters.

    Attributes:
        readings: seconds.
    """

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.readings: list[float] = []
        self._ratios: list[float] = []
        self._seconds, self._iteration = 0.0, 0  # where the stretch began
        self._x = torch.randn(ROWS, WIDTH, generator=generator)
        self._w = torch.randn(WIDTH, WIDTH, generator=generator)
        self._y = torch.empty(ROWS, WIDTH)
        for _ in range(WARM_UP):
            self._work()

    def read(self) -> float:
        """Seconds of the work now; done once before, as the code may have emptied the caches."""
        self._work()
        begun = time.perf_counter()
        self._work()
        self.readings.append(time.perf_counter() - begun)
        return self.readings[-1]

    def beside(self, seconds: float, iteration: int) -> None:
        """Read it if the stretch is long enough.

        Args:
            seconds: of the clock of the run, which stands still meanwhile.
            iteration: that has just ended.
        """
        lap = seconds - self._seconds
        if lap >= EVERY:
            self._ratios.append(math.log(lap / (iteration - self._iteration) / self.read()))
            self._seconds, self._iteration = seconds, iteration

    def pace(self) -> float | None:
        """Yardsticks an iteration; None for a run without a whole stretch."""
        if not self._ratios:
            return None
        cut = int(TRIMMED * len(self._ratios))
        return math.exp(statistics.fmean(sorted(self._ratios)[cut : len(self._ratios) - cut]))

    def _work(self) -> None:
        with torch.no_grad():
            torch.matmul(self._x, self._w, out=self._y)
            torch.sin(self._y, out=self._y)
