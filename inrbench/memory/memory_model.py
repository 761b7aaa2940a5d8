"""A closed model of `tensor_peak`: the bytes that a cell of the method `inr` needs.

    peak = max over phases of  4 (3 P + M) + images + sinograms + c(phase) * (points at once)

for P parameters (weights and Adam's two moments), M values of the sinogram, images of 4 n bytes on
n grid points, and c the bytes a point that the network holds, see `network_model`. Sinograms are
counted in `sinogram_model`, of ordered subsets the largest; what a sampler needs in
`sampler_model`. The phases of one iteration are:

    rasterise   the image without a graph, in chunks                                  (jvp)
    objective   residual and filter                                                   (both)
    adjoint     back-projection of the residual to v = dl/dx, and the projector's own (both)
    sample      v, and what it takes to draw positions and weights, all or a chunk    (jvp)
    backward    activations of the points at once: n, m = round(rate n), or a chunk   (both)
    gradients   what activations are left when the largest gradient is made           (both)
    update      Adam's step                                                           (both)

With a chunk, only images and sinograms grow with the problem. Left out are a few KiB (the filter's
response, scalars) and what the meter leaves out too: a projector's cached matrix, work space
inside an operation, and the reference, which no method gets. Nothing is allocated and torch is not
imported: any size can be asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from inrbench import registry
from inrbench.cells.spec import part
from inrbench.cells.subsets import subsets
from inrbench.memory import sampler_model, sinogram_model
from inrbench.memory.network_model import FLOAT, MODELS, Footprint
from inrbench.memory.sampler_model import LOCATING, SAMPLE

# Points rasterised at a time, as `networks.rasterise.CHUNK` has them.
RASTERISED = {"cpu": 2048, "cuda": 65536}

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
        device: "cpu" or "cuda": a GPU rasterises more points at a time, its projector may need a
            sinogram more (`sinogram_model.workspace`), and the scan lies on the CPU as well, which
            the meter counts (the term "scan on the CPU").

    Raises:
        ValueError: a method, network, objective, gradient mode or sampler without a model; or
            impossible subsets.
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
    _known("objective", objective, list(sinogram_model.MODELS))
    _known("gradient", method["gradient"]["name"], list(GRADIENTS))
    gradient = part("gradient", method["gradient"])
    name = gradient.pop("name")
    mode = GRADIENTS[name]
    registry.check_parameters(f"gradient {name!r}", mode, gradient)
    views, *others = sinogram_shape
    some = (-(-views // subsets(method["objective"], views)), *others)
    made = mode(network, objective, grid_shape, some, device, **gradient)
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
    """What {name: network, **parameters} holds, defaults where it does not name a parameter.

    Raises:
        ValueError: a network without a model, or a parameter that it does not take.
    """
    _known("network", network["name"], list(MODELS))
    parameters = part("network", network)
    name = parameters.pop("name")
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
    graph = {"image": image, "activations": network.saved * n, **_scaled(network)}
    sinograms = sinogram_model.MODELS[objective](sinogram_shape)
    return {
        "objective": {**graph, "sinograms": sinograms.graph},
        "adjoint": {
            **graph, "v": image, "sinograms": sinograms.projected,
            **_projector(objective, sinogram_shape, device),
        },
        "backward": {"image": image, "activations": network.backward * n, **_scaled(network)},
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
    rate: float,
    chunk: int | Literal["auto"] | None,
    sampler: str,
) -> dict[str, Terms]:
    """m = round(rate n) points, chunk at a time, after an image without a graph; parameters are
    those of `gradients.jvp.JVP`, and "auto" stands for all at once.

    All at once, w_i v_i (4 m) stay of the samples. In chunks, v stays (4 n), and below rate 1
    positions and weights of a piece and of those that wait for it, which do not grow with n. From
    the second chunk on, gradients (4 P) are being added to.
    """
    _known("sampler", sampler, list(sampler_model.MODELS))
    n = math.prod(grid_shape)
    image = FLOAT * n
    m = max(1, round(rate * n))
    points = min(chunk, m) if isinstance(chunk, int) else m
    sinograms = sinogram_model.MODELS[objective](sinogram_shape)
    samples, drawing = {"v": image}, {"v": image}
    if m < n:
        piece = sampler_model.MODELS[sampler](n, m, len(grid_shape))
        waiting = SAMPLE * min(m - piece.points, points)
        held = waiting + SAMPLE * piece.points
        joined = 2 * held if waiting else held
        drawn = max(waiting + piece.working, joined, held + LOCATING * points)
        drawing = {"v": image, "samples": drawn}
        if points < m:
            samples = {"v": image, "samples": held + FLOAT * points}
        else:
            samples = {"v": FLOAT * m}
    added = FLOAT * network.size if points < m else 0
    rasterised = min(RASTERISED[device], n)
    return {
        "rasterise": {"image": image, "activations": network.inference * rasterised},
        "objective": {"image": image, "sinograms": sinograms.closed},
        "adjoint": {
            "image": image, "v": image, "sinograms": sinograms.projected,
            **_projector(objective, sinogram_shape, device),
        },
        "sample": drawing,
        "backward": {
            **samples, "gradients": added, "activations": network.backward * points,
            **_scaled(network),
        },
        "gradients": {
            **samples,
            "gradients": FLOAT * (network.size + (network.largest if added else 0)),
            "activations": network.left * points,
            **_scaled(network),
        },
    }  # fmt: skip


def update(network: Footprint, device: str) -> Terms:
    """Gradients 4 P; sqrt(s) twice for the largest tensor, on a GPU once for all at a time."""
    temporary = 2 * network.largest if device == "cpu" else network.size
    return {"gradients": FLOAT * network.size, "temporaries": FLOAT * temporary}


def _scaled(network: Footprint) -> Terms:
    """Weights made anew in a forward pass, which its backward pass needs."""
    return {"scaled weights": FLOAT * network.scaled} if network.scaled else {}


def _projector(objective: str, sinogram_shape: Sequence[int], device: str) -> Terms:
    """Tensors that the projector makes for itself while the adjoint runs."""
    needed = sinogram_model.workspace(objective, sinogram_shape, device)
    return {"projector": needed} if needed else {}


GRADIENTS: dict[str, Callable[..., dict[str, Terms]]] = {"autograd": autograd, "jvp": jvp}


def _known(kind: str, name: str, known: list[str]) -> None:
    if name not in known:
        raise ValueError(f"no memory model of {kind} {name!r}: there is one of {', '.join(known)}")
