"""Conditioning of a problem in which only the last layer is trained: x = Phi w.

    G = Phi' A' W A Phi,    cond G = (s_1 / s_k)^2,    s_1 >= ... >= s_k of W^(1/2) A Phi

with W = 1 for LS and W = H for FLS, and Phi the last layer's features, a column for each of its k
numbers. It is taken from the singular values, since G itself has no digit left for a condition
number beyond 1e16.

All is computed in double precision from the float32 numbers of the network and of the projector's
matrix, taken as they are: these are the network and the A that methods train with. Had its
entries been rounded otherwise, A Phi w would change by some 1e-7 |A| |Phi w|, little where Phi w
is little; products in float32 would change it by 1e-7 s_1 |w|, and small s_k would be noise.

Reference: M. Najaf and G. Ongie, "Accelerated optimization of implicit neural representations for
CT reconstruction", ISBI 2025, arXiv:2504.13390.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

from inrbench import ramp
from inrbench.errors import Unsupported
from inrbench.grid import Grid
from inrbench.networks.last_layer import last_layer_features
from inrbench.projectors.base import Projector

# W^(1/2) p, or what has its norm, by objective; p is a sinogram and the second its spacing.
ROOTS: dict[str, Callable[[torch.Tensor, float], torch.Tensor]] = {
    "least_squares": lambda sinogram, spacing: sinogram,
    "filtered_least_squares": ramp.root,
}
# Points at a time, for their activations' sake.
CHUNK = 16384


@dataclass(frozen=True)
class Spectrum:
    """Of the singular values s_1 >= ... >= s_k of W^(1/2) A Phi, for m rays.

    Args:
        columns: k.
        rank: how many exceed `floor`.
        sigma_max: s_1.
        sigma_min: s_k.
        sigma_rank: the least above the floor.
        floor: s_1 max(m, k) 2^-52, below which a computed value is rounding; m is the number of
            rays for every objective.
    """

    columns: int
    rank: int
    sigma_max: float
    sigma_min: float
    sigma_rank: float
    floor: float

    @property
    def resolved(self) -> bool:
        """Whether all values exceed the floor."""
        return self.rank == self.columns

    @property
    def condition(self) -> float:
        """(s_1 / s_k)^2; where s_k is not resolved (s_1 / floor)^2, a lower bound."""
        return (self.sigma_max / max(self.sigma_min, self.floor)) ** 2

    @property
    def range_condition(self) -> float:
        """(s_1 / s_rank)^2, of G on its range as far as that is resolved: gradient descent never
        moves w along the other directions, and the image hardly hangs on them."""
        return (self.sigma_max / self.sigma_rank) ** 2

    def row(self) -> dict[str, float]:
        """As columns of a table."""
        return asdict(self) | {
            "resolved": self.resolved,
            "condition": self.condition,
            "range_condition": self.range_condition,
        }


def spectrum(matrix: torch.Tensor, rays: int) -> Spectrum:
    """The singular values of a float64 matrix, those of the triangle of its QR decomposition.

    The matrix has more rows than there are rays where the root of W is padded, as that of H is,
    which changes no singular value: the floor goes by the rays.

    Raises:
        ValueError: a matrix of zeros, or without a column.
    """
    values = torch.linalg.svdvals(torch.linalg.qr(matrix, mode="r")[1])
    largest = float(values[0]) if len(values) else 0.0
    if not largest > 0:
        raise ValueError(f"a matrix of shape {tuple(matrix.shape)} without a number other than 0")
    floor = largest * max(rays, matrix.shape[1]) * torch.finfo(matrix.dtype).eps
    above = values[values > floor]
    least = float(values[-1]) if len(values) == matrix.shape[1] else 0.0
    return Spectrum(matrix.shape[1], len(above), largest, least, float(above[-1]), floor)


def features(network: torch.nn.Module, grid: Grid) -> torch.Tensor:
    """Phi in double precision, shape (n, k), see `last_layer_features`; turns the network into a
    float64 one."""
    network.double()
    starts = range(0, grid.size, CHUNK)
    points = (grid.coordinates(start, min(start + CHUNK, grid.size)) for start in starts)
    return torch.cat([last_layer_features(network, some.double()) for some in points])


def last_layer_spectra(phi: torch.Tensor, projector: Projector) -> dict[str, Spectrum]:
    """Objective -> the spectrum of W^(1/2) A Phi.

    Args:
        phi: Phi in double precision, shape (n, k), without columns of zeros.
        projector: of the grid that phi was made on.

    Raises:
        Unsupported: a projector without a matrix, which cannot be had in double precision.
    """
    if projector.matrix is None:
        raise Unsupported(
            f"conditioning needs the projector's matrix, and {projector.backend} keeps none: "
            "take a data set in two dimensions, smaller if need be"
        )
    projected = projector.matrix.double() @ phi
    geometry = projector.geometry
    sinograms = projected.T.reshape(-1, *geometry.sinogram_shape)
    return {
        name: spectrum(root(sinograms, geometry.detector_spacing).flatten(1).T, projected.shape[0])
        for name, root in ROOTS.items()
    }
