"""The yardstick: read at its times, off the clock, and slowed down by what slows the laps down."""

import math
import time

import pytest
import torch

from inrbench.meters import yardstick
from inrbench.meters.clock import Clock
from inrbench.meters.yardstick import EVERY, Yardstick
from inrbench.run.monitor import TruthMonitor

TRUTH = torch.rand(16, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def hand(monkeypatch):
    """What time it is, moved on by the work of the yardstick: 2 s, or what a test puts there."""
    now = {"time": 100.0, "work": 2.0}
    monkeypatch.setattr(time, "perf_counter", lambda: now["time"])

    def work(self):
        now["time"] += now["work"]

    monkeypatch.setattr(yardstick.Yardstick, "_work", work)
    return now


def test_a_slow_machine_does_not_change_the_pace(hand):
    stick, seconds = Yardstick(), 0.0
    for iteration in range(1, 41):
        hand["work"] = 2.0 if iteration < 20 else 6.0  # three times as slow
        seconds += 2.5 * hand["work"]
        stick.beside(seconds, iteration)
    assert len(stick.readings) == 40
    assert stick.pace() == pytest.approx(2.5)


def test_stalls_and_the_warm_up_are_trimmed(hand):
    stick, seconds = Yardstick(), 0.0
    for iteration in range(1, 41):
        seconds += 1000.0 if iteration in (1, 2, 3, 30) else 10.0
        stick.beside(seconds, iteration)
    assert stick.pace() == pytest.approx(5.0)


def test_short_laps_share_a_stretch_and_a_run_without_one_has_no_pace(hand):
    stick = Yardstick()
    for lap in range(1, 101):  # of a quarter of the interval each
        assert (stick.pace() is None) == (lap < 5)
        stick.beside(lap * EVERY / 4 * 1.0001, lap)
    assert len(stick.readings) == 25
    assert stick.pace() == pytest.approx(EVERY / 4 / 2.0, rel=1e-3)


def test_it_is_neither_in_the_laps_nor_in_the_seconds_of_a_run(hand):
    clock, stick = Clock("cpu"), Yardstick()
    monitor = TruthMonitor(TRUTH, clock, 2, lambda *step: None, stick)
    monitor.start(10, None)
    for iteration in (2, 4, 6, 8, 10):  # steps of two iterations
        hand["time"] += 0.5
        monitor.step(iteration, torch.tensor(1.0), lambda: TRUTH)
    assert clock.laps == 5 * [0.25]
    assert clock.seconds == 2.5
    assert math.isclose(stick.pace(), 0.125)


def test_it_does_the_same_work_in_the_same_place_and_leaves_the_random_numbers_alone():
    state = torch.random.get_rng_state()
    one, other = Yardstick(), Yardstick()
    place = one._y.data_ptr()
    assert one.read() > 0
    assert torch.equal(one._y, torch.sin(one._x @ one._w)) and torch.equal(one._y, other._y)
    assert one._y.data_ptr() == place and not one._y.requires_grad
    assert torch.equal(state, torch.random.get_rng_state())
