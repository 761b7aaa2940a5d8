"""A low-rank grid: products of lines in two dimensions, of planes and lines in three (TensoRF)."""

from __future__ import annotations

import torch

from inrbench.grid import Grid
from inrbench.networks.interpolation import check_numbers, interpolate, shape_of_nodes, stretch

# Axes, x = 0, of the two factors of each product.
PRODUCTS = {2: (((0,), (1,)),), 3: (((0, 1), (2,)), ((0, 2), (1,)), ((1, 2), (0,)))}


class LowRank(torch.nn.Module):
    """f(x, y) = scale * sum_r u_r(x) v_r(y),
    f(x, y, z) = scale * sum_r P_r(x, y) u_r(z) + Q_r(x, z) v_r(y) + R_r(y, z) w_r(x).

    Lines and planes are interpolated linearly between nodes. A grid of n^2 pixels so has
    2 rank n numbers, one of n^3 voxels 3 rank (n^2 + n). An image whose edges run along neither
    axis has a high rank; the planes of a volume spare it most of that.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        grid: that is reconstructed on.
        rank: products of each kind.
        nodes: along the grid's longest side, at the distance of as many pixels; None: one a pixel.

    Raises:
        ValueError: a rank below 1, fewer than 2 nodes, or a factor of more than 2^31 numbers.

    Reference: A. Chen et al., "TensoRF: tensorial radiance fields", ECCV 2022, arXiv:2203.09517,
    its vector-matrix decomposition of the density, whose sum no network decodes.
    """

    def __init__(
        self, dimension: int, scale: float, grid: Grid, rank: int = 16, nodes: int | None = None
    ) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"rank={rank}: expected at least 1 product")
        shape = shape_of_nodes(grid.shape, nodes)
        sides = shape[::-1]  # x first, as coordinates are
        self.scale = scale
        self.products = PRODUCTS[dimension]
        self.register_buffer("stretch", stretch(shape), persistent=False)
        self.factors = torch.nn.ParameterList()
        for axes in (one for product in self.products for one in product):
            along = [sides[axis] for axis in reversed(axes)]
            numbers = rank * torch.Size(along).numel()
            check_numbers(numbers, f"rank={rank}, nodes={nodes}, a factor of {rank} times {along}")
            self.factors.append(torch.nn.Parameter(0.1 * torch.randn(rank, *along)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) -> attenuation (n,)."""
        x = x * self.stretch
        factors = iter(self.factors)
        total = sum(
            (self._factor(next(factors), x, first) * self._factor(next(factors), x, second)).sum(0)
            for first, second in self.products
        )
        return self.scale * total

    @staticmethod
    def _factor(values: torch.Tensor, x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
        """Lines (rank, n) or planes (rank, n, m) at the coordinates of these axes."""
        if len(axes) == 1:  # a plane of one row, wherever along it
            return interpolate(values[:, None], x[:, [axes[0], axes[0]]])
        return interpolate(values, x[:, list(axes)])
