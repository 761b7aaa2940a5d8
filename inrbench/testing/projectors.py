"""The contract of a projector: exact adjoints, differentiable, and the right way round."""

from __future__ import annotations

import itertools
from typing import ClassVar

import numpy as np
import torch

from inrbench.geometry import Geometry
from inrbench.grid import Grid
from inrbench.phantoms import ellipsoids
from inrbench.phantoms.ellipses import ClippedEllipse, line_integrals, rasterise
from inrbench.phantoms.ellipsoids import Ellipsoid
from inrbench.projectors.base import Projector
from inrbench.testing.problem import cone_beam, cone_vectors, fan_beam, parallel_beam

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

    # A grid of another length along each axis, and one fine enough for `discretisation`.
    grid: ClassVar[Grid] = Grid((18, 22), 4.0)
    fine: ClassVar[Grid] = Grid((256, 256), 80 / 256)

    def make(self, geometry: Geometry, grid: Grid) -> Projector:
        """The projector under test."""
        raise AssertionError("a subclass says how its projector is made")

    def beams(self) -> list[Geometry]:
        """The geometries that are tested."""
        return [fan_beam(), parallel_beam()]

    def phantom(self, geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
        """An object without symmetry: its raster on the fine grid and its line integrals."""
        return rasterise(ASYMMETRIC, self.fine), line_integrals(ASYMMETRIC, geometry)

    def _random(self, shape: tuple[int, ...], seed: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(shape, generator=generator).to(self.device)

    def test_adjoint_identity(self) -> None:
        """<A x, y> = <x, A' y>."""
        for geometry in self.beams():
            projector = self.make(geometry, self.grid)
            x, y = self._random(self.grid.shape, 0), self._random(geometry.sinogram_shape, 1)
            left = torch.sum(projector.forward(x).double() * y)
            right = torch.sum(x.double() * projector.adjoint(y))
            assert abs(float(left / right) - 1) < self.adjoint_tolerance

    def test_derivative_of_the_forward_is_the_adjoint_and_back(self) -> None:
        """grad_x <A x, y> = A' y and grad_y <A' y, x> = A x."""
        for geometry in self.beams():
            projector = self.make(geometry, self.grid)
            x = self._random(self.grid.shape, 0).requires_grad_()
            y = self._random(geometry.sinogram_shape, 1).requires_grad_()
            (gradient,) = torch.autograd.grad(torch.sum(projector.forward(x) * y.detach()), x)
            torch.testing.assert_close(gradient, projector.adjoint(y.detach()))
            (gradient,) = torch.autograd.grad(torch.sum(projector.adjoint(y) * x.detach()), y)
            torch.testing.assert_close(gradient, projector.forward(x.detach()))

    def test_orientation_sign_and_unit_against_closed_form_integrals(self) -> None:
        """A of an asymmetric raster equals its line integrals, and no mirror image of it does."""
        for geometry in self.beams():
            projector = self.make(geometry, self.fine)
            raster, exact = self.phantom(geometry)
            image = torch.as_tensor(raster).to(self.device)

            def distance(x: torch.Tensor, projector=projector, exact=exact) -> float:
                computed = projector.forward(x).cpu().numpy()
                return float(np.linalg.norm(computed - exact) / np.linalg.norm(exact))

            assert distance(image) < self.discretisation
            axes = range(image.ndim)
            mirrored = [image.flip(k) for k in axes]
            mirrored += [image.transpose(*pair) for pair in itertools.combinations(axes, 2)]
            mirrored += [image.rot90(1, pair) for pair in itertools.combinations(axes, 2)]
            for other in (*mirrored, -image):
                assert distance(other.contiguous()) > 5 * self.discretisation

    def test_wrong_shapes_are_refused(self) -> None:
        """A transposed image or sinogram raises `ValueError` naming both shapes."""
        geometry = self.beams()[0]
        projector = self.make(geometry, self.grid)
        for call, shape in (
            (projector.forward, self.grid.shape[::-1]),
            (projector.adjoint, geometry.sinogram_shape[::-1]),
        ):
            try:
                call(torch.zeros(shape, device=self.device))
            except ValueError as error:
                assert str(shape) in str(error)
            else:
                raise AssertionError(f"{call.__name__} took an array of shape {shape}")

    def test_arrays_that_are_not_contiguous_are_read_right(self) -> None:
        """A of a view into a larger array is A of its copy, and A' likewise."""
        geometry = self.beams()[0]
        projector = self.make(geometry, self.grid)
        for call, shape in (
            (projector.forward, self.grid.shape),
            (projector.adjoint, geometry.sinogram_shape),
        ):
            view = self._random((*shape, 2), 2)[..., 1]
            torch.testing.assert_close(call(view), call(view.contiguous()))


class ConeProjectorContract(ProjectorContract):
    """The same for cone beams: a circular orbit, and one that only vectors describe."""

    discretisation: ClassVar[float] = 0.02
    grid: ClassVar[Grid] = Grid((18, 22, 26), 3.0)
    fine: ClassVar[Grid] = Grid((128, 128, 128), 80 / 128)

    def beams(self) -> list[Geometry]:
        """The geometries that are tested."""
        return [cone_beam(), cone_vectors()]

    def phantom(self, geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
        """An object without symmetry: its raster on the fine grid and its line integrals."""
        return (
            ellipsoids.rasterise(ASYMMETRIC_3D, self.fine),
            ellipsoids.line_integrals(ASYMMETRIC_3D, geometry),
        )
