"""Networks f_theta: implicit neural representations, from coordinates to attenuation."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from inrbench import registry
from inrbench.cells.output import LINEAR
from inrbench.cells.output import output as checked
from inrbench.grid import Grid
from inrbench.meters import parameters as trained
from inrbench.networks.output import Output


def make(
    name: str, grid: Grid, scale: float, seed: int = 0, output: str = LINEAR, **parameters: Any
) -> torch.nn.Module:
    """A registered network, (n, d) coordinates -> (n,) attenuation in mm^-1.

    Args:
        name: "voxel_grid", "fourier_features", "siren", "hash_encoding" or another registered one.
        grid: gives the dimension d; networks that take a `grid`, such as a voxel grid, get it.
        scale: factor of the output in mm^-1, so that the network itself predicts numbers near 1.
        seed: of the initial weights, which are drawn on the CPU and so the same on any device.
        output: "linear", or an activation at the end, see `Output`: "softplus", "sigmoid".
        parameters: the network's own (width, layers, ...).

    Raises:
        ValueError: an unknown name, output or parameter, with the nearest known one.
    """
    linear = checked({"output": output}) == LINEAR
    if "grid" in inspect.signature(registry.load("network", name)).parameters:
        parameters = {"grid": grid, **parameters}
    own_scale = scale if linear else 1.0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = registry.make("network", name, grid.dimension, own_scale, **parameters)
    trained.count(made)
    return made if linear else Output(made, scale, output)
