"""Seconds of cells without a record: iterations times the cost of one."""

import pytest

from inrbench.errors import Unsupported
from inrbench.experiments import files as experiments
from inrbench.memory import time
from inrbench.memory.estimate import SOURCE, estimated

# Per point 1 s forward and 2 s forward and backward.
COSTS = time.Costs(forward=1.0, both=2.0, device="cpu", threads=1)


@pytest.fixture
def measured(monkeypatch):
    """Networks that were measured."""
    seen = []
    monkeypatch.setattr(time, "measure", lambda *asked: seen.append(asked) or COSTS)
    return seen


def test_iterations_times_seconds_an_iteration(measured):
    experiment = experiments.load("quick", "tiny", only="network=siren,objective=ls")
    found = estimated(experiment.cells(), "cpu", projector=0.5)
    n, iterations = 32 * 32, 100
    expected = {"autograd": 2 * n, "exact": 3 * n, "jvp25": n + 2 * round(n / 4),
                "jvp10": n + 2 * round(n / 10)}  # fmt: skip
    for cell in experiment.cells():
        one = found[cell.id]
        assert one.seconds == pytest.approx(iterations * (expected[cell.axes["gradient"]] + 0.5))
        assert one.source == SOURCE
    assert len(measured) == 1  # one network on one grid


def test_of_other_methods_and_absent_devices_nothing_is_said(measured, monkeypatch):
    assert estimated(experiments.load("quick", "tiny", only="method=fbp").cells(), "cpu") == {}

    def absent(*asked):
        raise Unsupported("no CUDA device")

    monkeypatch.setattr(time, "measure", absent)
    assert estimated(experiments.load("quick", "tiny").cells(), "cuda") == {}
