"""The contract of an objective: a value, and its gradient in the image in closed form."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import objectives
from inrbench.errors import Unsupported
from inrbench.objectives import Objective
from inrbench.scan import Scan
from inrbench.testing.expect import expect, expect_close, expect_finite, same_bits
from inrbench.testing.problem import SCALE, parallel_beam, small_problem


class ObjectiveContract:
    """Inherit, and set `name` and `parameters`."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}

    def problems(self) -> list[tuple[Objective, torch.Tensor]]:
        """The objective under test for a fan and a parallel beam, each with an image."""
        generator = torch.Generator().manual_seed(0)
        found = []
        for geometry in (None, parallel_beam()):
            grid, scan, projector = small_problem(geometry)
            objective = objectives.make(self.name, scan, projector, **self.parameters)
            found.append((objective, SCALE * torch.rand(grid.shape, generator=generator)))
        return found

    def test_closed_form_gradient_agrees_with_autograd(self) -> None:
        """`value_and_gradient` gives `value` and its derivative, to 1e-4 of the largest entry."""
        for objective, image in self.problems():
            leaf = image.clone().requires_grad_()
            value = objective.value(leaf)
            expect(
                value.shape == () and value.requires_grad,
                f"value(image) gave a tensor of shape {tuple(value.shape)}: expected a scalar "
                "that can be differentiated by the image",
            )
            expect_finite(value, "value(image)")
            value.backward()
            closed, v = objective.value_and_gradient(image)
            expect(
                v.shape == image.shape,
                f"value_and_gradient gave a gradient of shape {tuple(v.shape)}: expected that of "
                f"the image, {tuple(image.shape)}",
            )
            expect_finite(v, "the gradient of value_and_gradient")
            expect_close(
                closed,
                value.detach(),
                "value_and_gradient gives another value than value does",
            )
            largest = float(leaf.grad.abs().max())
            expect_close(
                v,
                leaf.grad,
                "the gradient of value_and_gradient is not the derivative of value",
                rtol=0,
                atol=1e-4 * largest,
            )
            expect(
                not v.requires_grad and not closed.requires_grad,
                "value_and_gradient keeps a graph: write @torch.no_grad() before it",
            )

    def test_equal_images_give_equal_values(self) -> None:
        """Two calls give the same value and gradient bit for bit, and leave the image alone."""
        for objective, image in self.problems():
            before = image.clone()
            first, again = (objective.value_and_gradient(image) for _ in range(2))
            expect(torch.equal(image, before), "the image was changed: work on a copy")
            expect(
                same_bits(first, again),
                "two calls with the same image gave different numbers: an objective draws nothing",
            )

    def test_weights_are_used_or_refused(self) -> None:
        """Rays of statistical weight 0 change nothing, or a scan with weights is refused."""
        grid, scan, projector = small_problem()
        weights = torch.ones_like(scan.sinogram)
        weights[0] = 0
        image = SCALE * torch.rand(grid.shape, generator=torch.Generator().manual_seed(0))
        found = []
        for wrong in (0.0, 5.0):
            sinogram = scan.sinogram.clone()
            sinogram[0] += wrong
            weighted = Scan(sinogram, scan.geometry, weights)
            try:
                objective = objectives.make(self.name, weighted, projector, **self.parameters)
            except Unsupported:
                return
            found.append(objective.value_and_gradient(image))
        (value, v), (other, v_other) = found
        expect(
            bool(torch.isclose(value, other)) and bool(torch.allclose(v, v_other)),
            f"a view of weight 0 changes the value from {float(value):.4g} to {float(other):.4g}: "
            "multiply the residual by scan.weights, or refuse them by "
            "scan.refuse_weights(name) when the objective is made",
        )

    def test_gradient_descends(self) -> None:
        """A small step along -v lowers the value."""
        for objective, image in self.problems():
            value, v = objective.value_and_gradient(image)
            step = 1e-3 * image.norm() / v.norm()
            expect(
                bool(objective.value(image - step * v) < value),
                "a small step against the gradient raises the value: look at its sign",
            )


class DataTermContract(ObjectiveContract):
    """An objective that judges the image by the data alone, without a penalty."""

    def test_value_is_positive_and_zero_where_the_data_is_explained(self) -> None:
        """l >= 0, l = 0 and v = 0 at an image with A x = y."""
        for objective, image in self.problems():
            expect(bool(objective.value(image) > 0), "a random image has no value above 0")
            scan = Scan(objective.projector.forward(image), objective.scan.geometry)
            exact = objectives.make(self.name, scan, objective.projector, **self.parameters)
            value, v = exact.value_and_gradient(image)
            expect(
                float(value) == 0 and float(v.abs().max()) == 0,
                f"an image that explains the data has the value {float(value):.3g}: expected 0",
            )
