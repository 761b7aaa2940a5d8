"""Filtered least squares (FLS)."""

from __future__ import annotations

import torch

from inrbench import ramp
from inrbench.errors import Unsupported
from inrbench.objectives.quadratic import Quadratic
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


class FilteredLeastSquares(Quadratic):
    """l(x) = 1/2 <A x - y, H (A x - y)> with H the ramp filter of each view.

    Its gradient in the image is A' H (A x - y): a filtered back-projection of the residual, which
    is why it conditions the problem better than least squares.

    Args:
        scan: the data y with its geometry.
        projector: A, made for the same geometry.

    Raises:
        Unsupported: a scan with statistical weights, since diag(w) H is not symmetric.
        ValueError: shapes that disagree.

    Reference: M. Najaf and G. Ongie, "Accelerated optimization of implicit neural representations
    for CT reconstruction", ISBI 2025, arXiv:2504.13390.
    """

    def __init__(self, scan: Scan, projector: Projector) -> None:
        if scan.weights is not None:
            raise Unsupported(
                "filtered_least_squares takes no statistical weights (diag(w) H is not "
                "symmetric): use least_squares or drop the scan's weights"
            )
        super().__init__(scan, projector)

    def weigh(self, residual: torch.Tensor) -> torch.Tensor:
        """H r."""
        return ramp.apply(residual, self.scan.geometry.detector_spacing)
