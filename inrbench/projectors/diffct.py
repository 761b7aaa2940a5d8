"""Projectors by diffct: Siddon's exact lengths and their transpose, by numba on CUDA.

In its coordinates row 0 of an image has the smallest y, and a cone beam's sinogram is (views,
columns, rows). It takes any frame, so that our arrays go in as they are: y is negated; u and v
change places; and x and z do, too, because its kernels store x first.

On a CPU it has a portable path in torch, far slower than RTK: for tests.

References: Y. Sun, diffct, https://github.com/sypsyp97/diffct. R. L. Siddon, "Fast calculation of
the exact radiological path for a three-dimensional CT array", Med. Phys. 12(2), 252-255, 1985.
"""

from __future__ import annotations

import diffct
import numpy as np
import torch

from inrbench.errors import Absent, Unsupported
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, Geometry
from inrbench.grid import Grid
from inrbench.projectors.base import Inversion, Projector


def make(
    geometry: Geometry, grid: Grid, device: torch.device, whole: Geometry | None = None
) -> Projector:
    """The projector of a geometry on `device`.

    No matrix is kept, so that `whole` makes no difference.

    Raises:
        Unsupported: detector pixels that are not rectangular, or of another size in some view.
    """
    _check_device(device)
    if grid.dimension == 3:
        operator = _cone(geometry, grid)
        turned = (2, 1, 0)
    else:
        operator = _flat(geometry, grid)
        turned = (0, 1)
    name = f"diffct {operator.backend}" + ("" if device.type == "cuda" else " on the CPU")

    @torch.no_grad()
    def apply(image: torch.Tensor) -> torch.Tensor:
        return operator.project(image.detach().permute(turned))

    @torch.no_grad()
    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        return operator.backproject(sinogram.detach().contiguous()).permute(turned).contiguous()

    return Projector(geometry, grid, device, name, 0, apply, apply_adjoint)


def fdk(geometry: ConeBeam | ConeVectors, grid: Grid, device: torch.device) -> Inversion:
    """diffct's Feldkamp reconstruction with a plain ramp filter, on CUDA.

    Each view counts by the angle that its source lies at, about the grid's z axis.

    Raises:
        Unsupported: as `make`.
    """
    _check_device(device)
    # Its filter runs along the first axis of the detector, so that here u and v stay in place.
    source, centre, u, v = _frames(geometry.vectors, axes=(0, 1, 2))
    du, dv = _length("u", u), _length("v", v)
    x, y = geometry.sources()[:, :2].T
    frames = [part.to(device, torch.float32) for part in (source, centre, u / du, v / dv)]
    angles = torch.as_tensor(np.unwrap(np.arctan2(x, -y)), device=device)

    def apply(sinogram: torch.Tensor) -> torch.Tensor:
        turned = sinogram.transpose(1, 2).contiguous()
        return diffct.fdk(
            turned, tuple(frames), grid.shape, angles, detector_spacing=(du, dv),
            voxel_spacing=grid.spacing,
        )  # fmt: skip

    return Inversion(geometry, grid, device, "diffct", apply)


def _check_device(device: torch.device) -> None:
    if device.type == "cuda" and not torch.cuda.is_available():
        raise Absent("diffct finds no CUDA device: run with device=cpu")


def _cone(geometry: ConeBeam | ConeVectors, grid: Grid) -> diffct.Projector:
    source, centre, u, v = _frames(geometry.vectors, axes=(2, 1, 0))
    du, dv = _length("u", u), _length("v", v)
    try:
        return diffct.Projector(
            (source, centre, v / dv, u / du),
            tuple(reversed(grid.shape)),
            geometry.detector_shape,
            beam="cone",
            detector_spacing=(dv, du),
            voxel_spacing=grid.spacing,
            native_volume_layout=True,
        )
    except ValueError as error:
        raise Unsupported(f"diffct refuses this orbit: {error}") from error


def _length(name: str, steps: torch.Tensor) -> float:
    """The length in mm of u or v, which diffct wants to be the same in all views."""
    lengths = steps.norm(dim=1)
    if not torch.allclose(lengths, lengths[:1], rtol=1e-4):
        raise Unsupported(
            f"diffct takes detector pixels of one size, here {name} is from {lengths.min():g} to "
            f"{lengths.max():g} mm long"
        )
    return float(lengths.mean())


def _flat(geometry: Geometry, grid: Grid) -> diffct.Projector:
    cos, sin = np.cos(geometry.angles), np.sin(geometry.angles)
    along, normal = np.stack([cos, -sin], -1), np.stack([-sin, -cos], -1)  # y negated
    centre = geometry.detector_offset * along
    fan = isinstance(geometry, FanBeam)
    if fan:
        first = -geometry.source_to_axis * normal
        centre = centre + (geometry.source_to_detector - geometry.source_to_axis) * normal
    else:
        first = normal
    return diffct.Projector(
        tuple(torch.as_tensor(component) for component in (first, centre, along)),
        grid.shape,
        geometry.detector_count,
        beam="fan" if fan else "parallel",
        detector_spacing=geometry.detector_spacing,
        voxel_spacing=grid.spacing,
    )


def _frames(vectors: np.ndarray, axes: tuple[int, int, int]) -> list[torch.Tensor]:
    """Source, centre, u and v, (views, 3) each, with y negated and the axes in this order."""
    frames = torch.as_tensor(vectors).reshape(-1, 4, 3) * torch.tensor([1.0, -1.0, 1.0])
    return list(frames[:, :, list(axes)].unbind(dim=1))
