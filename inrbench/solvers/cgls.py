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

    r = y, p = s = A' r, then: q = A p; a = ||s||^2 / ||q||^2; x <- x + a p; r <- r - a q;
    s <- A' r; p <- s + (||s_new||^2 / ||s||^2) p.

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
    if iterations < 1:
        raise ValueError(f"iterations={iterations}: needs at least one")
    r = sinogram.clone()
    s = projector.adjoint(r)
    p = s.clone()
    x = torch.zeros_like(s)
    gamma = torch.sum(s * s)
    for k in range(1, iterations + 1):
        if gamma == 0:
            break
        q = projector.forward(p)
        alpha = gamma / torch.sum(q * q)
        x += alpha * p
        r -= alpha * q
        s = projector.adjoint(r)
        gamma, previous = torch.sum(s * s), gamma
        p = s + (gamma / previous) * p
        if callback is not None:
            callback(k, 0.5 * torch.sum(r * r), x)
    return x
