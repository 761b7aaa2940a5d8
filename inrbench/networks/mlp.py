"""The multilayer perceptron with rectified linear units that two of the networks end in."""

from __future__ import annotations

import itertools

import torch


def mlp(inputs: int, width: int, layers: int) -> torch.nn.Sequential:
    """ReLU network: inputs -> `layers` hidden layers of `width` -> 1, torch's default weights.

    Raises:
        ValueError: a width or number of layers below 1.
    """
    check_size(width, layers)
    sizes = [inputs] + [width] * layers
    hidden = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        # In place, a rectifier keeps one tensor a layer for the gradient instead of two.
        hidden += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU(inplace=True)]
    return torch.nn.Sequential(*hidden, torch.nn.Linear(width, 1))


def check_size(width: int, layers: int) -> None:
    """Raise `ValueError` unless there is at least one hidden layer of at least one unit."""
    if width < 1 or layers < 1:
        raise ValueError(f"width={width}, layers={layers}: both must be at least 1")
