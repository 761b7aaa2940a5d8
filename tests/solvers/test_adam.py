"""Adam: the published iteration, its schedule, and its sentences."""

import pytest
import torch

from inrbench.solvers.adam import adam


def run(gradient, start, iterations, rates):
    x = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    path = []

    def backward():
        x.grad = gradient(x.detach())
        return torch.sum(x.detach() ** 2)

    adam(
        [x],
        backward,
        iterations,
        rates,
        lambda k, value: path.append((k, float(value), x.detach().clone())),
    )
    return path


def test_iterates_are_those_of_kingma_and_ba():
    """m, s and their bias corrections, written out."""
    path = run(lambda x: 2 * x, [1.0, -3.0], 5, [0.1])
    x = torch.tensor([1.0, -3.0], dtype=torch.float64)
    m, s = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for k in range(1, 6):
        g = 2 * x
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        x = x - 0.1 * (m / (1 - 0.9**k)) / ((s / (1 - 0.999**k)).sqrt() + 1e-8)
        torch.testing.assert_close(path[k - 1][2], x)


def test_each_rate_holds_for_an_equal_part_of_the_iterations():
    """With a constant gradient Adam steps by the rate, so the path shows the schedule."""
    path = run(torch.ones_like, [0.0], 6, [1.0, 0.1, 0.01])
    steps = torch.diff(torch.tensor([0.0] + [-float(x) for _, _, x in path]))
    torch.testing.assert_close(
        steps, torch.tensor([1, 1, 0.1, 0.1, 0.01, 0.01]), rtol=1e-3, atol=1e-5
    )


def test_callback_gets_the_step_and_the_value_before_it():
    path = run(lambda x: 2 * x, [3.0], 3, [0.1])
    assert [k for k, _, _ in path] == [1, 2, 3]
    assert path[0][1] == 9.0
    assert path[1][1] == pytest.approx(float(path[0][2]) ** 2)


@pytest.mark.parametrize(("iterations", "rates", "word"), [
    (0, [0.1], "iterations=0"), (5, [], "expected 1 to 5 rates"),
    (2, [0.1, 0.1, 0.1], "expected 1 to 2 rates"), (5, [0.1, 0.0], "above 0"),
])  # fmt: skip
def test_impossible_schedules_are_refused(iterations, rates, word):
    with pytest.raises(ValueError, match=word):
        run(lambda x: x, [1.0], iterations, rates)
