"""Conjugate gradients for least squares (CGLS)."""

from __future__ import annotations

from collections.abc import Callable

import torch

from inrbench.meters.rehearsal import number
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

    A step is taken unless one of three rules holds, eps being the precision of the arithmetic:

        ||A' r|| <= eps ||A||_F ||r||      x is optimal for an A rounded anew
        ||r|| <= eps ||y||                 the data are met to their last digit
        <q, r> <= ||s||^2 / 2              the step would not lower ||r||

    The first two are LSQR's, with eps for both tolerances. What is left of s then is rounding,
    with parts in the null space of A, along which steps have no bound. ||A||_F costs no product:
    the vectors s / ||s|| are those v_k of Golub and Kahan's bidiagonalisation, so the sum of
    ||A v_k||^2 = 1 / a_k + b_k / a_(k-1) tends to ||A||_F^2 from below. The third compares two
    numbers that are equal but for rounding. It guards the first steps, before ||A||_F is known.

    Args:
        projector: A and A'.
        sinogram: y, shape (views, columns).
        iterations: number of steps; fewer where a rule holds, which costs the two products of the
            step that is not taken.
        callback: called after step k = 1, 2, ... with k, the value 1/2 ||r||^2 and x; not for
            steps that are not taken: their iterates are the last one.

    Returns:
        The last iterate x.

    Raises:
        ValueError: iterations below 1, or a sinogram of another shape than the projector's.

    References: A. Bjoerck, Numerical Methods for Least Squares Problems, SIAM 1996, section 7.4.
    C. C. Paige and M. A. Saunders, "LSQR: an algorithm for sparse linear equations and sparse
    least squares", ACM Trans. Math. Softw. 8(1), 43-71, 1982, sections 5 and 6.
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
    s = A' r + rho (z - x) and a = ||s||^2 / (||q||^2 + rho ||p||^2). Its rules are `cgls`'s of the
    stacked matrix and residual; in the second, the residual at the start stands for y.

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
        iterations: number of steps; fewer where a rule holds, as for `cgls`.

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
    eps = torch.finfo(x.dtype).eps
    p = gamma = alpha = start = None
    norm = torch.zeros((), device=x.device)  # ||A||_F^2 on the space searched so far
    for k in range(1, iterations + 1):
        s = projector.adjoint(r)
        if z is not None:
            s += rho * (z - x)
        gamma, previous = torch.sum(s * s), gamma
        beta = 0.0 if p is None else gamma / previous
        p = s if p is None else s + beta * p
        q = projector.forward(p)
        curvature, descent, misfit = torch.sum(q * q), torch.sum(q * r), torch.sum(r * r)
        if z is not None:
            curvature = curvature + rho * torch.sum(p * p)
            descent = descent + rho * torch.sum(p * (z - x))
            misfit = misfit + rho * torch.sum((z - x) ** 2)
        start = misfit if start is None else start
        norm += curvature / gamma + (0.0 if alpha is None else beta / alpha)
        optimal = gamma <= eps**2 * norm * misfit
        met = misfit <= eps**2 * start
        rises = 2 * descent - gamma <= 0  # as a difference: overflow is no end, but shows in x
        if number(optimal | met | rises, False):
            break
        alpha = gamma / curvature
        x += alpha * p
        r -= alpha * q
        if callback is not None:
            callback(k, 0.5 * torch.sum(r * r), x)
