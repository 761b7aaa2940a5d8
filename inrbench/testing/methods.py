"""The contract of a method: scan and grid in, an image in the data's unit out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from inrbench import methods, projectors
from inrbench.datasets.case import Case
from inrbench.errors import Unsupported
from inrbench.meters.clock import Clock
from inrbench.run.monitor import TruthMonitor
from inrbench.testing.cases import in_unit
from inrbench.testing.cells import CellContract
from inrbench.testing.expect import expect, expect_finite

# Of its norm, by which an image may differ from itself computed again.
SAME = 1e-5
# Of ||A x - y|| at the first step, below which it counts as fallen.
FALLEN = 0.9
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

    def test_the_image_returned_is_the_one_shown_last(self) -> None:
        """What is returned is the image that the monitor could see after the last step."""
        image, seen = self._seen(self.case())
        distance = float((image - seen[-1].image).norm() / image.norm())
        expect(
            distance < SAME,
            f"the image returned differs from the one shown after the last step by {distance:.2g} "
            "of its norm: curves would end at another image than tables have; call monitor.step "
            "after the last change, with what is returned",
        )

    def test_the_value_belongs_to_the_image(self) -> None:
        """As ||A x - y|| of the images shown falls, so does the value; and where it is a multiple
        of ||A x - y||^2, it is that of the image shown or of the one before."""
        case = self.case()
        told = [(one.value, _residual(case, one.image))
                for one in self._seen(case)[1] if one.value is not None]  # fmt: skip
        if len(told) < 2:
            return
        values, residuals = np.array(told).T
        expect(
            residuals[-1] > FALLEN * residuals[0] or values[-1] < values[0],
            f"||A x - y|| of the images shown fell to {residuals[-1] / residuals[0]:.2g} of what "
            f"it was, while the value went from {values[0]:.3g} to {values[-1]:.3g}: give "
            "monitor.step the objective at the image beside it, or None",
        )
        behind = _behind(values, residuals**2)
        expect(
            behind < 2,
            f"the value told with an image is that of the image {behind} steps before: give "
            "monitor.step the objective at the image beside it",
        )

    def test_weights_are_used_or_refused(self) -> None:
        """Rays of statistical weight 0 change nothing, or a scan with weights is refused."""
        case, images = self.case(), []
        weights = torch.ones_like(case.scan.sinogram)
        weights[0] = 0
        for wrong in (0.0, 1.0):
            sinogram = case.scan.sinogram.clone()
            sinogram[0] += wrong
            scan = replace(case.scan, sinogram=sinogram, weights=weights)
            try:
                images.append(self.run(replace(case, scan=scan))[0])
            except Unsupported:
                return
        distance = float((images[0] - images[1]).norm() / images[0].norm())
        expect(
            distance < 1e-3,
            f"a view of weight 0 changes the image by {distance:.2g} of its norm: use "
            "scan.weights, or refuse them by scan.refuse_weights(name) at the start",
        )

    def _seen(self, case: Case) -> tuple[torch.Tensor, list[Told]]:
        """(image, what the monitor could see of each step)."""
        monitor = Seeing(case.reference, Clock("cpu"), 1, lambda *_: None)
        made = methods.make(scale=case.scale, **self.method())
        generator = torch.Generator().manual_seed(0)
        return made.reconstruct(case.scan, case.grid, monitor, generator), monitor.steps

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


class Told(NamedTuple):
    """What a method told of a step."""

    value: float | None
    image: torch.Tensor


class Seeing(TruthMonitor):
    """A monitor that looks at every step's image, and keeps it."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.steps: list[Told] = []

    def step(
        self,
        iteration: int,
        value: torch.Tensor | None,
        image: Callable[[], torch.Tensor],
        residuals: Mapping[str, float] | None = None,
    ) -> None:
        """As a monitor does it."""
        told = None if value is None else float(value)
        self.steps.append(Told(told, image().detach().clone()))
        super().step(iteration, value, image, residuals)


def _behind(values: np.ndarray, squares: np.ndarray) -> int:
    """By how many steps the values lag behind squares of which they are a multiple; 0 where they
    are none."""
    for steps in range(len(values) - 2):
        ratio = values[steps:] / squares[: len(squares) - steps]
        if np.ptp(ratio) < 1e-3 * ratio.mean():
            return steps
    return 0


def _residual(case: Case, image: torch.Tensor) -> float:
    projector = projectors.make(case.scan.geometry, case.grid)
    y = case.scan.sinogram
    return float((projector.forward(image) - y).norm() / y.norm())
