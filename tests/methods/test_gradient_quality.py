"""gradient_quality: the image of inr, bit for bit, and notes on the way."""

import pytest
import torch

from inrbench import methods
from inrbench.testing.problem import small_problem

PARTS = {
    "network": {"name": "siren", "width": 8, "layers": 2},
    "objective": {"name": "filtered_least_squares"},
    "gradient": {"name": "jvp", "rate": 0.25},
    "iterations": 6,
}


class Listener:
    def __init__(self):
        self.notes = []

    def start(self, iterations, projector):
        pass

    def step(self, iteration, value, image):
        pass

    def note(self, rows):
        self.notes.extend(rows())


def reconstruct(name, **parameters):
    grid, scan, _ = small_problem()
    listener = Listener()
    method = methods.make(name, 0.02, **PARTS, **parameters)
    generator = torch.Generator().manual_seed(3)
    return method.reconstruct(scan, grid, listener, generator), listener.notes


def test_looking_does_not_change_the_run():
    image, notes = reconstruct(
        "gradient_quality", at=[1, 6], rates=[0.5, 0.1], samplers=["stratified"], repeats=3
    )
    plain, none = reconstruct("inr")
    assert torch.equal(image, plain) and none == []
    rows = [(row["iteration"], row["sampler"], row["rate"]) for row in notes]
    modes = [("autograd", 1.0), ("exact", 1.0), ("stratified", 0.5), ("stratified", 0.1)]
    assert rows == [(iteration, *mode) for iteration in (1, 6) for mode in modes]
    for row in notes:
        assert (row["relative_error"] < 1e-4) == (row["rate"] == 1)


def test_impossible_values_are_refused():
    with pytest.raises(ValueError, match="repeats=1"):
        methods.make("gradient_quality", 1.0, **PARTS, repeats=1)
    with pytest.raises(ValueError, match="did you mean 'uniform'"):
        methods.make("gradient_quality", 1.0, **PARTS, samplers=["uniforn"])
    with pytest.raises(ValueError, match=r"rates=\[2.0\]: expected rates below 1"):
        methods.make("gradient_quality", 1.0, **PARTS, rates=[2.0])
    with pytest.raises(ValueError, match=r"at=\[1, 9\]: expected iterations from 1 to 6"):
        methods.make("gradient_quality", 1.0, **PARTS, at=[1, 9])
    parts = {**PARTS, "objective": {"name": "least_squares", "subsets": 4}}
    with pytest.raises(ValueError, match="leave out its subsets"):
        methods.make("gradient_quality", 1.0, **parts)
