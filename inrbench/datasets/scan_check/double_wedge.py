"""The rotation axis of a parallel beam over half a turn, from the sinogram alone.

    c* = argmin_c sum_{(k, f) outside} |F S_c|(k, f),    S_c = [p(t, u); p(t, 2 c - u)]

Views turned by half a turn are the views reflected about the axis. With the right c, S_c is the
sinogram of a whole turn, and an object within R of the axis leaves F S_c, its transform over
angles and columns, in the double wedge |k| <= 2 pi f R. A wrong c spreads it.

Reference: N. T. Vo, M. Drakopoulos, R. C. Atwood, C. Reinhard, "Reliable method for calculating
the center of rotation in parallel-beam tomography", Opt. Express 22(16), 19078-19086, 2014.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from inrbench.geometry import FanBeam, ParallelBeam

_WIDEST = 0.25  # cycles a column: above, there is noise alone
_MARGIN = 2.0  # angular frequencies beside the wedge, which leakage fills


def applies(geometry: ParallelBeam | FanBeam) -> bool:
    """Whether it is a parallel beam whose views divide half a turn evenly, in order."""
    if not isinstance(geometry, ParallelBeam) or len(geometry.angles) < 8:
        return False
    steps = np.diff(geometry.angles)
    step = np.median(steps)
    even = np.abs(steps - step).max() <= 0.05 * abs(step)
    return bool(even and abs(abs(step) * len(geometry.angles) - np.pi) <= 2 * abs(step))


def axis(sinogram: np.ndarray, guess: float, reach: float) -> float:
    """Where the axis is seen, in columns from the detector's middle, to a few hundredths.

    Args:
        sinogram: line integrals, (views, columns), see `applies`.
        guess: near which it is, in columns from the middle.
        reach: how far from there at most.
    """
    views, columns = sinogram.shape
    edge = columns // 2
    padded = np.pad(sinogram, ((0, 0), (edge, edge)), mode="edge")
    f = np.fft.fftfreq(padded.shape[1])
    k = np.fft.fftfreq(2 * views) * 2 * views
    wedge = 2 * np.pi * np.abs(f) * (columns / 2)
    outside = (np.abs(k)[:, None] > 1.1 * wedge + _MARGIN) & (np.abs(f) < _WIDEST)
    straight, turned = np.fft.fft(padded), np.fft.fft(padded[:, ::-1])

    def spread(c: float) -> float:
        reflected = turned * np.exp(-2j * np.pi * f * 2 * c)
        return float(
            np.abs(np.fft.fft(np.concatenate([straight, reflected]), axis=0))[outside].sum()
        )

    tried = np.arange(guess - reach, guess + reach + 0.25, 0.5)
    best = tried[int(np.argmin([spread(c) for c in tried]))]
    found = minimize_scalar(
        spread, bounds=(best - 0.6, best + 0.6), method="bounded", options={"xatol": 0.005}
    )
    return float(found.x)
