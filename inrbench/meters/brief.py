"""A monitor for meters: a few iterations of a method, and then it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

METERED = 2
"""Iterations under the tensor meter: the second one has the optimiser's state beside the rest."""


class Enough(Exception):
    """Ends a method after the few iterations that a meter wanted to see."""


class Brief:
    """A monitor that looks at nothing and ends the method after `iterations` steps.

    Args:
        iterations: how many.
        reached: called with 0 at the start and with each iteration, before it may be the end.
    """

    def __init__(
        self, iterations: int, reached: Callable[[int], None] = lambda iteration: None
    ) -> None:
        self.iterations = iterations
        self._reached = reached

    def start(self, iterations: int, projector: object, value: object = None) -> None:
        """Set-up is done."""
        self._reached(0)

    def step(
        self,
        iteration: int,
        value: torch.Tensor | None,
        image: Callable[[], torch.Tensor],
        residuals: Mapping[str, float] | None = None,
    ) -> None:
        """Raise `Enough` once the wanted iterations are done."""
        self._reached(iteration)
        if iteration >= self.iterations:
            raise Enough

    def note(self, rows: Callable[[], Iterable[dict[str, Any]]]) -> None:
        """Nothing is kept."""
