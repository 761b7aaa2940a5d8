"""Floors: what an exact gradient in bounded memory cannot do without, at the rate of this machine.

    floor = 4 forward passes' multiplications [+ 3 gathers from the tables of a hash encoding]

Forward once for the image and once for the graph; backward once for the weights and once for the
layer before. A table is read twice and added to once. Activations, and the arithmetic that finds
the entries of the tables, are not in the floor: they are what an implementation pays on top.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

CHUNK = 2048  # points
REPEATS = 32  # chunks in one timing


@dataclass(frozen=True)
class Operation:
    """A bare operation of torch that is timed in turn with the gradients.

    `times` of `once` are in the floor, and one does `amount` of the operation.
    """

    name: str
    once: Callable[[], None]
    amount: float
    times: float


def operations(network: torch.nn.Module, grid) -> list[Operation]:
    """What the floor of this network on this grid is made of."""
    found = [multiplications(network, grid)]
    if hasattr(network, "table"):
        found.append(gathers(network, grid))
    return found


def multiplications(network: torch.nn.Module, grid) -> Operation:
    """Products of a chunk with the weights of a hidden layer, at 2 operations a weight."""
    layers = [module.weight for module in network.modules() if isinstance(module, torch.nn.Linear)]
    layers += [buffer for name, buffer in network.named_buffers() if name == "frequencies"]
    width = max(weight.shape[0] for weight in layers)
    chunk, weight, product = (
        torch.rand(CHUNK, width),
        torch.rand(width, width),
        torch.empty(CHUNK, width),
    )

    def once() -> None:
        for _ in range(REPEATS):
            torch.mm(chunk, weight, out=product)

    amount = 2 * REPEATS * CHUNK * width**2
    forward = 2 * grid.size * sum(weight.numel() for weight in layers)
    return Operation("multiply", once, amount, 4 * forward / amount)


def gathers(network: torch.nn.Module, grid) -> Operation:
    """Reads of the entries that a chunk in the middle of the grid needs, as one vector."""
    start = (grid.size - CHUNK) // 2
    rows, _ = network.corner_rows((grid.coordinates(start, start + CHUNK) + 1) / 2)
    features = network.table.shape[1]
    entries = (rows[:, :, None] * features + torch.arange(features)[:, None]).flatten()
    table = network.table.detach().flatten()

    def once() -> None:
        for _ in range(REPEATS):
            table.index_select(0, entries)

    return Operation("gather", once, REPEATS * entries.numel(), 3 * grid.size / CHUNK / REPEATS)
