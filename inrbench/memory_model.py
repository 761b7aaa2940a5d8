"""A closed model of `tensor_peak`: the bytes that a cell of the method `inr` needs.

    peak = max over phases of  4 (3 P + M) + images + sinograms + c(phase) * (points at once)

for P parameters (weights and Adam's two moments), M values of the sinogram, images of 4 n bytes on
n grid points, and c the bytes a point that the network holds, see `network_model`. The phases of
one iteration are:

    rasterise   the image without a graph, in chunks                                  (jvp)
    objective   residual and filter                                                   (both)
    adjoint     back-projection of the residual to v = dl/dx                          (both)
    sample      v, and what the sampler needs to draw positions and weights           (jvp)
    backward    activations of the points at once: n, m = round(rate n), or a chunk   (both)
    gradients   what activations are left when the largest gradient is made           (both)
    update      Adam's step                                                           (both)

Left out are a few KiB (the filter's response, scalars) and what the meter leaves out too: a
projector's cached matrix, work space inside an operation, and the reference, which no method gets.
Nothing is allocated and torch is not imported: any size can be asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from inrbench import registry
from inrbench.network_model import FLOAT, INTEGER, MODELS, Footprint

# Points rasterised at a time, as `networks.rasterise.CHUNK` has them.
RASTERISED = {"cpu": 2048, "cuda": 65536}
# Points that importance sampling looks at a time, as `gradients.samplers.importance.CHUNK`.
STRETCH = 2**16
# Blocks that stratified sampling draws from at a time, as `gradients.samplers.stratified.CHUNK`.
BLOCKS = 2**14

Terms = dict[str, int]


@dataclass(frozen=True)
class Budget:
    """The largest phase: its name, and bytes by what they are for (weights, activations, ...)."""

    phase: str
    terms: Terms

    @property
    def total(self) -> int:
        """Bytes."""
        return sum(self.terms.values())


def peak(
    spec: dict[str, Any],
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
) -> Budget:
    """The budget of the phase that needs most.

    Args:
        spec: a cell's, as `Cell.spec` and records have it.
        grid_shape: (ny, nx) or (nz, ny, nx).
        sinogram_shape: (views, columns) or (views, rows, columns).
        device: "cpu" or "cuda": a GPU rasterises more points at a time, and the scan lies on the
            CPU as well, which the meter counts (the term "scan on the CPU").

    Raises:
        ValueError: a method, network, objective, gradient mode or sampler without a model.
    """
    return max(phases(spec, grid_shape, sinogram_shape, device), key=lambda phase: phase.total)


def phases(
    spec: dict[str, Any],
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str = "cpu",
) -> list[Budget]:
    """The budget of every phase, in time; arguments and errors as for `peak`."""
    method = spec["method"]
    _known("method", method["name"], ["inr"])
    network = footprint(method["network"], len(grid_shape))
    objective = method["objective"]["name"]
    _known("objective", objective, list(OBJECTIVES))
    gradient = dict(method["gradient"])
    _known("gradient", gradient["name"], list(GRADIENTS))
    name = gradient.pop("name")
    mode = GRADIENTS[name]
    registry.check_parameters(f"gradient {name!r}", mode, gradient)
    made = mode(network, objective, grid_shape, sinogram_shape, device, **gradient)
    made["update"] = update(network, device)
    scan = FLOAT * math.prod(sinogram_shape)
    always = {
        "weights": FLOAT * network.size + network.buffers,
        "moments": 2 * FLOAT * network.size,
        "scan": scan,
    }
    if device != "cpu":
        always["scan on the CPU"] = scan
    return [Budget(name, always | terms) for name, terms in made.items()]


def footprint(network: dict[str, Any], dimension: int) -> Footprint:
    """What {name: network, **parameters} holds; `ValueError` where it has no model."""
    parameters = dict(network)
    name = parameters.pop("name")
    _known("network", name, list(MODELS))
    registry.check_parameters(f"network {name!r}", MODELS[name], parameters)
    return MODELS[name](dimension, **parameters)


def autograd(
    network: Footprint,
    objective: str,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str,
) -> dict[str, Terms]:
    """All n points at once: the objective's graph on top of saved activations, then backward.

    The image stays until the end, v only until the network's backward begins.
    """
    n = math.prod(grid_shape)
    image = FLOAT * n
    graph = {"image": image, "activations": network.saved * n}
    sinograms = OBJECTIVES[objective](sinogram_shape)
    return {
        "objective": {**graph, "sinograms": sinograms.graph},
        "adjoint": {**graph, "v": image, "sinograms": sinograms.projected},
        "backward": {"image": image, "activations": network.backward * n},
        "gradients": {
            "image": image, "gradients": FLOAT * network.size, "activations": network.left * n,
        },
    }  # fmt: skip


def jvp(
    network: Footprint,
    objective: str,
    grid_shape: Sequence[int],
    sinogram_shape: Sequence[int],
    device: str,
    rate: float = 0.1,
    chunk: int | None = None,
    sampler: str = "uniform",
) -> dict[str, Terms]:
    """m = round(rate n) points, chunk at a time, after an image without a graph.

    At rate 1 only v (4 n) stays; below, positions (8 m), weights and weighted v of the samples
    (4 m each). From the second chunk on, gradients (4 P) are being added to.
    """
    _known("sampler", sampler, list(SAMPLERS))
    n = math.prod(grid_shape)
    image = FLOAT * n
    m = max(1, round(rate * n))
    points = m if chunk is None else min(chunk, m)
    sinograms = OBJECTIVES[objective](sinogram_shape)
    if m == n:
        drawing = samples = {"v": image}
    else:
        samples = {"v": FLOAT * m, "samples": (INTEGER + FLOAT) * m}
        drawing = {"v": image, "samples": SAMPLERS[sampler](n, m, len(grid_shape))}
    added = FLOAT * network.size if points < m else 0
    rasterised = min(RASTERISED[device], n)
    return {
        "rasterise": {"image": image, "activations": network.inference * rasterised},
        "objective": {"image": image, "sinograms": sinograms.closed},
        "adjoint": {"image": image, "v": image, "sinograms": sinograms.projected},
        "sample": drawing,
        "backward": {
            **samples, "gradients": added, "activations": network.backward * points,
        },
        "gradients": {
            **samples,
            "gradients": FLOAT * (network.size + (network.largest if added else 0)),
            "activations": network.left * points,
        },
    }  # fmt: skip


def uniform(n: int, m: int, dimension: int) -> int:
    """Distinct draws, a permutation of them, the chosen ones; above n / 2, one of the grid."""
    return (INTEGER * n if 2 * m > n else 2 * INTEGER * m) + (INTEGER + FLOAT) * m


def stratified(n: int, m: int, dimension: int) -> int:
    """Positions and weights; for a stretch of blocks, integers of the walk through the tiles."""
    return (INTEGER + FLOAT) * m + (12 + 2 * dimension) * INTEGER * min(m, BLOCKS)


def importance(n: int, m: int, dimension: int) -> int:
    """Importances, their sum and a mask of a stretch of the grid; then what finds its samples."""
    stretch = min(n, STRETCH)
    drawn = m * stretch // n  # of a stretch, on average
    found = INTEGER + FLOAT + INTEGER  # positions, weights and ticks of the samples
    return max(3 * INTEGER * stretch, 2 * INTEGER * stretch + 4 * INTEGER * drawn) + found * m


def update(network: Footprint, device: str) -> Terms:
    """Gradients 4 P; sqrt(s) twice for the largest tensor, on a GPU once for all at a time."""
    temporary = 2 * network.largest if device == "cpu" else network.size
    return {"gradients": FLOAT * network.size, "temporaries": FLOAT * temporary}


@dataclass(frozen=True)
class Sinograms:
    """Bytes of sinogram size, the scan's own left out.

    Args:
        closed: most at once before the adjoint of a gradient in closed form.
        graph: most at once with a graph, forward or backward.
        projected: while the adjoint runs.
    """

    closed: int
    graph: int
    projected: int


def least_squares(sinogram_shape: Sequence[int]) -> Sinograms:
    """Residual and its square, 4 M each, then the residual; with a graph, a gradient more."""
    size = FLOAT * math.prod(sinogram_shape)
    return Sinograms(closed=2 * size, graph=3 * size, projected=size)


def filtered_least_squares(sinogram_shape: Sequence[int]) -> Sinograms:
    """The residual and, in 4 Q bytes padded, two half spectra; backward of the FFT takes six.

    The filtered residual is a part of its padded self, and is copied to be projected.
    """
    *others, columns = sinogram_shape
    size = FLOAT * math.prod(sinogram_shape)
    padded = FLOAT * math.prod(others) * 2 ** math.ceil(math.log2(2 * columns))
    return Sinograms(size + 2 * padded, size + 6 * padded, projected=2 * size + padded)


OBJECTIVES: dict[str, Callable[..., Sinograms]] = {
    "least_squares": least_squares,
    "filtered_least_squares": filtered_least_squares,
}
SAMPLERS: dict[str, Callable[[int, int, int], int]] = {
    "uniform": uniform, "stratified": stratified, "importance": importance,
}  # fmt: skip
GRADIENTS: dict[str, Callable[..., dict[str, Terms]]] = {"autograd": autograd, "jvp": jvp}


def _known(kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"no memory model of {kind} {name!r}: there is one of {', '.join(known)}")
