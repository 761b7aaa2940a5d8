"""The monitor: sees the truth, keeps the history, and stops the clock while it measures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from inrbench.errors import Diverged
from inrbench.meters.clock import Clock
from inrbench.meters.yardstick import Yardstick
from inrbench.metrics import image_metrics
from inrbench.projectors.base import Projector

# A loss this many times its first value has diverged, although it may still be finite.
BLOWN_UP = 1e4
ADVICE = "the step is too long: lower the learning rate or change rho, where the method has it"

Row = dict[str, float]


class TruthMonitor:
    """Listens to a method: `start` once it is set up, `step` after each iteration.

    Attributes:
        rows: the history, a dictionary a step with the keys of `history.HISTORY` and residuals.
        notes: what the method wrote down, dictionaries with keys of its own.
        best: the image of least MSE among the checkpoints, on the CPU, or None.
        projector: the one that the method uses, or None.

    Args:
        reference: the image to compare with, which the method never gets.
        clock: stopwatch of the run; starts with the first call, in its set-up phase.
        checkpoints: how often at most the metrics are taken, evenly over the iterations.
        report: called with the iteration, the total and the row of each step, off the clock.
        yardstick: read beside the laps, off the clock; None: the speed of the machine is not.
    """

    def __init__(
        self,
        reference: torch.Tensor | None,
        clock: Clock,
        checkpoints: int,
        report: Callable[[int, int, Row], None],
        yardstick: Yardstick | None = None,
    ) -> None:
        self.rows: list[Row] = []
        self.notes: list[dict[str, Any]] = []
        self.best: torch.Tensor | None = None
        self.projector: Projector | None = None
        self._reference = reference
        self._clock = clock
        self._checkpoints = checkpoints
        self._report = report
        self._yardstick = yardstick
        self._marks: set[int] = set()
        self._first: float | None = None

    def start(
        self, iterations: int, projector: Projector | None, value: torch.Tensor | None = None
    ) -> None:
        """The set-up is done: note the projector, plan the checkpoints, start the clock."""
        self._first = None if value is None else float(value)
        self.projector = projector
        count = min(self._checkpoints, iterations)
        self._marks = {math.ceil(iterations * (k + 1) / count) for k in range(count)}
        self._iterations = iterations
        self._clock.start()

    def step(
        self,
        iteration: int,
        value: torch.Tensor | None,
        image: Callable[[], torch.Tensor],
        residuals: Mapping[str, float] | None = None,
    ) -> None:
        """Take the lap time; once past a checkpoint, look at the image, off the clock.

        Raises:
            Diverged: a loss, a residual or an image that is not finite, or a loss `BLOWN_UP` times
                the first.
        """
        residuals = residuals or {}
        before = self.rows[-1]["iteration"] if self.rows else 0
        self._clock.lap(iteration - before)
        with self._clock.paused():
            if self._yardstick is not None:  # first, as close to the lap as can be
                self._yardstick.beside(self._clock.seconds, iteration)
            row: Row = {"iteration": iteration, "seconds": self._clock.seconds, **residuals}
            self.rows.append(row)
            for name, residual in residuals.items():
                if not math.isfinite(residual):
                    raise Diverged(
                        f"the {name} residual is {residual} at iteration {iteration}; {ADVICE}"
                    )
            if value is not None:
                row["loss"] = float(value)
                self._check_loss(iteration, row["loss"])
            due = any(before < mark <= iteration for mark in self._marks)
            if due and self._reference is not None:
                self._look(iteration, image(), row)
            self._report(iteration, self._iterations, row)

    def _check_loss(self, iteration: int, loss: float) -> None:
        first = self.rows[0]["loss"] if self._first is None else self._first
        if not math.isfinite(loss):
            raise Diverged(f"the loss is {loss} at iteration {iteration}; {ADVICE}")
        if loss > BLOWN_UP * first:
            raise Diverged(
                f"the loss rose from {first:.3g} to {loss:.3g} at iteration {iteration}; {ADVICE}"
            )

    def _look(self, iteration: int, image: torch.Tensor, row: Row) -> None:
        if not torch.isfinite(image).all():
            raise Diverged(f"the image is not finite at iteration {iteration}; {ADVICE}")
        row |= image_metrics(image, self._reference)
        if row["mse"] <= min(earlier.get("mse", math.inf) for earlier in self.rows):
            self.best = image.detach().cpu().clone()

    def note(self, rows: Callable[[], Iterable[dict[str, Any]]]) -> None:
        """Keep what the method wants to say about itself, off the clock."""
        with self._clock.paused():
            self.notes.extend(rows())

    def best_row(self) -> Row | None:
        """The checkpoint of least MSE."""
        rows = [row for row in self.rows if "mse" in row]
        return min(rows, key=lambda row: row["mse"]) if rows else None
