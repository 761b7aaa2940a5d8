"""The implicit neural representation as a method: network + objective + gradient mode + Adam."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from inrbench import gradients, networks, objectives, projectors, registry
from inrbench.cells.plus import plus
from inrbench.cells.subsets import WHOLE, subsets
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.methods.streams import stream
from inrbench.networks.rasterise import rasterise
from inrbench.objectives import Objective, ordered_subsets, regularised
from inrbench.projectors.base import Projector
from inrbench.scan import Scan
from inrbench.solvers.adam import adam, check_schedule


@dataclass(frozen=True)
class INR:
    """x = f_theta(X) with theta = argmin l(A f_theta(X)), by Adam.

    Args:
        scale: factor of the network's output in mm^-1, the data set's typical attenuation.
        network, objective, gradient: each {"name": registered name, **its parameters}. With
            {"subsets": n} an objective goes in n parts (`objectives.ordered_subsets`), a step of
            Adam for each of them in turn; {"plus": [{"name": ..., "strength": ...}]} adds
            regularisers of the image (`objectives.regularised`).
        iterations: Adam steps or, of an objective in parts, rounds of them: each is one product
            with A and one with A'.
        learning_rate: Adam's, at the start.
        decay: factors of the learning rate, one for each equal part of the iterations.

    Raises:
        ValueError: an unknown name, or values that Adam, the subsets or the gradient mode refuse.
    """

    scale: float
    network: dict[str, Any]
    objective: dict[str, Any]
    gradient: dict[str, Any]
    iterations: int = 1000
    learning_rate: float = 1e-3
    decay: Sequence[float] = (1.0,)

    @property
    def learning_rates(self) -> list[float]:
        """One for each equal part of the iterations."""
        return [self.learning_rate * factor for factor in self.decay]

    def __post_init__(self) -> None:
        check_schedule(self.iterations, self.learning_rates)
        registry.check("objective", self.objective["name"])
        subsets(self.objective)
        for one in plus(self.objective):
            regularised.make(**one)
        gradients.make(**self.gradient)

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in mm^-1, shape grid.shape.

        The generator's seed draws the initial weights, its stream "samples" the samples.
        """
        seed, samples = generator.initial_seed(), stream(generator, "samples")
        network = networks.make(grid=grid, scale=self.scale, seed=seed, **self.network)
        network = network.to(scan.device)
        projector, terms = self._objective(scan, grid)
        parts = regularised.regularised(terms, plus(self.objective), grid, self.scale, scan.device)
        gradient = gradients.make(**self.gradient)
        monitor.start(self.iterations, projector)
        turn = itertools.cycle(parts)
        values: list[torch.Tensor] = []

        def after(step: int, value: torch.Tensor) -> None:
            values.append(value)
            k, rest = divmod(step, len(parts))
            if rest:
                return
            monitor.step(k, sum(values) / len(parts), lambda: rasterise(network, grid))
            values.clear()
            monitor.note(lambda: self.notes(k, network, grid, parts[0], generator))

        adam(
            network.parameters(),
            lambda: gradient.backward(network, grid, next(turn), samples),
            self.iterations * len(parts),
            self.learning_rates,
            callback=after,
        )
        return rasterise(network, grid)

    def _objective(self, scan: Scan, grid: Grid) -> tuple[Projector, list[Objective]]:
        """A, and the data term or, in their order, its parts."""
        general = ("subsets", "plus")
        given = {key: value for key, value in self.objective.items() if key not in general}
        n = subsets(self.objective, len(scan.sinogram))
        if n == WHOLE:
            projector = projectors.make(scan.geometry, grid, scan.device)
            return projector, [objectives.make(scan=scan, projector=projector, **given)]
        parts = ordered_subsets.parts(scan=scan, grid=grid, subsets=n, **given)
        return ordered_subsets.joined(parts, scan.geometry), parts

    def notes(
        self,
        iteration: int,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> Iterable[dict]:
        """What a method built on this one writes down after an iteration: here, nothing."""
        return ()
