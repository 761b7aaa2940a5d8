"""Projectors by the ASTRA Toolbox: a cached sparse matrix or matrix-free on a CPU, else CUDA.

In two dimensions the kernels are `linear` (Joseph) for parallel and `line_fanflat` (exact
intersection lengths) for fan beams, whose adjoint is exact on a CPU. The CUDA kernels are not
exact transposes of each other. Geometries go in as vectors, so that a detector offset needs no
special case. Cone beams are projected on CUDA only; there row 0 of ASTRA's volume has the smallest
y, so that it gets the scan in a mirror, y negated, and our array as it is.

Reference: W. van Aarle et al., "Fast and flexible X-ray tomography using the ASTRA toolbox",
Optics Express 24(22), 25129-25147, 2016.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import astra
import astra.experimental
import numpy as np
import torch

from inrbench.errors import Absent, Unsupported
from inrbench.geometry import ConeBeam, ConeVectors, FanBeam, Geometry, ParallelBeam
from inrbench.grid import Grid
from inrbench.projectors.base import Projector

# Above this many bytes (of A and its transpose, by the upper bound below) no matrix is kept.
MATRIX_LIMIT = 2 * 2**30


def make(
    geometry: Geometry, grid: Grid, device: torch.device, whole: Geometry | None = None
) -> Projector:
    """The projector of a geometry on `device`; `MATRIX_LIMIT` is held by all parts of `whole`.

    Raises:
        Absent: a CUDA device, where ASTRA was built or installed without CUDA.
        Unsupported: a cone beam on another device.
    """
    if device.type == "cuda":
        if not astra.use_cuda():
            raise Absent(
                "this astra-toolbox has no CUDA: install its CUDA build, or run with device=cpu"
            )
        if grid.dimension == 3:
            return _cone(geometry, grid, device)
        return _direct(geometry, grid, device, "cuda", "astra CUDA")
    if grid.dimension == 3:
        raise Unsupported("ASTRA projects cone beams on CUDA only: install itk-rtk for the CPU")
    if matrix_bytes(whole or geometry, grid) <= MATRIX_LIMIT:
        return _matrix(geometry, grid, _kernel(geometry))
    return matrix_free(geometry, grid)


def matrix_free(geometry: Geometry, grid: Grid) -> Projector:
    """What `make` gives on a CPU above `MATRIX_LIMIT`, here at any size.

    For an image that is projected once, before which a matrix would have to be built.
    """
    return _direct(geometry, grid, torch.device("cpu"), _kernel(geometry), "astra CPU")


def _kernel(geometry: Geometry) -> str:
    return "linear" if isinstance(geometry, ParallelBeam) else "line_fanflat"


def matrix_bytes(geometry: Geometry, grid: Grid) -> int:
    """Upper bound of the bytes of A and A' as float32 CSR with int32 indices: 16 an entry.

    A ray crosses at most nx + ny pixels (and Joseph's method touches at most 2 max(nx, ny)).
    """
    views, columns = geometry.sinogram_shape
    return 16 * views * columns * 2 * max(grid.shape)


def _matrix(geometry: Geometry, grid: Grid, kernel: str) -> Projector:
    handle = _projector(geometry, grid, kernel)
    matrix_id = astra.projector.matrix(handle)
    matrix = astra.matrix.get(matrix_id)
    astra.matrix.delete(matrix_id)
    astra.projector.delete(handle)
    # Both are kept: with A.t() torch is far slower than with a transpose of its own (see the
    # benchmarks).
    forward, transpose = _csr(matrix), _csr(matrix.T.tocsr())
    held = sum(
        part.numel() * part.element_size()
        for a in (forward, transpose)
        for part in (a.crow_indices(), a.col_indices(), a.values())
    )
    return Projector(
        geometry,
        grid,
        torch.device("cpu"),
        "astra matrix",
        held,
        lambda image: (forward @ image.reshape(-1)).reshape(geometry.sinogram_shape),
        lambda sinogram: (transpose @ sinogram.reshape(-1)).reshape(grid.shape),
        forward,
    )


def _csr(matrix) -> torch.Tensor:
    """A scipy CSR matrix as torch CSR with int32 indices, which MKL multiplies by directly."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse (CSR tensor support|invariant checks)")
        return torch.sparse_csr_tensor(
            torch.from_numpy(matrix.indptr.astype(np.int32)),
            torch.from_numpy(matrix.indices.astype(np.int32)),
            torch.from_numpy(matrix.data.astype(np.float32)),
            matrix.shape,
        )


