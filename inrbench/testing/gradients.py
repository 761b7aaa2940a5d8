"""The contract of a gradient mode: an estimate of J(theta)' v, added into `.grad`."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import gradients, objectives
from inrbench.testing.problem import flat_gradient, small_network, small_problem


class GradientContract:
    """Inherit, and set `name`, `parameters`, and `exact` for one that makes no approximation."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}
    exact: ClassVar[bool] = False

    def estimate(self, seed: int = 0, objective_name: str = "least_squares"):
        """(value, gradient) of one call on a small problem."""
        grid, scan, projector = small_problem()
        objective = objectives.make(objective_name, scan, projector)
        network = small_network(grid)
        mode = gradients.make(self.name, **self.parameters)
        generator = torch.Generator().manual_seed(seed)
        value = mode.backward(network, grid, objective, generator)
        return value, flat_gradient(network)

    def reference(self, objective_name: str = "least_squares"):
        """(value, gradient) by automatic differentiation of the whole expression."""
        grid, scan, projector = small_problem()
        network = small_network(grid)
        image = network(grid.coordinates()).reshape(grid.shape)
        value = objectives.make(objective_name, scan, projector).value(image)
        value.backward()
        return value.detach(), flat_gradient(network)

    def test_value_is_the_objective_at_the_whole_image(self) -> None:
        """Whatever is sampled, the value is l(A f(X))."""
        for objective in ("least_squares", "filtered_least_squares"):
            value, _ = self.estimate(objective_name=objective)
            torch.testing.assert_close(value, self.reference(objective)[0])
            assert not value.requires_grad

    def test_mean_over_seeds_is_the_gradient(self) -> None:
        """Of 200 estimates, the mean along the true gradient lies within 4 standard errors.

        (A right implementation fails this with a probability below 1e-4, and the seeds are
        fixed.) An exact mode gives the gradient each time, to float accuracy.
        """
        _, truth = self.reference()
        if self.exact:
            _, gradient = self.estimate()
            assert float((gradient - truth).norm() / truth.norm()) < 1e-5
            return
        along = torch.stack(
            [torch.dot(self.estimate(seed)[1], truth) / torch.dot(truth, truth)
             for seed in range(200)]
        ).double()  # fmt: skip
        error = float(along.std() / 200**0.5)
        assert abs(float(along.mean()) - 1) < max(4 * error, 1e-5)

    def test_gradient_adds_to_what_is_there(self) -> None:
        """Two calls leave the sum of two estimates, as `.backward()` of torch does."""
        grid, scan, projector = small_problem()
        objective = objectives.make("least_squares", scan, projector)
        network = small_network(grid)
        mode = gradients.make(self.name, **self.parameters)
        for _ in range(2):
            mode.backward(network, grid, objective, torch.Generator().manual_seed(0))
        torch.testing.assert_close(flat_gradient(network), 2 * self.estimate()[1])

    def test_generator_fixes_the_estimate(self) -> None:
        """Equal seeds give the same gradient bit for bit."""
        assert torch.equal(self.estimate(seed=7)[1], self.estimate(seed=7)[1])
