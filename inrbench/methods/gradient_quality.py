"""A network trained as `inr` trains it, with its gradient estimates measured on the way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from inrbench.cells.subsets import WHOLE, subsets
from inrbench.gradients import GradientMode
from inrbench.gradients.autograd import Autograd
from inrbench.gradients.jvp import JVP
from inrbench.gradients.quality import measure, one
from inrbench.grid import Grid
from inrbench.methods.inr import INR
from inrbench.methods.streams import stream
from inrbench.objectives import Objective


@dataclass(frozen=True)
class GradientQuality(INR):
    """The image, iterates and curve of `inr`; and at some iterations, off the clock, the quality
    of `jvp` estimates by rate and sampler against the exact gradient at those weights.

    The figures (`gradients.quality.Quality`) go to the monitor as notes, a row for each iteration,
    sampler and rate, beside one for "autograd", whose error is rounding, and one for "exact", for
    its time. The memory readings of such a cell include the measurement; its tensor peak does not.

    Args:
        at: iterations after which to measure.
        rates: of the estimates, each below 1.
        samplers: registered names.
        repeats: estimates for each row.

    Raises:
        ValueError: as `inr`, an objective in subsets, repeats below 2, a point of the run that it
            does not reach, a rate of 1, or values that `jvp` refuses.
    """

    at: Sequence[int] = (1,)
    rates: Sequence[float] = (0.1,)
    samplers: Sequence[str] = ("uniform",)
    repeats: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if subsets(self.objective) != WHOLE:
            raise ValueError(
                f"subsets={self.objective['subsets']}: estimates are compared with the gradient "
                "of a whole objective; leave out its subsets"
            )
        if self.repeats < 2:
            raise ValueError(f"repeats={self.repeats}: a variance needs at least 2 estimates")
        if not all(1 <= iteration <= self.iterations for iteration in self.at):
            raise ValueError(
                f"at={list(self.at)}: expected iterations from 1 to {self.iterations}, the last"
            )
        if any(rate >= 1 for rate in self.rates):
            raise ValueError(
                f"rates={list(self.rates)}: expected rates below 1; the exact gradient is "
                "measured in any case"
            )
        for sampler, rate in itertools.product(self.samplers, self.rates):
            JVP(rate=rate, sampler=sampler)

    def notes(
        self,
        iteration: int,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> Iterator[dict]:
        """A row a mode: iteration, sampler, rate, and the fields of `Quality`."""
        if iteration not in self.at:
            return
        # A stream of its own: the samples of the training do not notice that somebody looked.
        draws = stream(generator, f"quality {iteration}")
        exact = JVP(rate=1.0, chunk=4096)
        modes: list[tuple[str, float, GradientMode]] = [
            ("autograd", 1.0, Autograd()), ("exact", 1.0, exact)
        ]  # fmt: skip
        for sampler, rate in itertools.product(self.samplers, self.rates):
            modes.append((sampler, rate, JVP(rate=rate, sampler=sampler)))
        truth, _ = one(exact, network, grid, objective, draws)
        for name, rate, mode in modes:
            quality = measure(mode, network, grid, objective, truth, draws, self.repeats)
            yield {"iteration": iteration, "sampler": name, "rate": rate, **quality.row()}
