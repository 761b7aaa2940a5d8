"""Quality of estimates: against estimates whose figures are known in closed form."""

import pytest
import torch

from inrbench import gradients, objectives
from inrbench.gradients.quality import measure, one
from inrbench.testing.problem import small_network, small_problem


class Shaken:
    """The exact gradient plus +-`size` |G| along one fixed direction, the sign drawn."""

    def __init__(self, size):
        self.size = size

    def backward(self, network, grid, objective, generator):
        value = gradients.make("autograd").backward(network, grid, objective, generator)
        norm = torch.cat([p.grad.flatten() for p in network.parameters()]).norm()
        sign = 2 * torch.randint(2, (), generator=generator) - 1
        first = next(network.parameters())
        first.grad += self.size * norm * sign / first.numel() ** 0.5
        return value


def problem():
    grid, scan, projector = small_problem()
    objective = objectives.make("filtered_least_squares", scan, projector)
    return small_network(grid), grid, objective


def quality(mode, repeats):
    network, grid, objective = problem()
    generator = torch.Generator().manual_seed(0)
    exact, seconds = one(gradients.make("autograd"), network, grid, objective, generator)
    assert seconds > 0 and exact.dtype == torch.float64
    found = measure(mode, network, grid, objective, exact, generator, repeats)
    assert all(p.grad is None for p in network.parameters())
    return found


def test_exact_estimates_have_no_error():
    found = quality(gradients.make("jvp", rate=1.0, chunk=7), 3)
    assert found.relative_error < 1e-5 and found.variance < 1e-9
    assert found.cosine == pytest.approx(1, abs=1e-6)


def test_known_scatter_is_found():
    """g = G +- 0.3 |G| u has relative error 0.3 and variance near 0.09."""
    found = quality(Shaken(0.3), 200)
    assert found.relative_error == pytest.approx(0.3, rel=1e-4)
    assert found.variance == pytest.approx(0.09, rel=0.05)
    assert found.bias < 0.3 * 4 / 200**0.5


@pytest.mark.parametrize("sampler", ["uniform", "stratified", "importance"])
def test_sampled_estimates_are_unbiased_and_worse_at_lower_rates(sampler):
    low, high = (
        quality(gradients.make("jvp", rate=rate, sampler=sampler), 60) for rate in (0.05, 0.5)
    )
    assert low.variance > 4 * high.variance > 0
    for found in (low, high):
        assert found.bias**2 < 3 * found.variance / 60
        assert found.relative_error**2 == pytest.approx(found.variance, rel=0.3)


def test_too_few_repeats_are_refused():
    with pytest.raises(ValueError, match="repeats=1"):
        quality(gradients.make("jvp"), 1)
