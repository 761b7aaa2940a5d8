"""Total variation: TV(x) = sum_i |(D x)_i|, isotropic, with D the forward differences of an image.

D has as many parts as the image has axes: part a is x[i + 1] - x[i] along axis a, and 0 at the
last i. Differences are not divided by the pixel's edge, so that TV has the unit of the image.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from inrbench.meters.rehearsal import number
from inrbench.projectors.base import Projector


def differences(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """D x, shape (d, *x.shape), into `out`, which is returned."""
    for axis, part in enumerate(out):
        last = x.shape[axis] - 1
        ahead, here = x.narrow(axis, 1, last), x.narrow(axis, 0, last)
        torch.sub(ahead, here, out=part.narrow(axis, 0, last))
        part.select(axis, last).zero_()
    return out


def add_adjoint(q: torch.Tensor, factor: float, out: torch.Tensor) -> torch.Tensor:
    """out + factor D'q into `out`, which is returned; q of shape (d, *out.shape)."""
    for axis, part in enumerate(q):
        last = out.shape[axis] - 1
        inner = part.narrow(axis, 0, last)
        out.narrow(axis, 1, last).add_(inner, alpha=factor)
        out.narrow(axis, 0, last).sub_(inner, alpha=factor)
    return out


def lengths(q: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    """|q_i| over the parts at each pixel, shape q.shape[1:], into `out`, which is returned."""
    torch.mul(q[0], q[0], out=out)
    for part in q[1:]:
        out.addcmul_(part, part)
    return out.sqrt_()


def total_variation(x: torch.Tensor) -> float:
    """TV(x), in the unit of x."""
    d = differences(x, x.new_empty(x.dim(), *x.shape))
    return float(lengths(d, torch.empty_like(x)).sum())


def norm(shape: Sequence[int]) -> float:
    """||D||: its square is the sum over axes of n points of 2 - 2 cos(pi (n - 1) / n) < 4."""
    return math.sqrt(sum(2 - 2 * math.cos(math.pi * (n - 1) / n) for n in shape))


@torch.no_grad()
def flattening_lambda(projector: Projector, sinogram: torch.Tensor) -> float:
    """A lambda from which on the minimiser of 1/2 ||A x - y||^2 + lambda TV(x), x >= 0, is flat.

    lambda_1 = max_i |q_i| with q = D (D'D)^+ g, where g is the part of A'(y - c A 1) without mean
    and c the value of the best flat image. That image is optimal if lambda bounds the |q_i| of
    some solution of D'q = g; this q is the one of least norm, so that lambda_1 is an upper bound
    of the smallest such lambda. With the units of length and attenuation, the number of views and
    the size of the pixels, lambda_1 changes as lambda has to for the same image: a share of it
    means much the same in any scan.

    Args:
        projector: A and A'.
        sinogram: y.

    Returns:
        lambda_1, in mm where images are in mm^-1; 0 where y is the sinogram of a flat image.
    """
    flat = torch.ones(projector.grid.shape, device=sinogram.device)
    shadow = projector.forward(flat)
    c = torch.sum(shadow * sinogram) / torch.sum(shadow * shadow)
    return flattening(projector.adjoint(sinogram - c * shadow))


@torch.no_grad()
def flattening(g: torch.Tensor) -> float:
    """lambda_1 of `flattening_lambda` for any data term whose gradient at the best flat image is
    g or -g, in the unit of g."""
    potential = _poisson(g)
    q = differences(potential, potential.new_empty(potential.dim(), *potential.shape))
    return number(lengths(q, potential).max(), 1.0)


def _poisson(g: torch.Tensor) -> torch.Tensor:
    """(D'D)^+ g: D'D is diagonal in the products of the axes' cosines, and does not see means."""
    bases = [_cosines(n).to(g) for n in g.shape]
    eigenvalues = torch.zeros_like(g)
    for axis, n in enumerate(g.shape):
        along = 2 - 2 * torch.cos(math.pi * torch.arange(n, dtype=torch.float64) / n)
        eigenvalues += along.to(g).reshape([-1 if a == axis else 1 for a in range(g.dim())])
    eigenvalues.view(-1)[0] = math.inf
    for basis in bases:  # each product moves the first axis to the end
        g = torch.tensordot(g, basis, ([0], [0]))
    g = g / eigenvalues
    for basis in bases:
        g = torch.tensordot(g, basis, ([0], [1]))
    return g.contiguous()


def _cosines(n: int) -> torch.Tensor:
    """Orthonormal columns k over points i, proportional to cos(pi k (i + 1/2) / n)."""
    i, k = torch.meshgrid(*2 * [torch.arange(n, dtype=torch.float64)], indexing="ij")
    basis = torch.cos(math.pi * k * (i + 0.5) / n) * math.sqrt(2 / n)
    basis[:, 0] = math.sqrt(1 / n)
    return basis
