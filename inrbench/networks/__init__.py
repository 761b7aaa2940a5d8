"""Networks f_theta: implicit neural representations, from coordinates to attenuation."""

from __future__ import annotations

from typing import Any

import torch

from inrbench import registry
from inrbench.grid import Grid


def make(name: str, grid: Grid, scale: float, seed: int = 0, **parameters: Any) -> torch.nn.Module:
    """A registered network, (n, d) coordinates -> (n,) attenuation in mm^-1.

    Args:
        name: "fourier_features", "siren", "hash_encoding" or a plug-in's.
        grid: gives the dimension d.
        scale: factor of the output in mm^-1, so that the network itself predicts numbers near 1.
        seed: of the initial weights, which are drawn on the CPU and so the same on any device.
        parameters: the network's own (width, layers, ...).

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return registry.make("network", name, grid.dimension, scale, **parameters)
