"""The contract of an objective: a value, and its gradient in the image in closed form."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import objectives
from inrbench.objectives import Objective
from inrbench.scan import Scan
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
            value.backward()
            closed, v = objective.value_and_gradient(image)
            torch.testing.assert_close(closed, value.detach())
            assert v.shape == image.shape
            largest = float(leaf.grad.abs().max())
            torch.testing.assert_close(v, leaf.grad, rtol=0, atol=1e-4 * largest)
            assert not v.requires_grad

    def test_value_is_positive_and_zero_where_the_data_is_explained(self) -> None:
        """l >= 0, l = 0 and v = 0 at an image with A x = y."""
        for objective, image in self.problems():
            assert objective.value(image) > 0
            scan = Scan(objective.projector.forward(image), objective.scan.geometry)
            exact = objectives.make(self.name, scan, objective.projector, **self.parameters)
            value, v = exact.value_and_gradient(image)
            assert float(value) == 0
            assert float(v.abs().max()) == 0

    def test_gradient_descends(self) -> None:
        """A small step along -v lowers the value."""
        for objective, image in self.problems():
            value, v = objective.value_and_gradient(image)
            step = 1e-3 * image.norm() / v.norm()
            assert objective.value(image - step * v) < value
