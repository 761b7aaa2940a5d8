"""Image quality: mean squared error, PSNR, SSIM, and the residual on held-out views."""

from __future__ import annotations

import math

import numpy as np
import torch
from skimage.metrics import structural_similarity

from inrbench import projectors
from inrbench.grid import Grid
from inrbench.scan import Scan


def mse(image: np.ndarray, reference: np.ndarray) -> float:
    """mean (x - x_ref)^2 over the whole grid, in mm^-2, accumulated in double precision."""
    return float(np.mean((image.astype(np.float64) - reference) ** 2))


def psnr(image: np.ndarray, reference: np.ndarray, data_range: float) -> float:
    """10 log10(data_range^2 / mse) in dB; infinite for equal images."""
    error = mse(image, reference)
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)


def ssim(image: np.ndarray, reference: np.ndarray, data_range: float) -> float:
    """Mean structural similarity: Gaussian window of sigma 1.5, population covariance.

    Reference: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment:
    from error visibility to structural similarity", IEEE Trans. Image Process. 13(4), 2004.
    """
    return float(
        structural_similarity(
            reference,
            image,
            data_range=data_range,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


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
def held_out(image: torch.Tensor, grid: Grid, scan: Scan) -> float:
    """||A_h x - y_h|| / ||y_h|| on views h that the method did not get; needs no reference."""
    projector = projectors.make(scan.geometry, grid, image.device)
    y = scan.sinogram.to(image.device)
    return float(torch.linalg.norm(projector.forward(image) - y) / torch.linalg.norm(y))
