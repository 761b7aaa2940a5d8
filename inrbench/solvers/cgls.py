"""Conjugate gradients for least squares (CGLS)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from inrbench.projectors.base import Projector


@torch.no_grad()
def cgls(
    projector: Projector,
    sinogram: torch.Tensor,
    iterations: int,
    callback: Callable[[int, torch.Tensor, torch.Tensor], None] | None = None,
) -> torch.Tensor:
    """argmin_x 1/2 ||A x - y||^2 from x = 0, with early stopping as its regularisation.

    r = y, then: s = A' r; p = s + (||s||^2 / ||s_old||^2) p; q = A p; a = ||s||^2 / ||q||^2;
    x <- x + a p; r <- r - a q. The first p is s. k steps are k products with A and k with A'.
    <s, p> is ||s||^2 but for rounding. Past convergence it falls behind, and from 2 <s, p> <=
    ||s||^2 on the step would go uphill: then p = s anew, so that further steps do no harm.

    Args:
        projector: A and A'.
        sinogram: y, shape (views, columns).
        iterations: number of steps; fewer are done where s = 0, the exact minimum.
        callback: called after step k = 1, 2, ... with k, the value 1/2 ||r||^2 and x.

    Returns:
        The last iterate x.

    Raises:
        ValueError: iterations below 1, or a sinogram of another shape than the projector's.

    Reference: A. Bjoerck, Numerical Methods for Least Squares Problems, SIAM 1996, section 7.4.
    """
    x = torch.zeros(projector.grid.shape, device=projector.device)
    _steps(projector, x, sinogram.clone(), iterations, callback=callback)
    return x


@torch.no_grad()
def damped_cgls(
    projector: Projector,
    x: torch.Tensor,
    r: torch.Tensor,
    z: torch.Tensor,
    rho: float,
    iterations: int,
) -> None:
    """argmin_x 1/2 ||A x - y||^2 + rho/2 ||x - z||^2 from a given x, in place.

    CGLS on the stacked system (A; sqrt(rho) I) x = (y; sqrt(rho) z): as `cgls`, with
    s = A' r + rho (z - x) and a = ||s||^2 / (||q||^2 + rho ||p||^2).

    The residual r = y - A x comes in and goes out with x, so that a run in several calls makes no
    product that one call would not: k steps are k products with A and k with A', from x = 0 with
    r = y or from where an earlier call, for another z, left both. (A start at z would cost the
    product A z.)

    Args:
        projector: A and A'.
        x: start, shape projector.grid.shape; becomes the last iterate.
        r: y - A x, shape (views, columns); becomes that of the last iterate.
        z: centre of the penalty, shape of x.
        rho: strength of the penalty, above 0, in the unit of ||A||^2, mm^2.
        iterations: number of steps; fewer are done where s = 0, the exact minimum.

    Raises:
        ValueError: iterations below 1, or shapes other than the projector's.
    """
    _steps(projector, x, r, iterations, z, rho)


def _steps(
    projector: Projector,
    x: torch.Tensor,
    r: torch.Tensor,
    iterations: int,
    z: torch.Tensor | None = None,
    rho: float = 0.0,
    callback: Callable[[int, torch.Tensor, torch.Tensor], None] | None = None,
) -> None:
    """CGLS from x and its residual r, both changed in place; undamped without z."""
    if iterations < 1:
        raise ValueError(f"iterations={iterations}: needs at least one")
    p = gamma = None
    for k in range(1, iterations + 1):
        s = projector.adjoint(r)
        if z is not None:
            s += rho * (z - x)
        gamma, previous = torch.sum(s * s), gamma
        if gamma == 0:
            break
        p = s if p is None else s + (gamma / previous) * p
        if 2 * torch.sum(s * p) <= gamma:
            p = s
        q = projector.forward(p)
        curvature = torch.sum(q * q)
        if z is not None:
            curvature = curvature + rho * torch.sum(p * p)
        alpha = gamma / curvature
        x += alpha * p
        r -= alpha * q
        if callback is not None:
            callback(k, 0.5 * torch.sum(r * r), x)
