"""The contract of a method: scan and grid in, an image in the data's unit out."""

from __future__ import annotations

import torch

from inrbench import projectors
from inrbench.datasets.case import Case
from inrbench.testing.cases import in_unit
from inrbench.testing.cells import CellContract
from inrbench.testing.expect import expect, expect_finite

# A power of two, so that a change of the unit rounds nothing.
UNIT = 0.125


class MethodContract(CellContract):
    """Inherit, and set `name` and (small) `parameters`."""

    kind = "method"

    def test_image_has_the_shape_of_the_grid(self) -> None:
        """A finite float32 image of the grid's shape, and the monitor is told every step."""
        case = self.case()
        image, rows = self.run(case)
        expect(
            isinstance(image, torch.Tensor) and image.dtype == torch.float32,
            f"reconstruct gave {getattr(image, 'dtype', type(image).__name__)}: expected a tensor "
            "of torch.float32",
        )
        expect(
            tuple(image.shape) == case.grid.shape,
            f"reconstruct gave an image of shape {tuple(image.shape)}: expected grid.shape = "
            f"{case.grid.shape}",
        )
        expect_finite(image, "the image")
        expect(not image.requires_grad, "the image requires a gradient: return image.detach()")
        expect(
            bool(rows),
            "the monitor was told no step: call monitor.start(iterations, projector) after the "
            "set-up and monitor.step(k, value, lambda: image) after iteration k",
        )
        steps = [row["iteration"] for row in rows]
        expect(
            steps == sorted(set(steps)) and steps[0] > 0 and steps[-1] <= self.told,
            f"the monitor was told of {self.told} iterations at the start, and then of {steps[0]} "
            f"to {steps[-1]}: monitor.start takes how many there are, monitor.step the number of "
            "the one that has ended, from 1 on; seconds an iteration are divided by it",
        )

    def test_a_tiny_fit_lowers_the_objective(self) -> None:
        """||A x - y|| < ||y||: the image is nearer to the data than an empty one."""
        case = self.case()
        image, _ = self.run(case)
        residual = _residual(case, image)
        expect(
            residual < 1,
            f"||A x - y|| is {residual:.3g} times ||y||, so that an empty image would explain the "
            "data better; the unit of the image is 1/mm, as that of `scale` (not HU, 1/cm or a "
            "pixel's)",
        )

    def test_another_unit_of_length_gives_the_image_in_that_unit(self) -> None:
        """The same scan with its lengths in another unit gives the same image in that unit."""
        case = self.case()
        image, _ = self.run(case)
        other, _ = self.run(in_unit(case, UNIT))
        distance = float((UNIT * other - image).norm() / image.norm())
        expect(
            distance < 1e-2,
            f"with all lengths in another unit (times {UNIT}) the image, back in 1/mm, differs "
            f"by {distance:.2g} of its norm: attenuation goes with 1/length; measure lengths by "
            "grid.spacing and attenuation by scale, never by a number of your own",
        )

    def test_scan_is_left_as_it_was(self) -> None:
        """The sinogram has the same bits afterwards."""
        case = self.case()
        before = case.scan.sinogram.clone()
        self.run(case)
        expect(
            torch.equal(case.scan.sinogram, before),
            "the sinogram was changed: work on scan.sinogram.clone()",
        )


def _residual(case: Case, image: torch.Tensor) -> float:
    projector = projectors.make(case.scan.geometry, case.grid)
    y = case.scan.sinogram
    return float((projector.forward(image) - y).norm() / y.norm())
