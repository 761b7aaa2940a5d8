"""Methods: what a table compares, each `reconstruct(scan, grid, monitor, generator) -> image`.

A method gets a scan and a grid and never sees the truth. It says `monitor.start(iterations,
projector)` once it is set up, and `monitor.step(k, value, image)` after iteration k, where `image`
is a function that gives the current image if the monitor wants to look at it. A method with inner
loops may step over several iterations at a time: their time is shared out evenly. One iteration is
one product with A and one with A'.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import torch

from inrbench import registry
from inrbench.grid import Grid
from inrbench.projectors.base import Inversion, Projector
from inrbench.scan import Scan


class Monitor(Protocol):
    """What a method may tell while it works; see `inrbench.run.monitor`."""

    def start(
        self,
        iterations: int,
        projector: Projector | Inversion | None,
        value: torch.Tensor | None = None,
    ) -> None:
        """Set-up is done and the iterations begin. `value` is the objective's before the first,
        for a method whose first step is long enough to diverge; else that of the first stands."""

    def step(
        self,
        iteration: int,
        value: torch.Tensor | None,
        image: Callable[[], torch.Tensor],
        residuals: Mapping[str, float] | None = None,
    ) -> None:
        """Iterations up to this one are done; `value` is the objective's, where there is one, and
        `residuals` go to the history in columns of their names."""

    def note(self, rows: Callable[[], Iterable[dict[str, Any]]]) -> None:
        """Rows that the method wants kept beside its history; made off the clock."""


class Method(Protocol):
    """What stands in a row of a table."""

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image, shape grid.shape, attenuation in mm^-1, on the scan's device.

        The generator has the cell's seed, from which `networks.make` draws initial weights; what
        else is random comes from the generator or from a `streams.stream` of it.
        """


def make(name: str, scale: float, **parameters: Any) -> Method:
    """A registered method.

    Args:
        name: "inr", "admm", "fbp", "cgls", "tv" or another registered one, such as a plug-in's.
        scale: typical attenuation of the data set in mm^-1, for methods that take one.
        parameters: the method's own.

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
    """
    if "scale" in inspect.signature(registry.load("method", name)).parameters:
        parameters = {"scale": scale, **parameters}
    return registry.make("method", name, **parameters)
