"""The contract of a network: (n, d) coordinates -> (n,) attenuation, point by point."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from inrbench import networks
from inrbench.grid import Grid
from inrbench.networks.rasterise import rasterise
from inrbench.testing.expect import expect, expect_close, expect_finite, same_bits


class NetworkContract:
    """Inherit, and set `name` and (small) `parameters`."""

    name: ClassVar[str]
    parameters: ClassVar[dict[str, Any]] = {}

    def make(self, grid: Grid, scale: float = 1.0, seed: int = 0) -> torch.nn.Module:
        """The network under test."""
        return networks.make(self.name, grid, scale, seed=seed, **self.parameters)

    def test_one_value_a_point_in_two_and_three_dimensions(self) -> None:
        """(n, d) float32 -> (n,) float32, finite."""
        for grid in (Grid((6, 9), 1.0), Grid((3, 4, 5), 1.0)):
            values = self.make(grid)(grid.coordinates())
            points = f"{grid.size} points in {grid.dimension} dimensions"
            expect(
                tuple(values.shape) == (grid.size,),
                f"{points} gave values of shape {tuple(values.shape)}: expected ({grid.size},), "
                "one a point; .squeeze(-1) takes away a last axis of 1",
            )
            expect(
                values.dtype == torch.float32,
                f"{points} gave {values.dtype}: expected torch.float32, real numbers",
            )
            expect_finite(values, f"the values at {points}")

    def test_output_is_proportional_to_scale(self) -> None:
        """f(scale) = scale f(1)."""
        grid = Grid((6, 9), 1.0)
        once, scaled = (rasterise(self.make(grid, scale), grid) for scale in (1.0, 0.02))
        expect_close(
            scaled,
            0.02 * once,
            "with scale=0.02 the output is not 0.02 times that with scale=1: multiply the output "
            "by scale, which brings it into the unit of the data, and use scale nowhere else",
        )

    def test_seed_fixes_the_weights_and_nothing_else_does(self) -> None:
        """Equal seeds give equal weights bit for bit, whatever was drawn before; others differ."""
        grid = Grid((6, 9), 1.0)
        torch.rand(5)
        first = [p.detach().clone() for p in self.make(grid, seed=4).parameters()]
        before = torch.random.get_rng_state()
        again = list(self.make(grid, seed=4).parameters())
        expect(
            torch.equal(before, torch.random.get_rng_state()),
            "making the network changed torch's random stream for others",
        )
        other = list(self.make(grid, seed=5).parameters())
        expect(
            same_bits(first, again),
            "the same seed gave other initial weights: draw them with torch's functions "
            "(torch.rand, torch.nn.init), which are seeded when the network is made",
        )
        expect(
            not same_bits(first, other),
            "two seeds gave the same initial weights: the network ignores the seed; set no seed "
            "of its own, torch's functions are seeded when the network is made",
        )

    def test_points_do_not_see_each_other(self) -> None:
        """The image does not depend on how it is cut into chunks."""
        grid = Grid((7, 9), 1.0)
        network = self.make(grid)
        expect_close(
            rasterise(network, grid, 5),
            rasterise(network, grid, 63),
            "the image in chunks of 5 points is not that of all points at once: a point's value "
            "must not depend on the others in the batch (no batch normalisation, no mean)",
        )

    def test_points_are_told_apart(self) -> None:
        """The initial image is not constant along any axis."""
        grid = Grid((3, 4, 5), 1.0)
        image = rasterise(self.make(grid), grid)
        for axis in range(3):
            expect(
                bool(image.diff(dim=axis).abs().max() > 0),
                f"the initial image is constant along axis {axis}: use every coordinate",
            )

    def test_gradient_is_the_derivative(self) -> None:
        """d/de <w, f_(theta + e u)> equals <grad, u>, in double precision, to 1e-5."""
        grid = Grid((6, 9), 1.0)
        network = self.make(grid).double()
        points = grid.coordinates().double()
        generator = torch.Generator().manual_seed(2)
        w = torch.randn(grid.size, dtype=torch.float64, generator=generator)
        network(points).backward(w)
        parameters = [p for p in network.parameters() if p.grad is not None]
        expect(bool(parameters), "no parameter got a gradient: is the output detached?")
        u = [torch.randn(p.shape, dtype=p.dtype, generator=generator) * p.detach().abs().max()
             for p in parameters]  # fmt: skip
        slope = sum(torch.sum(p.grad * d) for p, d in zip(parameters, u, strict=True))
        step = 1e-7
        values = []
        with torch.no_grad():
            for sign in (1, -2):  # to +step, then from there to -step
                for p, d in zip(parameters, u, strict=True):
                    p += sign * step * d
                values.append(torch.sum(w * network(points)))
        expect_close(
            (values[0] - values[1]) / (2 * step),
            slope,
            "the gradient of the weights is not the derivative: look at the backward of your own "
            "torch.autograd.Function, at .detach() and at .data; in double precision all of the "
            "network must compute in it",
            rtol=1e-5,
            atol=0,
        )
