"""Seconds an iteration from the costs of a point: the sums, and that costs are measured."""

import pytest
from torch.utils.flop_counter import FlopCounterMode

from inrbench.memory.time import Costs, measure, seconds

N = 10**6
COSTS = Costs(forward=1e-6, both=4e-6, device="cpu", threads=1)


@pytest.mark.parametrize(
    ("gradient", "expected"),
    [
        ({"name": "autograd"}, 4.0),  # n b
        ({"name": "jvp", "rate": 1, "chunk": 1000}, 1.0 + 4.0),  # n f + n b
        ({"name": "jvp", "rate": 0.1, "chunk": None}, 1.0 + 0.4),  # n f + rate n b
    ],
)
def test_seconds_are_points_times_costs(gradient, expected):
    assert seconds(gradient, N, COSTS) == pytest.approx(expected)
    assert seconds(gradient, N, COSTS, projector=2.5) == pytest.approx(expected + 2.5)


def test_costs_are_measured_on_the_network(monkeypatch):
    """By a clock that counts additions and multiplications, a second each."""
    monkeypatch.setattr("inrbench.memory.time.SECONDS", 0)
    with FlopCounterMode(display=False) as counter:
        monkeypatch.setattr("time.perf_counter", lambda: float(counter.get_total_flops()))
        costs = measure({"name": "siren", "width": 8, "layers": 2}, (64, 64), "cpu")
    weights = 2 * 8 + 8 * 8 + 8
    assert costs.forward == 2 * weights
    # Backward twice as much, but for the gradient in the coordinates.
    assert costs.both == 3 * 2 * weights - 2 * 2 * 8
