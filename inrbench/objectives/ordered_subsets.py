"""Ordered subsets: an objective in parts, each of which sees some of the views."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from inrbench import objectives, projectors
from inrbench.cells.subsets import subsets as checked
from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.objectives.quadratic import Objective
from inrbench.projectors.base import Projector
from inrbench.scan import Scan


@dataclass(frozen=True, eq=False)
class Subset:
    """l_s(x) = views / views_s * (the objective of the views s, s + n, s + 2n, ...).

    Args:
        objective: of these views alone.
        projector: A of these views.
        factor: views / views_s, so that each part estimates the whole.
    """

    objective: Objective
    projector: Projector
    factor: float

    def value(self, image: torch.Tensor) -> torch.Tensor:
        """l_s(x), a differentiable scalar."""
        return self.factor * self.objective.value(image)

    @torch.no_grad()
    def value_and_gradient(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """l_s(x) and dl_s/dx, of the shape of the image."""
        value, v = self.objective.value_and_gradient(image)
        return self.factor * value, v.mul_(self.factor)  # in place: an image less in memory


def parts(name: str, scan: Scan, grid: Grid, subsets: int, **parameters: Any) -> list[Subset]:
    """l = 1/n sum_s l_s for n equal subsets, in the order in which they are to be visited.

    One step of a solver for each part is one product with A and one with A' in all, as one step
    for the whole is. Neighbours in the order are far apart in angle: the order is that of the
    golden section, k (sqrt(5) - 1)/2 modulo 1 for k = 0, 1, ..., by rank.

    A filter along the detector, as that of filtered least squares, leaves views apart, so the
    parts of such an objective add up to it, too. Where n does not divide the number of views, some
    parts have one view more. Sinograms are not copied. The parts have sparse matrices where the
    whole would have one: theirs are as large together, and it is not made.

    Args:
        name: of a registered objective that is a sum over views.
        scan: the data y with its geometry.
        grid: reconstruction grid.
        subsets: n, from 1 to the number of views.
        parameters: the objective's own.

    Raises:
        ValueError: subsets out of range, or an unknown name or parameter.

    References: H. M. Hudson and R. S. Larkin, "Accelerated image reconstruction using ordered
    subsets of projection data", IEEE Trans. Med. Imag. 13(4), 601-609, 1994. T. Koehler, "A
    projection access scheme for iterative reconstruction based on the golden section", IEEE Nucl.
    Sci. Symp. 2004, vol. 6, 3961-3965.
    """
    views = len(scan.sinogram)
    checked({"subsets": subsets}, views)
    found = []
    for s in order(subsets):
        part = scan.subset(slice(s, None, subsets))
        projector = projectors.make(part.geometry, grid, scan.device, whole=scan.geometry)
        objective = objectives.make(name, part, projector, **parameters)
        found.append(Subset(objective, projector, views / len(part.sinogram)))
    return found


def joined(parts: list[Subset], geometry: Geometry) -> Projector:
    """A of all views from those of the parts: (A x)[s::n] = A_s x, A' y = sum_s A_s' y[s::n].

    Args:
        parts: as `parts` gives them, in their order.
        geometry: of all views.
    """
    n, first = len(parts), parts[0].projector
    mine = dict(zip(order(n), (part.projector for part in parts), strict=True))

    def apply(image: torch.Tensor) -> torch.Tensor:
        sinogram = image.new_empty(geometry.sinogram_shape)
        for s, projector in mine.items():
            sinogram[s::n] = projector.apply(image)
        return sinogram

    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        return sum(each.apply_adjoint(sinogram[s::n].contiguous()) for s, each in mine.items())

    return replace(
        first, geometry=geometry, bytes=sum(each.bytes for each in mine.values()),
        apply=apply, apply_adjoint=apply_adjoint, matrix=None,
    )  # fmt: skip


def order(subsets: int) -> list[int]:
    """The ranks of k (sqrt(5) - 1)/2 modulo 1, k = 0, ..., subsets - 1."""
    turns = np.arange(subsets) * (5**0.5 - 1) / 2 % 1
    return np.argsort(np.argsort(turns)).tolist()
