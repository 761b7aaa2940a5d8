"""Rasterisation x = f_theta(X): a network's image on a grid, in chunks and without a graph."""

from __future__ import annotations

import torch

from inrbench.grid import Grid
from inrbench.meters.rehearsal import kind, turns

# Points at a time: on a CPU a chunk's activations stay in its cache; a GPU wants more to do.
CHUNK = {"cpu": 2048, "cuda": 65536}


@torch.no_grad()
def rasterise(network: torch.nn.Module, grid: Grid, chunk: int | None = None) -> torch.Tensor:
    """f_theta at every grid point, shape grid.shape, in mm^-1.

    Args:
        network: (n, d) -> (n,).
        grid: where to evaluate it.
        chunk: points at a time; None takes `CHUNK` of the device.
    """
    device = next(network.parameters()).device
    chunk = CHUNK.get(kind(device), CHUNK["cpu"]) if chunk is None else chunk
    image = torch.empty(grid.size, device=device)
    for start in turns(range(0, grid.size, chunk), 2, device):
        stop = min(start + chunk, grid.size)
        image[start:stop] = network(grid.coordinates(start, stop, device))
    return image.reshape(grid.shape)
