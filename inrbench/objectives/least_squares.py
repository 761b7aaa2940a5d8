"""Least squares (LS)."""

from __future__ import annotations

import torch

from inrbench.objectives.quadratic import Quadratic


class LeastSquares(Quadratic):
    """l(x) = 1/2 ||A x - y||^2, or 1/2 <r, w r> where the scan carries statistical weights w.

    Its gradient in the image is A' (A x - y).
    """

    def weigh(self, residual: torch.Tensor) -> torch.Tensor:
        """r, or w r."""
        return residual if self.scan.weights is None else self.scan.weights * residual
