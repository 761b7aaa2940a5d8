"""The tensor peak of a cell before it runs, by a rehearsal of its method on shapes alone.

    peak(cell) = tensor peak of the first `METERED` iterations on meta tensors

These are the steps of the run's own metered pass, with a projector of shapes (`projectors.meta`)
and the first turns of long loops. So any network, objective or method is planned as it is written,
plug-ins as well, and the peak is the meter's to the byte. Where it cannot be:

- How many points a uniform sampler draws twice is chance, and how many importance sampling takes
  from a stretch of the grid is the gradient's affair. A rehearsal has the mean of either, which
  shows only where drawing is the peak: by 40 bytes for each of about the square root of a
  stretch's points (uniform) or for each of them at most (importance, 2.5 MiB).
- A sample of more than 3 chunks may leave more points waiting between two pieces later on than
  at first: up to 12 bytes for each point of a chunk are not seen.
- Of a scan only its shape is known. FBP is rehearsed for a fan beam, which needs more than a
  parallel one, and no scan has statistical weights.
- What the meter leaves out is left out: a projector's matrix, work space inside an operation.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch._dynamo  # has most shapes; imported under the meter it would keep tensors alive

from inrbench import methods
from inrbench.geometry import ConeBeam, FanBeam, Geometry
from inrbench.grid import Grid
from inrbench.meters.brief import METERED, Brief, Enough
from inrbench.meters.live_tensors import LiveTensors
from inrbench.meters.rehearsal import rehearsal
from inrbench.scan import Scan


def peak(
    spec: dict[str, Any],
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
    seed: int = 0,
) -> int:
    """The most bytes of live tensors at once, those of the scan among them.

    Args:
        spec: a cell's, as `Cell.spec` and records have it.
        grid_shape: (ny, nx) or (nz, ny, nx).
        sinogram_shape: (views, columns) or (views, rows, columns).
        device: "cpu" or "cuda", which need not be here. On a GPU the scan lies on the CPU as well.
        seed: the cell's; another one may draw some points more or less from a stretch.

    Raises:
        ValueError: a method that cannot be rehearsed, with what stopped it, or that refuses its
            parameters.
    """
    grid = Grid(tuple(grid_shape), 1.0)
    generator = torch.Generator().manual_seed(seed)
    geometry = _geometry(sinogram_shape, grid)
    try:
        method = methods.make(scale=1.0, **spec["method"])
        with rehearsal(device), LiveTensors() as live, contextlib.suppress(Enough):
            scan = Scan(torch.empty(geometry.sinogram_shape), geometry)
            on_device = scan if device == "cpu" else Scan(scan.sinogram.clone(), geometry)
            method.reconstruct(on_device, grid, Brief(METERED), generator)
    except ValueError:
        raise
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"the memory of {spec['method']['name']} is not known before it runs: on shapes alone "
            f"it stops with {type(error).__name__}: {first}"
        ) from error
    return live.peak


def _geometry(sinogram_shape: Sequence[int], grid: Grid) -> Geometry:
    """Of any scan with this shape, its source outside of the grid."""
    views, *detector = sinogram_shape
    angles = np.linspace(0, 2 * math.pi, views, endpoint=False)
    far = {"source_to_axis": 2.0 * sum(grid.shape), "source_to_detector": 4.0 * sum(grid.shape)}
    if grid.dimension == 2:
        return FanBeam(angles, *detector, 1.0, **far)
    return ConeBeam(angles, tuple(detector), 1.0, **far)
