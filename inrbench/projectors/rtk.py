"""Cone-beam projectors on a CPU by RTK: Joseph's method and its exact transpose.

RTK rotates about its y axis: in its coordinates a point of ours is (x, z, -y). That only renames
axes, and ITK images carry a direction matrix, so RTK reads and writes the memory of our arrays
as it is: an image (z, y, x) whose row 0 has the largest y, a sinogram (views, rows, columns).

RTK interpolates between the centres of voxels and ends there: half a voxel at each face of the
grid is not seen. Leave an object that reaches the border a voxel of margin.

References: S. Rit, M. Vila Oliva, S. Brousmiche, R. Labarbe, D. Sarrut, G. C. Sharp, "The
Reconstruction Toolkit (RTK), an open-source cone-beam CT reconstruction toolkit based on the
Insight Toolkit (ITK)", J. Phys. Conf. Ser. 489, 012079, 2014. P. M. Joseph, "An improved algorithm
for reprojecting rays through pixel images", IEEE Trans. Med. Imaging 1(3), 192-196, 1982.
"""

from __future__ import annotations

import numpy as np
import torch

# One by one: `itk.RTK` would load the whole toolkit, which takes long.
from itk import itkPyBufferPython as buffers
from itk import rtkJosephBackProjectionImageFilterPython as backward
from itk import rtkJosephForwardProjectionImageFilterPython as forward
from itk import rtkThreeDCircularProjectionGeometryPython as orbits

from inrbench.errors import Unsupported
from inrbench.geometry import ConeBeam, ConeVectors
from inrbench.grid import Grid
from inrbench.projectors.base import Inversion, Projector

# Index (column, row, slice) of an image to RTK's axes: columns along x, rows along z (our -y),
# slices along y (our z).
_DIRECTION = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])


def make(
    geometry: ConeBeam | ConeVectors,
    grid: Grid,
    device: torch.device,
    whole: ConeBeam | ConeVectors | None = None,
) -> Projector:
    """The projector of a cone beam on the CPU, with as many threads as torch has.

    No matrix is kept, so that `whole` makes no difference.

    Raises:
        Unsupported: another device, two dimensions, a grid one voxel thick, or an orbit that RTK
            cannot take, see `_orbit`.
    """
    if device.type != "cpu":
        raise Unsupported(f"RTK projects on the CPU only, not on {device.type}")
    if grid.dimension != 3:
        raise Unsupported("RTK projects cone beams only: in two dimensions ASTRA does")
    if min(grid.shape) < 2:
        raise Unsupported(
            f"grid of shape {grid.shape}: RTK interpolates between voxels and needs two along "
            "each axis"
        )
    orbit, spacing = _orbit(geometry)

    def apply(image: torch.Tensor) -> torch.Tensor:
        sinogram = torch.zeros(geometry.sinogram_shape)
        _run(
            forward.rtkJosephForwardProjectionImageFilterIF3IF3.New(),
            orbit, _stack(sinogram, spacing), _volume(image, grid),
        )  # fmt: skip
        return sinogram

    def apply_adjoint(sinogram: torch.Tensor) -> torch.Tensor:
        image = torch.zeros(grid.shape)
        _run(
            backward.rtkJosephBackProjectionImageFilterIF3IF3SWMFDF.New(),
            orbit, _volume(image, grid), _stack(sinogram, spacing),
        )  # fmt: skip
        return image

    return Projector(geometry, grid, device, "RTK", 0, apply, apply_adjoint)


def fdk(geometry: ConeBeam | ConeVectors, grid: Grid, device: torch.device) -> Inversion:
    """RTK's Feldkamp reconstruction with its ramp filter; on the CPU, wherever the sinogram lies.

    Raises:
        Unsupported: an orbit that RTK cannot take.
    """
    from itk import itkVnlFFTImageFilterInitFactoryPython as transforms
    from itk import rtkFDKConeBeamReconstructionFilterPython as feldkamp

    # Loading the toolkit module by module leaves out its choice of a Fourier transform.
    transforms.itkVnlFFTImageFilterInitFactory.RegisterFactories()
    orbit, spacing = _orbit(geometry)

    def apply(sinogram: torch.Tensor) -> torch.Tensor:
        image = torch.zeros(grid.shape)
        _run(
            feldkamp.rtkFDKConeBeamReconstructionFilterIF3.New(),
            orbit, _volume(image, grid), _stack(sinogram.cpu(), spacing),
        )  # fmt: skip
        return image.to(device)

    return Inversion(geometry, grid, device, "RTK", apply)


def _run(process, orbit, written, read) -> None:
    """Add into the image `written` what `process` makes of the image `read`."""
    process.SetGeometry(orbit)
    process.SetInput(0, written)
    process.SetInput(1, read)
    process.SetInPlace(True)
    process.SetNumberOfWorkUnits(torch.get_num_threads())
    process.Update()


def _orbit(geometry: ConeBeam | ConeVectors):
    """RTK's geometry, and the spacing (u, v) of detector pixels in mm, the same in all views.

    Raises:
        Unsupported: pixels that are not rectangular, or of another size in some view.
    """
    source, centre, u, v = np.split(geometry.vectors, 4, axis=1)
    spacing = np.stack([np.linalg.norm(step, axis=1) for step in (u, v)], axis=1)
    skew = np.abs((u * v).sum(axis=1)) / spacing.prod(axis=1)
    uneven = np.abs(spacing / spacing[0] - 1).max(axis=1)
    for view in np.flatnonzero((skew > 1e-4) | (uneven > 1e-4))[:1]:
        raise Unsupported(
            f"view {view}: RTK takes rectangular detector pixels of one size; here u and v are "
            f"{spacing[view, 0]:g} and {spacing[view, 1]:g} mm long with a cosine of "
            f"{skew[view]:.2g}, in view 0 {spacing[0, 0]:g} and {spacing[0, 1]:g} mm: use a CUDA "
            "back end"
        )
    # Orthogonal to the last digit, as RTK wants them.
    along = u / spacing[:, :1]
    up = v - (v * along).sum(axis=1, keepdims=True) * along
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    orbit = orbits.rtkThreeDCircularProjectionGeometry.New()
    for view, vectors in enumerate(zip(source, centre, along, up, strict=True)):
        try:
            taken = orbit.AddProjection(*([x, z, -y] for x, y, z in np.asarray(vectors).tolist()))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise Unsupported(f"RTK refuses view {view} of this orbit: {reason}") from error
        if not taken:
            raise Unsupported(f"RTK refuses view {view} of this orbit; use a CUDA back end")
    return orbit, spacing[0]


def _volume(image: torch.Tensor, grid: Grid):
    """An ITK image on the memory of `image`."""
    nz, ny, nx = grid.shape
    view = _view(image, [grid.spacing] * 3, (nx, nz, ny))
    view.SetDirection(_DIRECTION)
    return view


def _stack(sinogram: torch.Tensor, spacing: np.ndarray):
    """An ITK image on the memory of `sinogram`, a stack of views."""
    _, rows, columns = sinogram.shape
    return _view(sinogram, [*spacing.tolist(), 1.0], (columns, rows, 1))


def _view(tensor: torch.Tensor, spacing: list[float], extent: tuple[int, ...]):
    """An ITK image on the tensor's memory, with `extent` pixels along each axis about 0."""
    view = buffers.itkPyBufferIF3.GetImageViewFromArray(tensor.detach().contiguous().numpy())
    view.SetSpacing(spacing)
    view.SetOrigin([-(n - 1) / 2 * step for n, step in zip(extent, spacing, strict=True)])
    return view
