"""The contract of a projector: exact adjoints, differentiable, and the right way round."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch

from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.phantoms.ellipses import ClippedEllipse, line_integrals, rasterise
from inrbench.phantoms.ellipsoids import Ellipsoid
from inrbench.projectors.base import Projector
from inrbench.testing.problem import fan_beam, parallel_beam

# No symmetry maps it onto itself: a large ellipse off centre and a small dense one beside it.
ASYMMETRIC = [
    ClippedEllipse((6.0, -4.0), (24.0, 15.0), 0.5, 0.02),
    ClippedEllipse((-18.0, 22.0), (5.0, 8.0), -0.3, 0.05),
]
# The same in three dimensions, within 40 mm of the origin: none of the cube's symmetries maps it
# onto itself.
ASYMMETRIC_3D = [
    Ellipsoid((6.0, -4.0, 5.0), (24.0, 15.0, 19.0), (0.5, 0.4, 0.2), 0.02),
    Ellipsoid((-18.0, 20.0, -9.0), (5.0, 8.0, 6.0), (-0.3, 0.6, 0.0), 0.05),
    Ellipsoid((10.0, 14.0, -22.0), (4.0, 7.0, 5.0), (0.0, 0.0, 0.8), 0.04),
]


class ProjectorContract:
    """Inherit, and give `make`; `device` and the tolerances where they differ."""

    device: ClassVar[str] = "cpu"
    # |<A x, y> / <x, A' y> - 1| that is allowed; 1e-5 for an exact adjoint in float32.
    adjoint_tolerance: ClassVar[float] = 1e-5
    # Relative l2 distance from closed-form integrals of a 256^2 raster: the discretisation error.
    discretisation: ClassVar[float] = 0.01

    def make(self, geometry: Geometry, grid: Grid) -> Projector:
        """The projector under test."""
        raise AssertionError("a subclass says how its projector is made")

    def beams(self) -> list[Geometry]:
        """The geometries that are tested."""
        return [fan_beam(), parallel_beam()]

    def _random(self, shape: tuple[int, ...], seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(shape, generator=generator).to(self.device)

    def test_adjoint_identity(self) -> None:
        """<A x, y> = <x, A' y>."""
        grid = Grid((18, 22), 4.0)
        for geometry in self.beams():
            projector = self.make(geometry, grid)
            x, y = self._random(grid.shape, 0), self._random(geometry.sinogram_shape, 1)
            left = torch.sum(projector.forward(x).double() * y)
            right = torch.sum(x.double() * projector.adjoint(y))
            assert abs(float(left / right) - 1) < self.adjoint_tolerance

    def test_derivative_of_the_forward_is_the_adjoint_and_back(self) -> None:
        """grad_x <A x, y> = A' y and grad_y <A' y, x> = A x."""
        grid = Grid((18, 22), 4.0)
        for geometry in self.beams():
            projector = self.make(geometry, grid)
            x = self._random(grid.shape, 0).requires_grad_()
            y = self._random(geometry.sinogram_shape, 1).requires_grad_()
            (gradient,) = torch.autograd.grad(torch.sum(projector.forward(x) * y.detach()), x)
            torch.testing.assert_close(gradient, projector.adjoint(y.detach()))
            (gradient,) = torch.autograd.grad(torch.sum(projector.adjoint(y) * x.detach()), y)
            torch.testing.assert_close(gradient, projector.forward(x.detach()))

    def test_orientation_sign_and_unit_against_closed_form_integrals(self) -> None:
        """A of an asymmetric raster equals its line integrals, and no mirror image of it does."""
        grid = Grid((256, 256), 80 / 256)
        image = torch.as_tensor(rasterise(ASYMMETRIC, grid)).to(self.device)
        for geometry in self.beams():
            projector = self.make(geometry, grid)
            exact = line_integrals(ASYMMETRIC, geometry)

            def distance(x: torch.Tensor, projector=projector, exact=exact) -> float:
                computed = projector.forward(x).cpu().numpy()
                return float(np.linalg.norm(computed - exact) / np.linalg.norm(exact))

            assert distance(image) < self.discretisation
            for mirrored in (image.flip(0), image.flip(1), image.T, image.rot90(1), -image):
                assert distance(mirrored.contiguous()) > 10 * self.discretisation

    def test_wrong_shapes_are_refused(self) -> None:
        """A transposed image or sinogram raises `ValueError` naming both shapes."""
        grid = Grid((18, 22), 4.0)
        projector = self.make(fan_beam(), grid)
        for call, shape in ((projector.forward, (22, 18)), (projector.adjoint, (40, 17))):
            try:
                call(torch.zeros(shape, device=self.device))
            except ValueError as error:
                assert str(shape) in str(error)
            else:
                raise AssertionError(f"{call.__name__} took an array of shape {shape}")