def _direct(
    geometry: Geometry, grid: Grid, device: torch.device, kernel: str, backend: str
) -> Projector:
    """Matrix-free: ASTRA reads and writes the torch tensors in place, on either device."""
    settle = _settling(device)
    handle = _projector(geometry, grid, kernel)

    def apply(image: torch.Tensor) -> torch.Tensor:
        sinogram = torch.zeros(geometry.sinogram_shape, device=device)
        settle()
        astra.experimental.direct_FP2D(handle, image.detach().contiguous(), sinogram)
        return sinogram

    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        image = torch.zeros(grid.shape, device=device)
        settle()
        astra.experimental.direct_BP2D(handle, image, sinogram.detach().contiguous())
        return image

    return Projector(geometry, grid, device, backend, 0, apply, apply_adjoint)


def _settling(device: torch.device) -> Callable[[], None]:
    """Choose ASTRA's device; returns what waits for torch's work on it.

    ASTRA launches on streams of its own, so what torch has queued must be done first.
    """
    if device.type != "cuda":
        return lambda: None
    astra.set_gpu_index(torch.cuda.current_device() if device.index is None else device.index)
    return lambda: torch.cuda.current_stream(device).synchronize()


def _cone(geometry: ConeBeam | ConeVectors, grid: Grid, device: torch.device) -> Projector:
    """ASTRA keeps views between rows and columns, so that each call copies the sinogram once."""
    views, rows, columns = geometry.sinogram_shape
    x, y, z = (n * grid.spacing / 2 for n in reversed(grid.shape))
    volume = astra.create_vol_geom(*grid.shape[1:], grid.shape[0], -x, x, -y, y, -z, z)
    mirrored = geometry.vectors * np.tile([1.0, -1.0, 1.0], 4)
    beam = astra.create_proj_geom("cone_vec", rows, columns, mirrored)
    handle = astra.create_projector("cuda3d", beam, volume)
    settle = _settling(device)

    def apply(image: torch.Tensor) -> torch.Tensor:
        sinogram = torch.zeros((rows, views, columns), device=device)
        settle()
        astra.experimental.direct_FP3D(handle, image.detach().contiguous(), sinogram)
        return sinogram.transpose(0, 1).contiguous()

    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        image = torch.zeros(grid.shape, device=device)
        turned = sinogram.detach().transpose(0, 1).contiguous()
        settle()
        astra.experimental.direct_BP3D(handle, image, turned)
        return image

    return Projector(geometry, grid, device, "astra CUDA", 0, apply, apply_adjoint)


def _projector(geometry: Geometry, grid: Grid, kernel: str) -> int:
    rows, columns = grid.shape
    x, y = columns * grid.spacing / 2, rows * grid.spacing / 2
    volume = astra.create_vol_geom(rows, columns, -x, x, -y, y)
    name = "fanflat_vec" if isinstance(geometry, FanBeam) else "parallel_vec"
    beam = astra.create_proj_geom(name, geometry.detector_count, vectors(geometry))
    return astra.create_projector(kernel, beam, volume)


def vectors(geometry: Geometry) -> np.ndarray:
    """ASTRA's six numbers a view: ray direction or source, detector centre, column step."""
    cos, sin = np.cos(geometry.angles), np.sin(geometry.angles)
    along, normal = np.stack([cos, sin], -1), np.stack([-sin, cos], -1)
    centre = geometry.detector_offset * along
    if isinstance(geometry, FanBeam):
        first = -geometry.source_to_axis * normal
        centre = centre + (geometry.source_to_detector - geometry.source_to_axis) * normal
    else:
        first = normal
    return np.concatenate([first, centre, geometry.detector_spacing * along], axis=-1)
