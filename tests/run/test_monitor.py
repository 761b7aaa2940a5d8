"""The monitor: off the clock, sees the truth, and knows when a run has diverged."""

import time

import pytest
import torch

from inrbench.errors import Diverged
from inrbench.meters.brief import Brief, Enough
from inrbench.meters.clock import Clock
from inrbench.run.monitor import TruthMonitor

TRUTH = torch.linspace(0, 1, 256).reshape(16, 16)


def monitor(checkpoints=4, report=lambda *step: None):
    return TruthMonitor(TRUTH, Clock("cpu"), checkpoints, report)


def test_checkpoints_are_even_and_include_the_last_iteration():
    listener = monitor(4)
    listener.start(10, None)
    for k in range(1, 11):
        listener.step(k, torch.tensor(1.0), lambda: TRUTH)
    assert [row["iteration"] for row in listener.rows if "mse" in row] == [3, 5, 8, 10]
    assert len(listener.rows) == 10


def test_image_is_asked_for_at_checkpoints_only_and_off_the_clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    listener = monitor(1)
    listener.start(3, None)
    asked = []

    def image():
        asked.append(1)
        now[0] += 100.0
        return TRUTH

    for k in range(1, 4):
        now[0] += 1.0
        listener.step(k, torch.tensor(1.0), image)
    assert len(asked) == 1
    assert listener.rows[-1]["seconds"] == 3.0


def test_best_image_is_kept_beside_the_last():
    listener = monitor(3)
    listener.start(3, None)
    for k, shift in ((1, 0.5), (2, 0.1), (3, 0.2)):
        listener.step(k, None, lambda shift=shift: TRUTH + shift)
    assert listener.best_row()["iteration"] == 2
    torch.testing.assert_close(listener.best, TRUTH + 0.1)
    assert listener.best_row()["mse"] == pytest.approx(0.01, rel=1e-5)


@pytest.mark.parametrize("losses", [[1.0, float("nan")], [1.0, float("inf")], [1.0, 2e4]])
def test_a_loss_that_blows_up_is_divergence(losses):
    listener = monitor()
    listener.start(100, None)
    listener.step(1, torch.tensor(losses[0]), lambda: TRUTH)
    with pytest.raises(Diverged, match=r"iteration 2; .*lower the learning rate or change rho"):
        listener.step(2, torch.tensor(losses[1]), lambda: TRUTH)
    assert len(listener.rows) == 2  # the curve is kept up to there


@pytest.mark.parametrize("residual", [float("nan"), float("inf")])
def test_a_residual_that_is_not_finite_is_divergence(residual):
    listener = monitor()
    listener.start(100, None)
    with pytest.raises(Diverged, match=f"dual residual is {residual} at iteration 50; .*lower"):
        listener.step(50, torch.tensor(1.0), lambda: TRUTH, {"primal": 0.1, "dual": residual})
    assert len(listener.rows) == 1


def test_an_image_that_is_not_finite_is_divergence():
    listener = monitor(1)
    listener.start(1, None)
    with pytest.raises(Diverged, match="image is not finite"):
        listener.step(1, torch.tensor(1.0), lambda: TRUTH / 0)


def test_every_step_is_reported_with_its_total():
    steps = []
    listener = monitor(2, lambda k, total, row: steps.append((k, total, "mse" in row)))
    listener.start(2, None)
    for k in (1, 2):
        listener.step(k, torch.tensor(1.0), lambda: TRUTH)
    assert steps == [(1, 2, True), (2, 2, True)]


def test_brief_ends_after_its_iterations():
    brief = Brief(2)
    brief.start(100, None)
    brief.step(1, None, lambda: TRUTH)
    with pytest.raises(Enough):
        brief.step(2, None, lambda: TRUTH)


def test_a_step_over_many_iterations_shares_its_time_and_reaches_every_checkpoint(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    clock = Clock("cpu")
    listener = TruthMonitor(TRUTH, clock, 4, lambda *step: None)
    listener.start(100, None)
    for k in (50, 100):
        now[0] += 5.0
        listener.step(k, None, lambda: TRUTH, {"primal": 1.0 / k})
    assert clock.laps == [0.1, 0.1]
    assert [row["iteration"] for row in listener.rows if "mse" in row] == [50, 100]
    assert [row["primal"] for row in listener.rows] == [0.02, 0.01]


def test_a_loss_is_compared_with_the_one_before_the_first_iteration_where_it_is_told():
    listener = monitor()
    listener.start(3, None, torch.tensor(2.0))
    with pytest.raises(Diverged, match=r"the loss rose from 2 to 3e\+04 at iteration 1"):
        listener.step(1, torch.tensor(3e4), lambda: TRUTH)
