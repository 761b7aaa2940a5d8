"""Bytes of sinogram size, beside the scan's own, that objectives and projectors hold; part of
`memory_model`.

To enter another objective, write its function of the sinogram's shape and put it into `MODELS`.
Without torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inrbench.memory.network_model import FLOAT


@dataclass(frozen=True)
class Sinograms:
    """Bytes of sinogram size, the scan's own left out.

    Args:
        closed: most at once before the adjoint of a gradient in closed form.
        graph: most at once with a graph, forward or backward.
        projected: while the adjoint runs.
    """

    closed: int
    graph: int
    projected: int


def least_squares(sinogram_shape: Sequence[int]) -> Sinograms:
    """Residual and its square, 4 M each, then the residual; with a graph, a gradient more."""
    size = FLOAT * math.prod(sinogram_shape)
    return Sinograms(closed=2 * size, graph=3 * size, projected=size)


def filtered_least_squares(sinogram_shape: Sequence[int]) -> Sinograms:
    """The residual and, in 4 Q bytes padded, two half spectra; backward of the FFT takes six.

    The filtered residual is a part of its padded self, and is copied to be projected.
    """
    *others, columns = sinogram_shape
    size = FLOAT * math.prod(sinogram_shape)
    padded = FLOAT * math.prod(others) * 2 ** math.ceil(math.log2(2 * columns))
    return Sinograms(size + 2 * padded, size + 6 * padded, projected=2 * size + padded)


MODELS: dict[str, Callable[..., Sinograms]] = {
    "least_squares": least_squares,
    "filtered_least_squares": filtered_least_squares,
}


def workspace(objective: str, sinogram_shape: Sequence[int], device: str) -> int:
    """Bytes of tensors that a projector makes beside its result while it back-projects.

    Of the back ends that `projectors.make` takes first: in 2D, and by RTK, none. ASTRA on a GPU
    keeps a cone beam's views between rows and columns, so that a sinogram is turned by a copy;
    that of FLS is copied in any case (above), and a projection's turned self is no more than the
    two sinograms of a residual. diffct, the second choice there, has none.
    """
    turned = len(sinogram_shape) == 3 and device == "cuda" and objective == "least_squares"
    return FLOAT * math.prod(sinogram_shape) if turned else 0
