"""Operations and FLOPs are counts that can be done by hand, and repeat."""

import pytest
import torch

from inrbench import gradients, networks, objectives
from inrbench.meters.work import Tally, WorkCounter
from inrbench.testing.problem import SCALE, small_problem


def counted(compute):
    with WorkCounter() as work:
        compute()
    return work.tally()


def test_a_product_and_a_sum_are_two_operations():
    a, b = torch.ones(2, 3), torch.ones(3, 4)
    assert counted(lambda: a @ b + 1) == Tally(operations=2, flops=2 * 2 * 3 * 4)


def test_a_sparse_matrix_counts_its_entries():
    matrix = torch.eye(5).to_sparse_csr()
    assert counted(lambda: matrix @ torch.ones(5)).flops == 2 * 5
    assert counted(lambda: torch.ones(3, 5) @ torch.ones(5)).flops == 2 * 15


def step(mode, width=8):
    """One gradient of a SIREN of two hidden layers on a grid of 18 x 22 points."""
    grid, scan, projector = small_problem()
    network = networks.make("siren", grid, SCALE, width=width, layers=2)
    objective = objectives.make("least_squares", scan, projector)
    generator = torch.Generator().manual_seed(0)
    made = gradients.make(**mode)
    return lambda: made.backward(network, grid, objective, generator), grid.size, projector


def test_flops_of_a_gradient_are_those_of_its_products():
    """Backward does twice what forward does, but for x, which needs no gradient; A and A' once."""
    w = 8
    compute, n, projector = step({"name": "autograd"}, w)
    first, hidden, last = 2 * n * 2 * w, 2 * n * w * w, 2 * n * w
    projections = 2 * 2 * projector.matrix._nnz()
    assert counted(compute).flops == 2 * first + 3 * hidden + 3 * last + projections


@pytest.mark.parametrize("mode", [{"name": "autograd"}, {"name": "jvp", "rate": 0.3}])
def test_counts_repeat(mode):
    first, again = (counted(step(mode)[0]) for _ in range(2))
    assert first == again and first.operations > 20


def test_one_operation_more_is_seen(monkeypatch):
    before = counted(step({"name": "autograd"})[0])
    plain = torch.sin
    monkeypatch.setattr(torch, "sin", lambda x: plain(x + 0.0))
    after = counted(step({"name": "autograd"})[0])
    assert after.operations > before.operations and after.flops == before.flops
