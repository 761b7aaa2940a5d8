"""The stopwatch, with time played by hand."""

import time

import numpy as np
import pytest
import torch

from inrbench.meters.clock import Clock, Timing, summarise


@pytest.fixture
def hand(monkeypatch):
    """What time it is: a list of one number that a test moves on."""
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_laps_add_up_to_the_seconds_and_pauses_are_in_neither(hand):
    clock = Clock("cpu")
    hand[0] += 50  # before the start
    clock.start()
    for lap, pause in [(2.0, 10.0), (3.0, 0.0), (0.5, 7.0)]:
        hand[0] += lap
        clock.lap()
        with clock.paused():
            hand[0] += pause
    hand[0] += 4.0
    assert clock.laps == [2.0, 3.0, 0.5]
    assert clock.seconds == 9.5
    assert clock.started == 150.0


def test_a_pause_within_a_lap_is_not_in_it(hand):
    clock = Clock("cpu")
    clock.start()
    hand[0] += 1
    with clock.paused():
        hand[0] += 100
    hand[0] += 2
    clock.lap()
    assert clock.laps == [3.0]


def test_in_a_pause_the_clock_stands_still(hand):
    clock = Clock("cpu")
    clock.start()
    hand[0] += 1
    with clock.paused():
        hand[0] += 5
        assert clock.seconds == 1.0
    assert clock.seconds == 1.0


def test_a_pause_ends_with_an_error_too(hand):
    clock = Clock("cpu")
    clock.start()
    with pytest.raises(KeyError), clock.paused():
        hand[0] += 5
        raise KeyError
    hand[0] += 1
    assert clock.seconds == 1.0


def test_misuse_is_told():
    clock = Clock("cpu")
    assert clock.started is None
    with pytest.raises(RuntimeError, match=r"not been started: call start\(\)"):
        clock.lap()
    clock.start()
    with pytest.raises(RuntimeError, match="runs already"):
        clock.start()
    with pytest.raises(RuntimeError, match="paused already"), clock.paused(), clock.paused():
        pass


def test_a_clock_without_laps_has_a_timing_of_none():
    assert Clock("cpu").timing() == Timing(None, None, 0)


@pytest.mark.parametrize(
    ("laps", "timed"),
    [
        ([9], []),
        ([9, 2], [2]),
        ([9, 8, 2], [2]),
        ([9, 8, 2, 3], [2, 3]),
        ([9, 8, 7, 2, 3], [2, 3]),
        ([9, 8, 7, 2, 3, 4], [2, 3, 4]),
        ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_warm_up_is_three_laps_but_about_half_at_most(laps, timed):
    summary = summarise(laps)
    assert summary.timed == len(timed)
    assert summary.median == (np.median(timed) if timed else None)
    if len(timed) > 1:
        assert summary.spread == pytest.approx(np.subtract(*np.percentile(timed, [75, 25])))
    else:
        assert summary.spread is None


def test_median_and_spread_do_not_see_one_slow_lap():
    laps = [5.0, 1.0, 1.0, *[1.0] * 20, 60.0]
    assert summarise(laps) == Timing(1.0, 0.0, 21)


def test_a_lap_with_its_pause_costs_three_readings_of_the_time(monkeypatch):
    read = []
    monkeypatch.setattr(time, "perf_counter", lambda: read.append(1) or 0.0)
    clock = Clock("cpu")
    clock.start()
    read.clear()
    clock.lap()
    with clock.paused():
        pass
    assert len(read) == 3


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_lap_waits_for_the_work_that_it_launched():
    """Ten products of 4096^2 take a time that launching them does not."""
    a = torch.rand(4096, 4096, device="cuda")
    a @ a
    torch.cuda.synchronize()
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    clock = Clock("cuda")
    clock.start()
    start.record()
    for _ in range(10):
        a @ a
    end.record()
    clock.lap()
    with clock.paused():
        for _ in range(100):
            a @ a
    after = clock.seconds
    device_seconds = start.elapsed_time(end) / 1000
    assert clock.laps[0] >= 0.99 * device_seconds
    assert after - clock.laps[0] < device_seconds, "the pause's own work is not charged"
