"""Least squares with total variation, by the primal-dual method of Chambolle and Pock."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch

from inrbench.meters.rehearsal import number, turns
from inrbench.objectives.total_variation import add_adjoint, differences, lengths, norm
from inrbench.projectors.base import Projector

SIGMA = 0.05
"""Step of the dual variables, without unit as these are: a measured compromise. 1 / ||K||, which
is often taken, has a unit, and was slower."""
LANCZOS_STEPS = 30
MARGIN = 1.02
"""Lanczos approaches a norm from below; see `balance`."""

Callback = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], None]


class Balance(NamedTuple):
    """What the steps are made from: nu = ||A|| / ||D||, and ||K|| for K = (A, nu D)."""

    nu: float
    norm: float


@torch.no_grad()
def balance(projector: Projector, generator: torch.Generator) -> Balance:
    """The balance by `LANCZOS_STEPS` steps of Lanczos on A'A, and as many on K'K = A'A + nu^2 D'D.

    The top of K'K can be smooth as A's or rough as D's, so that the starts are Gaussian noise, in
    which nothing is missing. For such a start, k steps on n pixels underestimate ||K|| by more
    than the factor `MARGIN` with probability at most 1.648 sqrt(n) exp(-sqrt(eps) (2 k - 1)), eps
    = 1 - 1 / MARGIN^2: below 0.004 on 256^2. `Balance.norm` has that factor on it.

    Reference: J. Kuczynski and H. Wozniakowski, "Estimating the largest eigenvalue by the power
    and Lanczos algorithms with a random start", SIAM J. Matrix Anal. Appl. 13, 1094-1122, 1992.
    """
    shape = projector.grid.shape
    nu = _largest_singular_value(projector, 0.0, generator) / norm(shape)
    return Balance(nu, MARGIN * _largest_singular_value(projector, nu, generator))


def _largest_singular_value(projector: Projector, nu: float, generator: torch.Generator) -> float:
    """||(A, nu D)|| from below: the root of the tridiagonal matrix's largest eigenvalue."""
    shape, device = projector.grid.shape, projector.device
    v = torch.randn(shape, generator=generator, device=device)
    v /= torch.linalg.vector_norm(v)
    last, d = torch.zeros_like(v), v.new_empty(v.dim(), *shape)
    tridiagonal = torch.zeros(LANCZOS_STEPS, LANCZOS_STEPS, dtype=torch.float64)
    beta = 0.0
    for k in turns(range(LANCZOS_STEPS), 3, device):
        w = add_adjoint(differences(v, d), nu**2, projector.adjoint(projector.forward(v)))
        alpha = number(_dot(w, v), 1.0)
        w -= alpha * v + beta * last
        tridiagonal[k, k] = alpha
        beta = number(torch.linalg.vector_norm(w), 1.0)
        if k + 1 == LANCZOS_STEPS or beta <= 1e-6 * alpha:  # nothing new but rounding
            break
        tridiagonal[k, k + 1] = tridiagonal[k + 1, k] = beta
        last, v = v, w / beta
    return math.sqrt(number(torch.linalg.eigvalsh(tridiagonal)[-1], 1.0))


@torch.no_grad()
def chambolle_pock(
    projector: Projector,
    sinogram: torch.Tensor,
    lambda_: float,
    iterations: int,
    balanced: Balance,
    callback: Callback | None = None,
) -> torch.Tensor:
    """argmin_{x >= 0} f(x),  f(x) = 1/2 ||A x - y||^2 + lambda TV(x), from x = 0.

    With D the differences of `total_variation`, nu and K those of `Balance`, and
    sigma tau ||K||^2 = 1:

        p <- (p + sigma (A xbar - y)) / (1 + sigma)
        q <- q + sigma nu D xbar, each q_i brought back to |q_i| <= lambda / nu
        w <- A'p + nu D'q
        x <- max(0, x - tau w),  xbar <- 2 x - x_old

    A x is kept, and A xbar = 2 A x - A x_old: an iteration is one product with A and one with A'.

    The duality gap of the same problem with x <= u besides, u = 2 max_i x_i, needs no other:

        gap = 1/2 ||A x - y - p||^2 + (lambda TV(x) - nu <q, D x>)
              + sum_i max(w_i x_i, w_i (x_i - u))

    The three terms, none below 0, are how far p, q and x are from the conditions of optimality
    p = A x - y; nu q_i along (D x)_i, of length lambda where that is not 0; w >= 0, and w_i = 0
    where x_i > 0. So f(x) - min f <= gap as long as the minimiser stays below u, and gap = 0 means
    that x is the minimiser. Both need an A' that is the adjoint of A.

    Args:
        projector: A and A'.
        sinogram: y, shape (views, columns) or (views, rows, columns).
        lambda_: strength of TV in the unit of A: mm where images are in mm^-1.
        iterations: number of steps.
        balanced: nu and ||K||, from `balance`.
        callback: called after step k = 1, 2, ... with k, f(x), gap / f(x) and x.

    Returns:
        The last iterate x.

    Raises:
        ValueError: a lambda below 0 or not finite, iterations below 1, or a sinogram of another
            shape than the projector's.

    Reference: A. Chambolle and T. Pock, "A first-order primal-dual algorithm for convex problems
    with applications to imaging", J. Math. Imaging Vis. 40, 120-145, 2011; for this problem E. Y.
    Sidky, J. H. Joergensen and X. Pan, Phys. Med. Biol. 57, 3065-3091, 2012.
    """
    if not 0 <= lambda_ < math.inf:
        raise ValueError(f"lambda={lambda_}: the strength of TV must be finite and at least 0")
    if iterations < 1:
        raise ValueError(f"iterations={iterations}: needs at least one")
    y, shape = sinogram, projector.grid.shape
    x, xbar, scratch = torch.zeros(3, *shape, device=y.device)
    q, d = torch.zeros(2, len(shape), *shape, device=y.device)
    p, ax, axbar, r = (torch.zeros_like(y) for _ in range(4))
    nu, sigma, tau = balanced.nu, SIGMA, 1 / (SIGMA * balanced.norm**2)
    tiny = torch.finfo(x.dtype).tiny
    radius = max(lambda_ / nu, tiny)
    for k in range(1, iterations + 1):
        p.add_(axbar.sub_(y), alpha=sigma).div_(1 + sigma)
        q.add_(differences(xbar, d), alpha=sigma * nu)
        q.div_(lengths(q, scratch).div_(radius).clamp_(min=1))
        w = add_adjoint(q, nu, projector.adjoint(p))
        xbar.copy_(x)
        x.sub_(w, alpha=tau).clamp_(min=0)
        xbar.neg_().add_(x, alpha=2)
        axbar, ax = ax, projector.forward(x)
        axbar.neg_().add_(ax, alpha=2)
        if callback is not None:
            torch.sub(ax, y, out=r)
            roughness = lambda_ * lengths(differences(x, d), scratch).sum()
            value = _half_square(r) + roughness
            u = 2 * x.max()
            gap = _half_square(r.sub_(p)) + roughness - nu * _dot(q, d)
            gap += _dot(w, x) - u * w.clamp_(max=0).sum()
            callback(k, value, gap / value.clamp(min=tiny), x)
    return x


def _dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.dot(a.reshape(-1), b.reshape(-1))


def _half_square(r: torch.Tensor) -> torch.Tensor:
    return 0.5 * _dot(r, r)
