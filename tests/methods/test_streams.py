"""Weights and samples of one cell are different random numbers."""

import pytest
import torch

from inrbench import methods, networks
from inrbench.gradients.samplers import uniform as uniform_module
from inrbench.methods.streams import stream
from inrbench.testing.cases import small_case
from inrbench.testing.cells import reconstruct

INR = {"name": "inr", "network": {"name": "siren", "width": 8, "layers": 2},
       "objective": {"name": "least_squares"}, "gradient": {"name": "jvp", "rate": 0.5},
       "iterations": 2}  # fmt: skip
ADMM = {"name": "admm", "network": INR["network"], "gradient": INR["gradient"], "iterations": 2,
        "cgls_steps": 1, "adam_steps": 1}  # fmt: skip


def test_a_stream_is_of_the_seed_and_the_purpose_alone():
    def numbers(seed, purpose, drawn=0):
        generator = torch.Generator().manual_seed(seed)
        torch.rand(drawn, generator=generator)
        return torch.rand(4, generator=stream(generator, purpose)).tolist()

    assert numbers(3, "samples") == numbers(3, "samples", drawn=5)
    assert numbers(3, "samples") != numbers(4, "samples") != numbers(3, "other")
    assert (
        numbers(3, "samples") != torch.rand(4, generator=torch.Generator().manual_seed(3)).tolist()
    )


def test_to_open_a_stream_draws_nothing():
    generator, other = (torch.Generator().manual_seed(3) for _ in range(2))
    stream(generator, "samples")
    assert torch.equal(torch.rand(4, generator=generator), torch.rand(4, generator=other))


@pytest.mark.parametrize("method", [INR, ADMM])
def test_weights_and_samples_come_from_different_seeds(method, monkeypatch):
    seeds = {}
    made, drawn = networks.make, uniform_module.uniform

    def make(*arguments, seed, **parameters):
        seeds["weights"] = seed
        return made(*arguments, seed=seed, **parameters)

    def uniform(v, m, generator):
        seeds["samples"] = generator.initial_seed()
        return drawn(v, m, generator)

    monkeypatch.setattr(networks, "make", make)
    monkeypatch.setattr(uniform_module, "uniform", uniform)
    case = small_case("fan")
    reconstruct(methods.make(scale=case.scale, **method), case, seed=7)
    assert seeds["weights"] == 7 and seeds["samples"] not in (7, None)
