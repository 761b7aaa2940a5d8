"""How good a gradient estimate is, against the exact gradient at the same weights."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import asdict, dataclass

import torch

from inrbench.gradients import GradientMode
from inrbench.grid import Grid
from inrbench.objectives import Objective


@dataclass(frozen=True)
class Quality:
    """Figures of R estimates g_1 ... g_R of a gradient G, all without unit but the last.

    relative_error = sqrt( mean |g_r - G|^2 ) / |G|,   cosine = mean <g_r, G> / (|g_r| |G|),
    variance = sum |g_r - mean g|^2 / ((R - 1) |G|^2),   bias = |mean g - G| / |G|,
    seconds = median time of one estimate.

    For an unbiased mode, bias^2 is about variance / R and relative_error^2 about variance.
    """

    relative_error: float
    cosine: float
    variance: float
    bias: float
    seconds: float

    def row(self) -> dict[str, float]:
        """As columns of a table."""
        return asdict(self)


def measure(
    mode: GradientMode,
    network: torch.nn.Module,
    grid: Grid,
    objective: Objective,
    exact: torch.Tensor,
    generator: torch.Generator,
    repeats: int,
) -> Quality:
    """The quality of `repeats` estimates at the network's present weights.

    Args:
        mode: whose estimates.
        network, grid, objective: of the problem; the parameters' `.grad` is left empty.
        exact: G, see `flat`.
        generator: of the samples.
        repeats: R, at least 2.

    Raises:
        ValueError: repeats below 2, or an exact gradient of zero.
    """
    norm = float(exact.norm())
    if repeats < 2 or not norm > 0:
        raise ValueError(
            f"repeats={repeats}, |G|={norm}: needs at least two estimates of a gradient above 0"
        )
    total = torch.zeros_like(exact)
    errors, squares, cosines, seconds = [], [], [], []
    for _ in range(repeats):
        estimate, duration = one(mode, network, grid, objective, generator)
        total += estimate
        errors.append(float((estimate - exact).square().sum()))
        squares.append(float(estimate.square().sum()))
        length = squares[-1] ** 0.5
        # An estimate may vanish, where v is zero at every point that was drawn.
        cosines.append(float(torch.dot(estimate, exact)) / (length * norm) if length else 0.0)
        seconds.append(duration)
    mean = total / repeats
    variance = (sum(squares) - repeats * float(mean.square().sum())) / (repeats - 1)
    return Quality(
        relative_error=math.sqrt(statistics.fmean(errors)) / norm,
        cosine=statistics.fmean(cosines),
        variance=max(variance, 0.0) / norm**2,
        bias=float((mean - exact).norm()) / norm,
        seconds=statistics.median(seconds),
    )


def one(
    mode: GradientMode,
    network: torch.nn.Module,
    grid: Grid,
    objective: Objective,
    generator: torch.Generator,
) -> tuple[torch.Tensor, float]:
    """One estimate as a flat float64 vector, and the seconds that it took."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.grad = None
    _wait(parameters[0].device)
    begun = time.perf_counter()
    mode.backward(network, grid, objective, generator)
    _wait(parameters[0].device)
    duration = time.perf_counter() - begun
    flat = torch.cat([p.grad.flatten().double() for p in parameters])
    for parameter in parameters:
        parameter.grad = None
    return flat, duration


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
