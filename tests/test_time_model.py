"""Seconds an iteration from the costs of a point: the sums, and that costs are measured."""

import subprocess
import sys

import pytest

from inrbench.time_model import MOST, Costs, at_once, measure, seconds

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


def test_costs_are_measured_on_the_network():
    small, large = (
        measure({"name": "siren", "width": width, "layers": 2}, (64, 64), "cpu", [256, 1024])
        for width in (8, 256)
    )
    assert set(small.both) == {256, 1024}
    assert 0 < small.forward < small.both[1024]
    assert small.both[1024] < large.both[1024] < 1


def test_torch_is_not_imported_before_something_is_measured():
    code = "import sys, inrbench.time_model; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
