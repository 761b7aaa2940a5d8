"""The stochastic Jacobian-vector product: exact at rate 1, unbiased below."""

import itertools
import sys

import pytest
import torch

from inrbench import gradients, objectives
from inrbench.gradients.jvp import JVP
from inrbench.gradients.samplers.uniform import uniform
from inrbench.testing import GradientContract
from inrbench.testing.problem import flat_gradient, small_network, small_problem


class TestExact(GradientContract):
    name = "jvp"
    parameters = {"rate": 1}  # noqa: RUF012


class TestExactInChunks(GradientContract):
    name = "jvp"
    parameters = {"rate": 1, "chunk": 7}  # noqa: RUF012


class TestTenPercent(GradientContract):
    name = "jvp"
    parameters = {"rate": 0.1}  # noqa: RUF012


class TestTenPercentInChunks(GradientContract):
    name = "jvp"
    parameters = {"rate": 0.1, "chunk": 7}  # noqa: RUF012


class TestStratified(GradientContract):
    name = "jvp"
    parameters = {"rate": 0.1, "sampler": "stratified"}  # noqa: RUF012


class TestImportance(GradientContract):
    name = "jvp"
    parameters = {"rate": 0.1, "sampler": "importance", "chunk": 7}  # noqa: RUF012


def gradient(mode, seed=0, shape=(18, 22)):
    grid, scan, projector = small_problem(shape=shape)
    objective = objectives.make("filtered_least_squares", scan, projector)
    network = small_network(grid)
    mode.backward(network, grid, objective, torch.Generator().manual_seed(seed))
    return flat_gradient(network)


def test_mean_over_all_subsets_of_a_tiny_grid_is_the_exact_gradient(monkeypatch):
    """E[g] is not approached but reached: all 15 pairs of 6 points, each as likely."""
    exact = gradient(gradients.make("autograd"), shape=(2, 3))
    estimates = []
    for pair in itertools.combinations(range(6), 2):

        def fixed(v, m, generator, pair=pair):
            assert m == 2
            yield torch.tensor(pair), torch.full((2,), 3.0)

        monkeypatch.setattr(sys.modules[uniform.__module__], "uniform", fixed)
        estimates.append(gradient(JVP(rate=1 / 3), shape=(2, 3)))
    mean = torch.stack(estimates).mean(0)
    assert float((mean - exact).norm() / exact.norm()) < 1e-5
    assert float((estimates[0] - exact).norm() / exact.norm()) > 0.1  # one alone is far off


@pytest.mark.parametrize("sampler", ["uniform", "stratified", "importance"])
def test_chunks_do_not_change_the_estimate(sampler, monkeypatch):
    monkeypatch.setattr(sys.modules[f"inrbench.gradients.samplers.{sampler}"], "CHUNK", 50)
    whole = gradient(JVP(rate=0.3, sampler=sampler), seed=5)
    for chunk in (1, 10, 118, 119, 1000):
        chunked = gradient(JVP(rate=0.3, chunk=chunk, sampler=sampler), seed=5)
        assert float((chunked - whole).norm() / whole.norm()) < 1e-5


@pytest.mark.parametrize("rate", [0, -0.1, 1.5, float("nan")])
def test_rate_outside_its_interval_is_refused(rate):
    with pytest.raises(ValueError, match=r"the sampling rate must lie in \(0, 1\]"):
        JVP(rate=rate)


def test_other_impossible_values_are_refused():
    with pytest.raises(ValueError, match="chunk=0"):
        JVP(chunk=0)
    with pytest.raises(ValueError, match="did you mean 'uniform'"):
        JVP(sampler="unifrom")
    with pytest.raises(ValueError, match=r"no parameter 'rates'.*did you mean 'rate'"):
        gradients.make("jvp", rates=0.1)
