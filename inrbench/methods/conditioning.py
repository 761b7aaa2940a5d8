"""How well conditioned the training of a network's last layer is before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from inrbench import networks, projectors
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.networks.rasterise import rasterise
from inrbench.objectives import spectrum as conditioning
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


@dataclass(frozen=True)
class Conditioning:
    """Nothing is trained: the image is that of the initial weights, and its MSE says nothing.

    The condition numbers of LS and FLS at these weights, with the last layer's numbers as the
    unknowns, go to the monitor as notes, a row each, off the clock (see `conditioning`). A feature
    that is zero at every grid point (a rectifier that never opens) gives both Gram matrices a row
    of zeros and its weight no gradient; such columns are counted as `dead` and left out. All is
    computed on the CPU; neither the data nor the scale, a common factor, matter. The memory
    readings of such a cell include the measurement; its tensor peak does not.

    Args:
        scale: factor of the network's output in mm^-1, the data set's typical attenuation.
        network: {"name": registered name, **its parameters}.
    """

    scale: float
    network: dict[str, Any]

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The untrained image in mm^-1, shape grid.shape; the generator's seed draws the weights.

        Raises:
            Unsupported: a scan with statistical weights, which FLS does not have; three
                dimensions, for there is no matrix.
        """
        scan.refuse_weights("conditioning")
        seed = generator.initial_seed()
        network = networks.make(grid=grid, scale=self.scale, seed=seed, **self.network)
        projector = projectors.make(scan.geometry, grid, "cpu")
        monitor.start(1, projector)
        image = rasterise(network, grid).to(scan.device)
        monitor.step(1, None, lambda: image)
        monitor.note(lambda: self.notes(network, grid, projector))
        return image

    def notes(
        self, network: torch.nn.Module, grid: Grid, projector: Projector
    ) -> Iterator[dict[str, Any]]:
        """A row an objective: its name, dead, and the fields of `conditioning.Spectrum`."""
        phi = conditioning.features(network, grid)
        alive = (phi != 0).any(dim=0)
        dead = len(alive) - int(alive.sum())
        for name, spectrum in conditioning.last_layer_spectra(phi[:, alive], projector).items():
            yield {"objective": name, "dead": dead, **spectrum.row()}
