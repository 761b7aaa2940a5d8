"""The alternating direction method of multipliers (ADMM) around a network."""

from __future__ import annotations

from collections.abc import Callable

import torch

from inrbench.meters.rehearsal import number
from inrbench.projectors.base import Projector
from inrbench.solvers.cgls import damped_cgls

# Called with k, 1/2 ||A E - y||^2, E, and the primal and the dual residual.
Callback = Callable[[int, torch.Tensor, torch.Tensor, float, float], None]


@torch.no_grad()
def admm(
    projector: Projector,
    sinogram: torch.Tensor,
    image: torch.Tensor,
    fit: Callable[[torch.Tensor], torch.Tensor],
    rho: float,
    outer: int,
    cgls_steps: int,
    callback: Callback,
) -> torch.Tensor:
    """min over theta of 1/2 ||A E(theta) - y||^2, as 1/2 ||A x - y||^2 subject to x = E(theta).

    With the multiplier rho u, from x = 0, u = 0 and E = E(theta_0):

        x      <- argmin 1/2 ||A x - y||^2 + rho/2 ||x - (E - u)||^2     by CGLS from the last x
        theta  <- argmin 1/2 ||E(theta) - (x + u)||^2                    by `fit`, no projection
        u      <- u + x - E

    CGLS goes on from its last x, whose residual it has, and so needs no product beyond one with A
    and one with A' a step (see `damped_cgls`). The callback's value is that of E, the image shown
    and returned, for one product with A more in an outer iteration. Its residuals are those of
    Boyd et al. (section 3.3), x - E and rho (E - E_old), relative to the network's image:

        primal = ||x - E|| / ||E||,     dual = ||E - E_old|| / ||E||.

    Args:
        projector: A and A'.
        sinogram: y, shape (views, columns).
        image: E(theta_0), shape projector.grid.shape.
        fit: changes theta so that E(theta) is nearer to its argument; returns the new E(theta).
        rho: strength of the coupling, above 0, in the unit of ||A||^2, mm^2.
        outer: how often the three updates are made.
        cgls_steps: of each x-update.
        callback: called after each outer iteration k = 1, 2, ..., see `Callback`.

    Returns:
        The last E(theta).

    References: S. Boyd et al., "Distributed optimization and statistical learning via the
    alternating direction method of multipliers", Found. Trends Mach. Learn. 3(1), 1-122, 2011.
    M. Najaf and G. Ongie, "Accelerated optimization of implicit neural representations for CT
    reconstruction", ISBI 2025, arXiv:2504.13390.
    """
    x, u = torch.zeros_like(image), torch.zeros_like(image)
    r = sinogram.clone()
    for k in range(1, outer + 1):
        damped_cgls(projector, x, r, image - u, rho, cgls_steps)
        old, image = image, fit(x + u)
        u += x - image
        norm = torch.linalg.vector_norm(image)
        primal = number(torch.linalg.vector_norm(x - image) / norm, 1.0)
        dual = number(torch.linalg.vector_norm(image - old) / norm, 1.0)
        misfit = projector.forward(image) - sinogram
        callback(k, 0.5 * torch.sum(misfit * misfit), image, primal, dual)
    return image
