"""Multiresolution hash encoding followed by a small ReLU network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
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
        self.features = features
        growth = math.log(finest / coarsest) / max(levels - 1, 1)
        # Cells a side, a real number: vertices are one more, rounded up.
        sides = [coarsest * math.exp(k * growth) - 1 for k in range(levels)]
        # In float32, as the cells are: a power of two must not become one vertex more.
        vertices = [math.ceil(np.float32(side)) + 1 for side in sides]
        rows = [min(-(-(n**dimension) // 8) * 8, 2**log2_table) for n in vertices]
        if sum(rows) * features > 2**31:
            raise ValueError(
                f"log2_table={log2_table}: {sum(rows)} rows of {features} features, more than "
                "2^31 numbers; make the tables smaller"
            )
        # Levels grow, so those that fit into their table come first.
        self.numbered = sum(n**dimension <= 2**log2_table for n in vertices)
        self.mask = min(2**log2_table, 2**31) - 1
        strides = [[n**axis for n in vertices[: self.numbered]] for axis in range(dimension)]
        first = list(itertools.accumulate(rows, initial=0))[:-1]
        self.register_buffer("cells", torch.tensor(sides), persistent=False)
        for name, values in (("vertices", vertices), ("rows", rows), ("first", first),
                             ("strides", strides), ("primes", PRIMES[:dimension])):  # fmt: skip
            # 32 bits are enough, and a product that wraps keeps the low bits, all that a hash has.
            wrapped = torch.tensor(values).to(torch.int32)
            self.register_buffer(name, wrapped, persistent=False)
        self.table = torch.nn.Parameter(torch.empty(sum(rows), features).uniform_(-1e-4, 1e-4))
        self.mlp = mlp(levels * features, width, layers)
        self.encoding = None
        if backend == "tinycudann":
            self.encoding = tinycudann.make(self.table, dimension, log2_table, vertices, finest)
            del self.table  # its numbers are in encoding.params now

    def corner_rows(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Rows of the table and multilinear weights of the corners around points in [0, 1].

        Points run along the last axis, so that every operation works on long rows of memory.

        Args:
            x: points, shape (n, d).

        Returns:
            int32 rows and weights of the type of x, each of shape (2^d, levels, n).
        """
        position = x.T[:, None] * self.cells[:, None] + 0.5  # (d, levels, n)
        cell = position.floor()
        fraction = position - cell
        cell = cell.to(torch.int32)
        corner = torch.stack([cell, cell + 1], dim=1)  # (d, 2, levels, n)
        k = self.numbered
        numbers = _combine(torch.add, corner[:, :, :k] * self.strides[:, None, :, None])
        # Near the far edge a corner may lie one vertex outside; tiny-cuda-nn wraps it, so do we.
        numbers %= self.rows[:k, None]
        hashes = _combine(torch.bitwise_xor, corner[:, :, k:] * self.primes[:, None, None, None])
        hashes &= self.mask
        rows = torch.cat([numbers, hashes], dim=1) + self.first[:, None]
        return rows, _combine(torch.mul, torch.stack([1 - fraction, fraction], dim=1))

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """enc_1(x), ..., enc_L(x) of points in [0, 1]: (n, d) -> (n, levels * features)."""
        rows, weights = self.corner_rows(x)
        feature = torch.arange(self.features, dtype=rows.dtype, device=rows.device)
        entries = rows[:, :, None] * self.features + feature[:, None]  # (2^d, levels, features, n)
        del rows
        # From the table as one vector: the backward pass of this gather is a plain loop of
        # additions, several times as fast as those of embedding_bag or of rows as short as these.
        values = self.table.flatten().index_select(0, entries.flatten()).reshape(entries.shape)
        encoded = (weights[:, :, None] * values).sum(0)  # (levels, features, n)
        return encoded.flatten(0, 1).T

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Coordinates (n, d) in [-1, 1] -> attenuation (n,)."""
        encode = self.encode if self.encoding is None else self.encoding
        return self.scale * self.mlp(encode((x + 1) / 2)).squeeze(-1)


def _combine(operation: Callable, terms: torch.Tensor) -> torch.Tensor:
    """One term of each axis, in all 2^d ways: (d, 2, ...) -> (2^d, ...), the last axis fastest."""
    result = terms[0]
    for term in terms[1:]:
        result = operation(result[:, None], term).flatten(0, 1)
    return result
