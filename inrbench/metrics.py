"""Image quality: mean squared error, PSNR, SSIM, and the residual on held-out views."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.scan import Scan

# Points that are looked at together: volumes go through slab by slab, so that the double precision
# of the metrics takes a few hundred MB beside a volume of any size, not ten volumes.
SLAB = 2**21
# Groups of held-out views, of which each is left out once for a standard error.
ARCS = 10


def mse(image: np.ndarray, reference: np.ndarray) -> float:
    """mean (x - x_ref)^2 over the whole grid, in mm^-2, accumulated in double precision."""
    total = sum(
        np.sum((image[slab].astype(np.float64) - reference[slab]) ** 2)
        for slab in _slabs(image.shape)
    )
    return float(total / image.size)


def psnr(image: np.ndarray, reference: np.ndarray, data_range: float) -> float:
    """10 log10(data_range^2 / mse) in dB; infinite for equal images."""
    error = mse(image, reference)
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)


def ssim(image: np.ndarray, reference: np.ndarray, data_range: float) -> float:
    """mean of (2 m_x m_r + c1) (2 s_xr + c2) / ((m_x^2 + m_r^2 + c1) (s_x + s_r + c2)).

    m, s: local means, variances and the covariance of image x and reference r under a Gaussian
    window of sigma 1.5 (11 pixels wide), at every place where the window lies inside;
    c1 = (0.01 data_range)^2, c2 = (0.03 data_range)^2. The settings of the paper, in double
    precision. In 3D the window is a three-dimensional one (11^3 voxels), not slice by slice. At
    most about ten arrays of a slab are held, its 10 slices of margin included: 200 MB at 501^3.

    Raises:
        ValueError: an image with a side below 11 pixels.

    Reference: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment:
    from error visibility to structural similarity", IEEE Trans. Image Process. 13(4), 2004.
    """
    if min(image.shape) < len(_WINDOW):
        raise ValueError(
            f"image of shape {image.shape}: SSIM needs {len(_WINDOW)} pixels along each side"
        )
    margin = len(_WINDOW) - 1
    total = sum(
        np.sum(_similarity(image[slab], reference[slab], data_range))
        for slab in _slabs(image.shape, margin)
    )
    return float(total / math.prod(side - margin for side in image.shape))


def _similarity(image: np.ndarray, reference: np.ndarray, data_range: float) -> np.ndarray:
    """The formula of `ssim` at every place where the window lies inside."""
    x, r = image.astype(np.float64), reference.astype(np.float64)
    m_x, m_r = _smooth(x), _smooth(r)
    s_x, s_r = _smooth(x * x) - m_x**2, _smooth(r * r) - m_r**2
    s_xr = _smooth(x * r) - m_x * m_r
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    above = (2 * m_x * m_r + c1) * (2 * s_xr + c2)
    below = (m_x**2 + m_r**2 + c1) * (s_x + s_r + c2)
    return above / below


def _slabs(shape: tuple[int, ...], margin: int = 0) -> Iterator[slice]:
    """Slices of the first axis with about `SLAB` points each, which overlap by `margin`."""
    step = max(1, SLAB // math.prod(shape[1:]))
    for start in range(0, shape[0] - margin, step):
        yield slice(start, start + step + margin)


_WINDOW = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
_WINDOW /= _WINDOW.sum()


def _smooth(values: np.ndarray) -> np.ndarray:
    """The window's mean at every place where it lies inside: one axis after the other."""
    for _ in values.shape:
        inside = len(values) - len(_WINDOW) + 1
        mean = sum(weight * values[k : k + inside] for k, weight in enumerate(_WINDOW))
        values = np.moveaxis(mean, 0, -1)
    return values


def image_metrics(image: torch.Tensor, reference: torch.Tensor) -> dict[str, float]:
    """mse, psnr and ssim; the data range is that of the reference, max - min."""
    x = image.detach().cpu().numpy()
    truth = reference.cpu().numpy()
    data_range = float(truth.max() - truth.min())
    return {
        "mse": mse(x, truth),
        "psnr": psnr(x, truth, data_range),
        "ssim": ssim(x, truth, data_range),
    }


@torch.no_grad()
def held_out(image: torch.Tensor, grid: Grid, scan: Scan) -> dict[str, float]:
    """held_out = R = ||A_h x - y_h|| / ||y_h|| on views h that the method did not get, and

        held_out_spread = sqrt( (G - 1) / G  sum_g (R_g - mean R)^2 ),

    its standard error over which views are held out (jackknife): R_g is R without the g-th of
    G = `ARCS` arcs of neighbouring views, or of single views where there are fewer. Neighbours
    see nearly the same errors, so that single views would look more certain than they are. NaN
    for one view. Neither number needs a reference.
    """
    projector = projectors.make(scan.geometry, grid, image.device)
    y = scan.sinogram.to(image.device)
    errors, sizes = (
        values.square().flatten(1).sum(1, dtype=torch.float64).cpu().numpy()
        for values in (projector.forward(image) - y, y)
    )
    count = min(ARCS, len(errors))
    arcs = np.array_split(np.arange(len(errors)), count)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.sqrt(errors.sum() / sizes.sum())
        without = [np.sqrt(np.delete(errors, arc).sum() / np.delete(sizes, arc).sum())
                   for arc in arcs]  # fmt: skip
    spread = math.sqrt(count - 1) * np.std(without) if count > 1 else math.nan
    return {"held_out": float(whole), "held_out_spread": float(spread)}
