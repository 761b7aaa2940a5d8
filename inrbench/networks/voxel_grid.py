"""A plain grid of pixels or voxels: the zero that every claim about networks is measured from."""

from __future__ import annotations

import math

import torch

from inrbench.grid import Grid
from inrbench.networks.interpolation import check_numbers, interpolate, shape_of_nodes, stretch


class VoxelGrid(torch.nn.Module):
    """f(x) = scale * sum_c w_c(x) theta_c, w_c the bilinear or trilinear weights of the nodes.

    By default the nodes are the pixel centres: the image on that grid is scale * theta, and Adam
    works on pixels. There is nothing that is implicit about it.

    Its gradient has as many numbers as the grid. `autograd` makes it once a step; a jvp in chunks
    makes one for each chunk, so chunks spare no memory here and cost time.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        grid: that is reconstructed on.
        nodes: along its longest side, at the distance of as many pixels; None: one a pixel.

    Raises:
        ValueError: fewer than 2 nodes, or more numbers than 2^31.

    References: N. Kim and S. Fridovich-Keil, "Grids often outperform implicit neural
    representations", NeurIPS 2025, arXiv:2506.11139; M. Momeni et al., "Differentiable voxel-based
    X-ray rendering improves sparse-view 3D CBCT reconstruction", 2024, arXiv:2411.19224.
    """

    def __init__(self, dimension: int, scale: float, grid: Grid, nodes: int | None = None) -> None:
        super().__init__()
        shape = shape_of_nodes(grid.shape, nodes)
        check_numbers(math.prod(shape), f"nodes={nodes}, a voxel grid of {shape}")
        self.scale = scale
        self.register_buffer("stretch", stretch(shape), persistent=False)
        # Next to nothing, as the tables of a hash encoding begin: views never see all of it.
        self.theta = torch.nn.Parameter(torch.empty(shape).uniform_(-1e-4, 1e-4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        return self.scale * interpolate(self.theta[None], x * self.stretch)[0]
