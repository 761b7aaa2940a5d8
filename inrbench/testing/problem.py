"""A small asymmetric problem on which contracts are tested."""

from __future__ import annotations

import numpy as np
import torch

from inrbench import networks, projectors
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, Geometry, ParallelBeam
from inrbench.grid import Grid
from inrbench.projectors.base import Projector
from inrbench.scan import Scan

SCALE = 0.02


def fan_beam(views: int = 17, columns: int = 40) -> FanBeam:
    """A short fan with an offset detector and views all round, for an object within 45 mm."""
    angles = np.linspace(0.1, 2 * np.pi + 0.1, views, endpoint=False)
    return FanBeam(angles, columns, 4.2, 200.0, 300.0, detector_offset=3.3)


def parallel_beam(views: int = 17, columns: int = 40) -> ParallelBeam:
    """Parallel rays over half a turn on an offset detector, for an object within 45 mm."""
    angles = np.linspace(0.1, np.pi + 0.1, views, endpoint=False)
    return ParallelBeam(angles, columns, 2.8, detector_offset=2.2)


def cone_beam(views: int = 9, rows: int = 30, columns: int = 34) -> ConeBeam:
    """A wide cone on a detector that is offset both ways, for an object within 45 mm."""
    angles = np.linspace(0.1, 2 * np.pi + 0.1, views, endpoint=False)
    return ConeBeam(angles, (rows, columns), 5.5, 200.0, 300.0, detector_offset=(-2.3, 3.3))


def cone_vectors(views: int = 9, rows: int = 30, columns: int = 34) -> ConeVectors:
    """That cone as a calibration finds it: source and detector wander, u and v tilt."""
    vectors = cone_beam(views, rows, columns).vectors.reshape(views, 4, 3)
    k = np.arange(views)
    vectors[:, :2] += np.stack([np.sin(k), np.cos(2 * k), 2 * np.sin(3 * k)], -1)[:, None, :]
    tilt = 0.05 * np.cos(k)[:, None]
    u, v = vectors[:, 2].copy(), vectors[:, 3].copy()
    vectors[:, 2] = np.cos(tilt) * u + np.sin(tilt) * v
    vectors[:, 3] = np.cos(tilt) * v - np.sin(tilt) * u
    return ConeVectors(vectors.reshape(views, 12), (rows, columns))


def small_problem(
    geometry: Geometry | None = None, shape: tuple[int, ...] = (18, 22)
) -> tuple[Grid, Scan, Projector]:
    """A grid that is not square, a noise-like scan that no image explains, and its projector."""
    geometry = fan_beam() if geometry is None else geometry
    grid = Grid(shape, 80.0 / max(shape))
    generator = torch.Generator().manual_seed(1)
    sinogram = torch.rand(geometry.sinogram_shape, generator=generator)
    return grid, Scan(sinogram, geometry), projectors.make(geometry, grid)


def small_network(grid: Grid) -> torch.nn.Module:
    """A SIREN of two hidden layers of eight, smooth enough for tight comparisons."""
    return networks.make("siren", grid, SCALE, seed=3, width=8, layers=2, frequency=5.0)


def flat_gradient(network: torch.nn.Module) -> torch.Tensor:
    """All parameters' `.grad` as one vector, zeros where there is none."""
    parts = [
        (torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in network.parameters()
    ]
    return torch.cat(parts)
