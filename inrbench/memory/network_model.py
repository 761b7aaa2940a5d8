"""Bytes that the networks hold: parameters, and activations a point; part of `memory_model`.

Each function takes all of the network's own parameters, and returns a `Footprint`.
To enter another network, write its function and put it into `MODELS`. Without torch.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

FLOAT, INTEGER = 4, 8  # bytes of float32 and of int64


@dataclass(frozen=True)
class Footprint:
    """What a network holds.

    Args:
        parameters: numbers of each parameter tensor.
        inference: most bytes a point while it is evaluated without a graph.
        saved: bytes a point that wait for the backward pass.
        backward: most bytes a point while it is evaluated with a graph and differentiated.
        left: bytes a point at the moment when the largest parameter gets its gradient.
        buffers: bytes of fixed tensors.
        scaled: numbers that are made of the parameters in a forward pass and kept for backward.
    """

    parameters: tuple[int, ...]
    inference: int
    saved: int
    backward: int
    left: int
    buffers: int = 0
    scaled: int = 0

    @property
    def size(self) -> int:
        """P, the number of trained numbers."""
        return sum(self.parameters)

    @property
    def largest(self) -> int:
        """Numbers of the largest parameter tensor."""
        return max(self.parameters)


def linear_layers(inputs: int, width: int, layers: int) -> tuple[int, ...]:
    """Numbers in the weights and biases of inputs -> `layers` times `width` -> 1."""
    sizes = [inputs, *[width] * layers, 1]
    return tuple(k for a, b in itertools.pairwise(sizes) for k in (a * b, b))


def fourier_features(
    dimension: int, features: int, bandwidth: float, width: int, layers: int
) -> Footprint:
    """Saved: 2 features inputs and one activation a layer, for the rectifiers are in place.

    Encoding holds phases, cosines, sines and both side by side (5 features); phases live until the
    network returns. The last layer's gradient and its rectified form come on top in backward.
    """
    f, w = FLOAT * features, FLOAT * width
    x = FLOAT * dimension
    saved = 2 * f + layers * w
    return Footprint(
        parameters=linear_layers(2 * features, width, layers),
        inference=x + max(5 * f, 3 * f + min(layers, 2) * w),
        saved=saved,
        backward=x + max(5 * f, f + saved, saved + 2 * w),
        left=x + saved + w,
        buffers=dimension * f,
    )


def siren(dimension: int, frequency: float, width: int, layers: int) -> Footprint:
    """Saved: x, and a layer's phase (for its cosine) and sine (for the next layer's weights).

    Backward, the last sine is gone when its gradient, the cosine and their product come. The
    frequency multiplies the weights, and backward needs these products but the first layer's.
    """
    w = FLOAT * width
    x = FLOAT * dimension
    saved = x + 2 * layers * w
    return Footprint(
        parameters=linear_layers(dimension, width, layers),
        scaled=(layers - 1) * width**2,
        inference=x + min(layers + 1, 3) * w,
        saved=saved,
        backward=saved + 2 * w,
        left=saved,
    )


def hash_encoding(
    dimension: int,
    levels: int,
    features: int,
    log2_table: int,
    coarsest: int,
    finest: int,
    width: int,
    layers: int,
    backend: str,
) -> Footprint:
    """Saved: for each of 2^d corners and L levels a weight and, for each of its F features, an
    index into the table (4 bytes each); then the encoding and the MLP's activations.

    Most is held while encoding, when the features' values and their products with the weights come
    on top; and once the table has its gradient, the indices and the values' gradients.

    Raises:
        ValueError: another back end, whose own memory is not a tensor's.
    """
    if backend != "torch":
        raise ValueError(
            f"no memory model of a hash encoding by {backend!r}: there is one of torch"
        )
    growth = math.log(finest / coarsest) / max(levels - 1, 1)
    cells = (coarsest * math.exp(k * growth) - 1 for k in range(levels))
    vertices = (math.ceil(_float32(cell)) + 1 for cell in cells)
    rows = sum(min(-(-(n**dimension) // 8) * 8, 2**log2_table) for n in vertices)
    corners = 2**dimension
    x = 2 * FLOAT * dimension  # and x from 0 to 1
    weights, encoded = FLOAT * levels * corners, FLOAT * levels * features
    entries = weights * features  # an index takes as many bytes as a value
    # Positions, cells and vertices along each axis, beside the rows and weights made of them.
    found = FLOAT * levels * (8 * dimension + 2 * corners)
    encoding = max(found, weights + 3 * entries + encoded)
    w = FLOAT * width
    saved = entries + weights + encoded + layers * w
    return Footprint(
        parameters=(rows * features, *linear_layers(levels * features, width, layers)),
        inference=x + max(encoding, encoded + min(layers, 2) * w),
        saved=saved,
        backward=x + max(encoding, saved + 2 * w),
        left=x + 2 * entries,
    )


def _float32(number: float) -> float:
    """Rounded as the network has it: a power of two must not become one vertex more."""
    return struct.unpack("f", struct.pack("f", number))[0]


MODELS: dict[str, Callable[..., Footprint]] = {
    "fourier_features": fourier_features,
    "siren": siren,
    "hash_encoding": hash_encoding,
}
