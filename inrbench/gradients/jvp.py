"""The stochastic Jacobian-vector product: a gradient in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch

from inrbench import registry
from inrbench.gradients.samplers import in_chunks
from inrbench.grid import Grid
from inrbench.meters.rehearsal import turns
from inrbench.networks.rasterise import rasterise
from inrbench.objectives import Objective


@dataclass(frozen=True)
class JVP:
    """g = sum_{i in S} w_i v_i grad f(x_i),  v = dl/dx at x = f_theta(X),  E[g] = J(theta)' v.

    The image is rasterised without a graph, in chunks; v comes in closed form; a sampler draws
    m = round(rate n) of the n grid points with weights w_i = 1 / P(i in S); and only these are
    back-propagated. At rate 1 the result is the exact gradient, whatever the chunk: tables call it
    "exact". The papers say Jacobian-vector product; in the terms of automatic differentiation it
    is a vector-Jacobian product.

    Args:
        rate: share of the grid points that are back-propagated, in (0, 1].
        chunk: points drawn and back-propagated at a time, so that v is all that grows with the
            grid; None takes the whole sample at once, so that memory follows the rate. "auto" lets
            the cell's memory budget choose (`memory.budget`), and is None without one.
        sampler: "uniform", "stratified", "importance", or another registered sampler.

    Raises:
        ValueError: a rate outside (0, 1], a chunk below 1, or an unknown sampler.

    References: M. Najaf and G. Ongie, "Memory-efficient optimization of implicit neural
    representations for CT reconstruction", arXiv:2604.09884, 2026. Deferred back-propagation, the
    case rate = 1: K. Zhang et al., "ARF: artistic radiance fields", ECCV 2022, arXiv:2206.06360.
    """

    rate: float = 0.1
    chunk: int | Literal["auto"] | None = "auto"
    sampler: str = "uniform"

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate={self.rate}: the sampling rate must lie in (0, 1]")
        if self.chunk not in (None, "auto") and self.chunk < 1:
            raise ValueError(
                f"chunk={self.chunk}: needs at least one point; null takes all at once, and auto "
                "leaves it to the memory budget"
            )
        registry.check("sampler", self.sampler)

    def backward(
        self,
        network: torch.nn.Module,
        grid: Grid,
        objective: Objective,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Add the estimate into the parameters' `.grad`; return the value, detached."""
        image = rasterise(network, grid)
        value, v = objective.value_and_gradient(image)
        del image  # not needed while activations are held
        m = max(1, round(self.rate * grid.size))
        chunk = min(self.chunk, m) if isinstance(self.chunk, int) else m
        parts = self._parts(grid, v, m, chunk, generator)
        if chunk == m:
            # Drawn to the end, so that v is not held beside activations.
            parts = list(turns(parts, 1, v.device))
        del v
        for points, weighted in turns(parts, 3, value.device):
            torch.dot(network(points), weighted).backward()
        return value

    def _parts(
        self, grid: Grid, v: torch.Tensor, m: int, chunk: int, generator: torch.Generator
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Coordinates and w_i v_i of the m points, chunk at a time."""
        flat = v.flatten()
        if m == grid.size:
            for start in range(0, m, chunk):
                stop = min(start + chunk, m)
                yield grid.coordinates(start, stop, v.device), flat[start:stop]
            return
        pieces = registry.load("sampler", self.sampler)(v, m, generator)
        for indices, weights in in_chunks(pieces, chunk):
            part = grid.points(indices), weights * flat[indices]
            del indices, weights  # views of more, which would live while the next are drawn
            yield part
            del part
