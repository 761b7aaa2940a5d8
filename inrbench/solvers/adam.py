"""Adam with a piecewise constant learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch.optim.adam import adam as update

from inrbench.meters.rehearsal import kind


def adam(
    parameters: Iterable[torch.nn.Parameter],
    backward: Callable[[], torch.Tensor],
    iterations: int,
    learning_rates: Sequence[float],
    callback: Callable[[int, torch.Tensor], None],
) -> None:
    """m <- b1 m + (1 - b1) g,  s <- b2 s + (1 - b2) g^2,  theta <- theta - lr m' / sqrt(s').

    With b1 = 0.9, b2 = 0.999, and m' = m / (1 - b1^k), s' = s / (1 - b2^k) at step k.

    Args:
        parameters: theta, changed in place.
        backward: adds the gradient at theta into `.grad` and returns the objective's value there.
        iterations: number of steps.
        learning_rates: the iterations are divided into as many equal parts, one rate for each.
        callback: called after step k = 1, 2, ... with k and the value before the step.

    Raises:
        ValueError: iterations below 1, no learning rates, more rates than iterations, or a rate
            not above 0.

    Reference: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
    arXiv:1412.6980.
    """
    check_schedule(iterations, learning_rates)
    optimiser = Adam(parameters)
    for k in range(iterations):
        value = optimiser.step(backward, learning_rates[k * len(learning_rates) // iterations])
        callback(k + 1, value)


class Adam:
    """theta with its moments m and s, for loops that decide themselves when to step."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        self._theta = [parameter for parameter in parameters if parameter.requires_grad]
        self._m, self._s = (
            [torch.zeros_like(p, requires_grad=False) for p in self._theta] for _ in range(2)
        )
        self._steps = [torch.zeros((), device="cpu") for _ in self._theta]  # host numbers

    def step(self, backward: Callable[[], torch.Tensor], rate: float) -> torch.Tensor:
        """One step at this learning rate; returns the value before it."""
        for parameter in self._theta:
            parameter.grad = None
        value = backward()
        # torch's own update, by its functional form: torch.optim.Adam imports torch's compiler.
        # This list ends with the step, else old gradients stay while the next ones are made.
        g = [parameter.grad for parameter in self._theta]
        together = kind(self._theta[0].device) == "cuda"  # torch's default; a rehearsal knows it
        with torch.no_grad():
            update(
                self._theta, g, self._m, self._s, [], self._steps, lr=rate, beta1=0.9,
                beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False,
                foreach=together,
            )  # fmt: skip
        return value


def check_schedule(iterations: int, learning_rates: Sequence[float]) -> None:
    """Raise `ValueError` unless 1 <= number of rates <= iterations and all rates are above 0."""
    if iterations < 1:
        raise ValueError(f"iterations={iterations}: needs at least one")
    if not 1 <= len(learning_rates) <= iterations:
        raise ValueError(
            f"learning_rates={list(learning_rates)}: expected 1 to {iterations} rates, one for "
            "each equal part of the iterations"
        )
    if not all(rate > 0 for rate in learning_rates):
        raise ValueError(f"learning_rates={list(learning_rates)}: every rate must be above 0")
