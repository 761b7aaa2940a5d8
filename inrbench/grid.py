"""The reconstruction grid X: pixel centres in mm, and the coordinates that a network sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class Grid:
    """A regular grid centred on the rotation axis.

    Args:
        shape: (ny, nx) or (nz, ny, nx). Row 0 has the largest y; x grows with the column, z with
            the slice.
        spacing: edge of the square pixel (cubic voxel) in mm.

    Raises:
        ValueError: a shape that is not 2 or 3 positive numbers, or a spacing not above 0.
    """

    shape: tuple[int, ...]
    spacing: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        if len(self.shape) not in (2, 3) or min(self.shape) < 1:
            raise ValueError(f"shape={self.shape}: expected (ny, nx) or (nz, ny, nx), all above 0")
        if not 0 < self.spacing < math.inf:
            raise ValueError(f"spacing={self.spacing}: must be above 0 mm and finite")

    @property
    def size(self) -> int:
        """Number of points n."""
        return math.prod(self.shape)

    @property
    def dimension(self) -> int:
        """2 or 3."""
        return len(self.shape)

    def axes(self) -> tuple[np.ndarray, ...]:
        """Centres in mm along each axis, x first: ((nx,), (ny,)) or ((nx,), (ny,), (nz,))."""
        centred = [(np.arange(n) - (n - 1) / 2) * self.spacing for n in reversed(self.shape)]
        centred[1] = -centred[1]  # row 0 has the largest y
        return tuple(centred)

    def points(self, indices: torch.Tensor) -> torch.Tensor:
        """Network coordinates of the pixels with these flat indices.

        One scale for all axes: the outer edges of the longest side lie at -1 and 1, so centres lie
        strictly inside.

        Args:
            indices: int64 tensor of shape (m,), positions in `image.flatten()`.

        Returns:
            float32 tensor of shape (m, d), x first, on the device of `indices`.
        """
        scale = 2.0 / max(self.shape)
        coordinates = []
        for axis, n in enumerate(reversed(self.shape)):
            position = indices % n
            indices = indices // n
            centred = (position.to(torch.float32) - (n - 1) / 2) * scale
            coordinates.append(-centred if axis == 1 else centred)
        return torch.stack(coordinates, dim=-1)

    def coordinates(
        self, start: int = 0, stop: int | None = None, device: torch.device | str = "cpu"
    ) -> torch.Tensor:
        """Network coordinates of pixels start to stop (default: all), shape (stop - start, d).

        Made on demand, in the order of `image.flatten()`; nothing of the grid's size is kept.
        """
        stop = self.size if stop is None else stop
        return self.points(torch.arange(start, stop, device=device))
