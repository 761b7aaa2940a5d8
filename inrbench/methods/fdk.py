"""FDK: filtered back-projection for cone beams, by a library."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from inrbench import projectors
from inrbench.errors import Unsupported
from inrbench.grid import Grid
from inrbench.methods import Monitor
from inrbench.scan import Scan


@dataclass(frozen=True)
class FDK:
    """x(r) = sum_k dt_k R^2 / (2 L^2) (H q_k)(u(r, t_k), v(r, t_k)), H along the detector's rows.

    It is for a circular orbit about z, roughly, with the detector centred: views over part of
    a turn are refused, and a detector that is shifted to see half of the object gets no weights
    for that. q_k are the line integrals times the cosine of their angle with the central ray,
    R the distance from source to axis, L the depth of r as seen from the source. On a CPU it is
    RTK's, on CUDA diffct's, or RTK's on the CPU where diffct is missing; the record says which.

    Reference: L. A. Feldkamp, L. C. Davis, J. W. Kress, "Practical cone-beam algorithm", J. Opt.
    Soc. Am. A 1(6), 612-619, 1984.
    """

    def reconstruct(
        self, scan: Scan, grid: Grid, monitor: Monitor, generator: torch.Generator
    ) -> torch.Tensor:
        """The image in mm^-1, shape grid.shape; draws nothing from the generator.

        Raises:
            Unsupported: a scan in two dimensions, for which there is `fbp`; an orbit that is not a
                full turn about z; a scan with statistical weights; or no library at hand.
        """
        scan.refuse_weights("fdk")
        if grid.dimension != 3:
            raise Unsupported("fdk is for cone beams: in two dimensions use fbp")
        invert = projectors.fdk(scan.geometry, grid, scan.device)
        monitor.start(1, invert)
        image = invert(scan.sinogram)
        monitor.step(1, None, lambda: image)
        return image
