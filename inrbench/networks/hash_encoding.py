"""Multiresolution hash encoding followed by a small ReLU network."""

from __future__ import annotations

import itertools
import math

import torch

from inrbench.networks import tinycudann
from inrbench.networks.mlp import mlp

# Mueller et al. 2022, equation 4: one factor a dimension.
PRIMES = (1, 2654435761, 805459861)
BACKENDS = ("torch", "tinycudann")


class HashEncoding(torch.nn.Module):
    """f(x) = scale * MLP( enc_1(x), ..., enc_L(x) ),  enc_l(x) = sum_c w_c(x) T_l[ h_l(c) ].

    Level l has a grid of N_l = ceil(N_1 b^(l-1) - 1) + 1 vertices a side; c runs over the 2^d
    corners of the cell that holds x, w_c are the multilinear weights, and h_l(c) is the vertex's
    number where the level fits into its table, else xor_i(c_i pi_i) mod 2^log2_table. Tables,
    their order and the hash are laid out as in tiny-cuda-nn, so that weights can be exchanged.

    Args:
        dimension: d, of the coordinates, which lie in [-1, 1].
        scale: factor of the output, in mm^-1.
        levels: L.
        features: entries of a table's row.
        log2_table: each level has at most 2^log2_table rows.
        coarsest: N_1, vertices a side of the first level.
        finest: about N_L, of the last level; b = (finest / coarsest)^(1 / (L - 1)).
        width: units of a hidden layer.
        layers: number of hidden layers.
        backend: what computes the encoding, "torch" or, on a GPU that has it, "tinycudann".

    Raises:
        ValueError: levels, features or sizes below 1, coarsest below 2 or above finest, or an
            unknown back end.
        Unsupported: tinycudann where it cannot be imported, or without a GPU when called.

    Reference: T. Mueller, A. Evans, C. Schied, A. Keller, "Instant neural graphics primitives with
    a multiresolution hash encoding", ACM Trans. Graph. 41(4) 102, 2022, arXiv:2201.05989.
    """

    def __init__(
        self,
        dimension: int,
        scale: float,
        levels: int = 16,
        features: int = 2,
        log2_table: int = 19,
        coarsest: int = 16,
        finest: int = 1024,
        width: int = 64,
        layers: int = 2,
        backend: str = "torch",
    ) -> None:
        super().__init__()
        if backend not in BACKENDS:
            raise ValueError(f"backend={backend!r}: expected one of {', '.join(BACKENDS)}")
        if min(levels, features, log2_table) < 1:
            raise ValueError(
                f"levels={levels}, features={features}, log2_table={log2_table}: "
                "all must be at least 1"
            )
        if not 2 <= coarsest <= finest:
            raise ValueError(f"coarsest={coarsest}, finest={finest}: need 2 <= coarsest <= finest")
        self.scale = scale
        growth = math.log(finest / coarsest) / max(levels - 1, 1)
        # Cells a side, a real number: vertices are one more, rounded up.
        cells = torch.tensor([coarsest * math.exp(k * growth) - 1 for k in range(levels)])
        vertices = torch.ceil(cells).to(torch.int64) + 1
        rows = [min(-(-(int(n) ** dimension) // 8) * 8, 2**log2_table) for n in vertices]
        hashed = torch.tensor([int(n) ** dimension > 2**log2_table for n in vertices])
        first = torch.tensor([0, *itertools.accumulate(rows)][:-1])
        corners = torch.tensor(list(itertools.product((0, 1), repeat=dimension)))
        for name, values in (("cells", cells), ("vertices", vertices), ("hashed", hashed),
                             ("rows", torch.tensor(rows)), ("first", first),
                             ("corners", corners)):  # fmt: skip
            self.register_buffer(name, values, persistent=False)
        self.mask = 2**log2_table - 1
        self.table = torch.nn.Parameter(torch.empty(sum(rows), features).uniform_(-1e-4, 1e-4))
        self.mlp = mlp(levels * features, width, layers)
        self.encoding = None
        if backend == "tinycudann":
            sizes = self.vertices.tolist()
            self.encoding = tinycudann.make(self.table, dimension, log2_table, sizes, finest)
            del self.table  # its numbers are in encoding.params now

    def corner_rows(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows of the table and multilinear weights of the corners around points in [0, 1].

        Args:
            x: points, shape (n, d).

        Returns:
            int64 rows and float32 weights, each of shape (n, levels, 2^d).
        """
        position = x[:, None, :] * self.cells[:, None] + 0.5  # (n, levels, d)
        cell = position.floor()
        fraction = (position - cell)[:, :, None, :]
        corner = cell.to(torch.int64)[:, :, None, :] + self.corners  # (n, levels, 2^d, d)
        weights = torch.where(self.corners.bool(), fraction, 1 - fraction).prod(dim=-1)
        numbered = torch.zeros_like(corner[..., 0])
        hashed = torch.zeros_like(numbered)
        for axis in range(x.shape[1]):
            numbered += corner[..., axis] * (self.vertices**axis)[:, None]
            hashed ^= corner[..., axis] * PRIMES[axis]
        # Near the far edge a corner may lie one vertex outside; tiny-cuda-nn wraps it, so do we.
        numbered %= self.rows[:, None]
        rows = torch.where(self.hashed[:, None], hashed & self.mask, numbered)
        return rows + self.first[:, None], weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) in [-1, 1] -> attenuation (n,)."""
        if self.encoding is not None:
            return self.scale * self.mlp(self.encoding((x + 1) / 2)).squeeze(-1)
        rows, weights = self.corner_rows((x + 1) / 2)
        n, levels, corners = rows.shape
        # One fused gather and weighted sum: no (n, levels, 2^d, features) tensor is kept.
        encoded = torch.nn.functional.embedding_bag(
            rows.reshape(n * levels, corners),
            self.table,
            per_sample_weights=weights.reshape(n * levels, corners),
            mode="sum",
        )
        return self.scale * self.mlp(encoded.reshape(n, -1)).squeeze(-1)
