"""Seconds an iteration from the costs of a point: the sums, and that costs are measured."""

import subprocess
import sys

import pytest
from torch.utils.flop_counter import FlopCounterMode

from inrbench.memory.time_model import MOST, Costs, at_once, measure, seconds

N = 10**6
COSTS = Costs(forward=1e-6, both={100: 3e-6, 1000: 4e-6, MOST["cpu"]: 5e-6}, device="cpu",
              threads=1)  # fmt: skip


@pytest.mark.parametrize(
    ("gradient", "expected"),
    [
        ({"name": "autograd"}, 5.0),  # n b, as large a piece as is measured
        ({"name": "jvp", "rate": 1, "chunk": 1000}, 1.0 + 4.0),  # n f + n b
        ({"name": "jvp", "rate": 0.1, "chunk": 1000}, 1.0 + 0.4),  # n f + rate n b
        ({"name": "jvp", "rate": 0.1, "chunk": None}, 1.0 + 0.5),
        ({"name": "jvp", "rate": 1e-4, "chunk": 1000}, 1.0 + 3e-4),  # fewer than a chunk
    ],
)
def test_seconds_are_points_times_costs(gradient, expected):
    assert seconds(gradient, N, COSTS) == pytest.approx(expected)
    assert seconds(gradient, N, COSTS, projector=2.5) == pytest.approx(expected + 2.5)


def test_points_at_once_are_those_of_the_chunk_within_what_is_measured():
    assert at_once({"name": "autograd"}, 50, "cpu") == 50
    assert at_once({"name": "autograd"}, N, "cpu") == MOST["cpu"]
    assert at_once({"name": "jvp", "rate": 1, "chunk": None}, N, "cuda") == MOST["cuda"]
    assert at_once({"name": "jvp", "rate": 0.5, "chunk": 512}, 100, "cpu") == 50


def test_costs_are_measured_on_the_network(monkeypatch):
    """By a clock that counts additions and multiplications, a second each."""
    monkeypatch.setattr("inrbench.memory.time_model.SECONDS", 0)
    with FlopCounterMode(display=False) as counter:
        monkeypatch.setattr("time.perf_counter", lambda: float(counter.get_total_flops()))
        costs = measure({"name": "siren", "width": 8, "layers": 2}, (64, 64), "cpu", [256, 1024])
    weights = 2 * 8 + 8 * 8 + 8
    assert costs.forward == 2 * weights
    # Backward twice as much, but for the gradient in the coordinates.
    assert costs.both == dict.fromkeys((256, 1024), 3 * 2 * weights - 2 * 2 * 8)


def test_torch_is_not_imported_before_something_is_measured():
    code = "import sys, inrbench.memory.time_model; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
