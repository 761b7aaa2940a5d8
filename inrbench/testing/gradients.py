"""The contract of a gradient mode: an estimate g of G = J(theta)' v, added into `.grad`.

A mode is unbiased, E[g] = G, unless its class says `approximate`, the largest |E[g] - G| / |G|: a
number in [0, 1), to which it is held.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import gradients, objectives
from inrbench.testing.expect import expect, expect_close, expect_finite
from inrbench.testing.problem import flat_gradient, small_network, small_problem

ESTIMATES = 200


class GradientContract:
    """Inherit, and set `name` and `parameters`."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}
    said = ""
    """What the last test measured, which `inrbench check` prints."""

    @property
    def bound(self) -> float:
        """`approximate` of the mode, or 0."""
        bound = getattr(gradients.make(self.name, **self.parameters), "approximate", 0.0)
        expect(
            isinstance(bound, float | int) and 0 <= bound < 1,
            f"approximate = {bound!r}: expected the largest |E[g] - G| / |G| of the mode, from 0 "
            "to below 1; leave it out for an unbiased one",
        )
        return bound

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
        """The value is l(A f(X)), whatever is sampled; of an approximate mode within its bound."""
        bound = self.bound
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
                value,
                wanted,
                "backward returned another value than l(A f(X)) of the whole image",
                *((bound, 0) if bound else ()),
            )

    def test_mean_over_seeds_is_the_gradient(self) -> None:
        """The mean of 200 estimates, along the true gradient, is within 4 standard errors of it.

        (A right implementation fails this with a probability below 1e-4, and the seeds are
        fixed.) A mode whose estimates do not depend on the seed gives the gradient itself each
        time, to float accuracy. One that is `approximate` may be off by its bound, any way.
        """
        bound = self.bound
        _, truth = self.reference()
        norm = float(truth.norm())
        first = self.estimate(0)[1]
        if torch.equal(first, self.estimate(1)[1]):
            error = float((first - truth).norm()) / norm
            ratio = float(torch.dot(first, truth)) / norm**2
            self.said = f"estimate / exact = {ratio:.6g} for every seed, off by {error:.2g} of |G|"
            expect(
                error < max(bound, 1e-5),
                f"every seed gives the same gradient, and it is off by {error:.2g} of the norm "
                f"of autograd's, where {max(bound, 1e-5):g} is allowed: an estimate must draw "
                "from the generator, and a mode that draws nothing must be exact, or say by the "
                "attribute `approximate` how far off it may be",
            )
            return
        found = torch.stack([self.estimate(seed)[1] for seed in range(ESTIMATES)]).double()
        along = found @ truth.double() / norm**2
        mean, error = float(along.mean()), float(along.std() / ESTIMATES**0.5)
        self.said = f"estimate / exact = {mean:.4g} ± {error:.2g}, over {ESTIMATES} estimates"
        if not bound:
            expect(
                abs(mean - 1) < max(4 * error, 1e-5),
                f"the mean of {ESTIMATES} estimates is {mean:.3g} ± {error:.2g} times the "
                "gradient of autograd: weigh what is drawn by 1 / (probability of drawing it), or "
                "say by the attribute `approximate` how far off it may be",
            )
            return
        off = float((found.mean(0) - truth).norm()) / norm
        noise = float((found.var(0).sum() / ESTIMATES).sqrt()) / norm
        expect(
            off < bound + 4 * noise,
            f"the mean of {ESTIMATES} estimates is off by {off:.3g} ± {noise:.2g} of |G|, where "
            f"the mode declares approximate = {bound:g}: mend the estimate, or raise the bound",
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
