"""The contract of a gradient mode: an estimate of J(theta)' v, added into `.grad`."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import gradients, objectives
from inrbench.testing.expect import expect, expect_close, expect_finite
from inrbench.testing.problem import flat_gradient, small_network, small_problem


class GradientContract:
    """Inherit, and set `name` and `parameters`."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}

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
            value, gradient = self.estimate(objective_name=objective)
            wanted = self.reference(objective)[0]
            expect(
                isinstance(value, torch.Tensor) and value.shape == () and not value.requires_grad,
                "backward returned something else than a detached scalar: return the value of "
                "the objective at the whole image",
            )
            expect_finite(value, "the value")
            expect_finite(gradient, "the gradient")
            expect_close(
                value, wanted, "backward returned another value than l(A f(X)) of the whole image"
            )

    def test_mean_over_seeds_is_the_gradient(self) -> None:
        """The mean of 200 estimates, along the true gradient, is within 4 standard errors of it.

        (A right implementation fails this with a probability below 1e-4, and the seeds are
        fixed.) A mode whose estimates do not depend on the seed gives the gradient itself each
        time, to float accuracy.
        """
        _, truth = self.reference()
        first = self.estimate(0)[1]
        if torch.equal(first, self.estimate(1)[1]):
            error = float((first - truth).norm() / truth.norm())
            expect(
                error < 1e-5,
                f"every seed gives the same gradient, and it is off by {error:.2g} of the norm "
                "of autograd's: an estimate must draw from the generator, and a mode that draws "
                "nothing must be exact",
            )
            return
        along = torch.stack(
            [torch.dot(self.estimate(seed)[1], truth) / torch.dot(truth, truth)
             for seed in range(200)]
        ).double()  # fmt: skip
        mean, error = float(along.mean()), float(along.std() / 200**0.5)
        expect(
            abs(mean - 1) < max(4 * error, 1e-5),
            f"the mean of 200 estimates is {mean:.3g} ± {error:.2g} times the gradient of "
            "autograd: weigh what is drawn by 1 / (probability of drawing it)",
        )

    def test_gradient_adds_to_what_is_there(self) -> None:
        """Two calls leave the sum of two estimates, as `.backward()` of torch does."""
        grid, scan, projector = small_problem()
        objective = objectives.make("least_squares", scan, projector)
        network = small_network(grid)
        mode = gradients.make(self.name, **self.parameters)
        for _ in range(2):
            mode.backward(network, grid, objective, torch.Generator().manual_seed(0))
        expect_close(
            flat_gradient(network),
            2 * self.estimate()[1],
            "two calls did not leave the sum of two gradients in .grad: add to it, as "
            ".backward() of torch does",
        )

    def test_generator_fixes_the_estimate(self) -> None:
        """Equal seeds give the same gradient bit for bit."""
        expect(
            torch.equal(self.estimate(seed=7)[1], self.estimate(seed=7)[1]),
            "two calls with the same seed gave different gradients: draw from the generator that "
            "backward is given",
        )
