"""Each projector, tried in a process of its own: A x, A' y, and ten times the same again.

    forward   ||A x - p|| / ||p||, for an object without symmetry with raster x and closed-form
              line integrals p: a wrong unit or orientation shows
    adjoint   |<A x, y> / <x, A' y> - 1|
    repeats   the largest difference of ten more products from the first, relative to its maximum

Two threads compute them. The object and the beams are those of the contract tests.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding, fault
from inrbench.doctor.packages import install
from inrbench.io import own_process

PART = "projectors"
THREADS = 2
REPEATS = 10
# What a coarse raster may be off; a mirror image is off by 0.5 or more.
DISCRETISATION = {2: 0.1, 3: 0.25}
# An exact adjoint in float32; ASTRA's CUDA back-projectors are no exact transposes.
ADJOINT = 1e-5
UNMATCHED = {("astra", "cuda"): 1e-2}
# Sums in another order: last digits only.
ROUNDING = 1e-5

Slot = tuple[int, str]
"""(dimension, "cpu" or "cuda")."""


@dataclass(frozen=True)
class Trial:
    """What came of trying one projector.

    Args:
        backend, slot: which, and where.
        absent: why there is none, a sentence; or None.
        fault: what is wrong with it, a sentence; or None.
        says: its figures.
        spread: `repeats`, 0 where they are equal bit for bit.
    """

    backend: str
    slot: Slot
    absent: str | None = None
    fault: str | None = None
    says: str = ""
    spread: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether a reconstruction can rest on it."""
        return self.absent is None and self.fault is None


def trials(device: Device, seconds: float, at_once: int = 2) -> list[Trial]:
    """Try every back end in 2D and 3D, on the CPU and on CUDA where it is there.

    Args:
        device: of this machine.
        seconds: that a process may take.
        at_once: how many of them run beside each other.
    """
    wanted = [(backend, where) for where in device.keys for backend in device.packages]
    with ThreadPoolExecutor(at_once) as pool:
        found = [one for both in pool.map(lambda w: _tried(*w, seconds), wanted) for one in both]
    return [trial for trial in found if trial.absent is None or _listed(trial, device)]


def serving(found: Iterable[Trial], device: Device, slot: Slot) -> Trial | None:
    """The one that `projectors.make` takes there, sound or not: the first that is not absent."""
    there = {trial.backend: trial for trial in found if trial.slot == slot and not trial.absent}
    names = device.backends.get(slot, ())
    return next((there[name] for name in names if name in there), None)


def findings(found: list[Trial], device: Device, needed: set[Slot]) -> list[Finding]:
    """A line a trial. What serves a slot that is needed there is broken if it is not sound, and so
    is what is absent where nothing serves it."""
    return [_finding(trial, device, needed, serving(found, device, trial.slot)) for trial in found]


def measure(backend: str, where: str, dimensions: Iterable[int]) -> list[dict[str, Any]]:
    """In the process, a dimension each: {"absent": why}, or its name and each beam's `figures`."""
    # Threads that wait for work keep a core busy, which on a busy machine takes ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from inrbench import projectors
    from inrbench.errors import Unsupported
    from inrbench.testing import problem

    torch.set_num_threads(THREADS)
    beams = {2: [problem.fan_beam(), problem.parallel_beam()], 3: [problem.cone_beam(views=3)]}
    found = []
    for dimension in dimensions:
        raster, integrals, grid = _object(beams[dimension], dimension)
        try:
            importlib.import_module(f"inrbench.projectors.{backend}")
            made = [projectors.make(beam, grid, where, backend) for beam in beams[dimension]]
        except (ImportError, OSError) as error:
            found.append({"absent": f"it cannot be imported: {error}"})
        except Unsupported as error:
            found.append({"absent": str(error)})
        else:
            each = zip(made, integrals, strict=True)
            known = [figures(one, raster.to(where), p.to(where)) for one, p in each]
            found.append({"name": made[0].backend, "beams": known})
    return found


def _object(beams: list, dimension: int) -> tuple:
    """The raster of an object without symmetry, its exact sinogram for each beam, and the grid."""
    import torch

    from inrbench.grid import Grid
    from inrbench.phantoms import ellipses, ellipsoids
    from inrbench.testing.projectors import ASYMMETRIC, ASYMMETRIC_3D

    phantom, pieces = (ellipses, ASYMMETRIC) if dimension == 2 else (ellipsoids, ASYMMETRIC_3D)
    n = 64 if dimension == 2 else 24
    grid = Grid((n,) * dimension, 80 / n)
    integrals = [torch.as_tensor(phantom.line_integrals(pieces, beam)) for beam in beams]
    return torch.as_tensor(phantom.rasterise(pieces, grid)), integrals, grid


def figures(projector, raster, integrals) -> dict[str, float]:
    """`forward`, `adjoint` and `repeats` of a projector, see above.

    Args:
        projector: a `projectors.Projector`.
        raster: an image of shape grid.shape.
        integrals: its exact sinogram.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    x = torch.rand(projector.grid.shape, generator=generator).to(projector.device)
    y = torch.rand(projector.geometry.sinogram_shape, generator=generator).to(projector.device)
    first = {"A x": projector.forward(x), "A' y": projector.adjoint(y)}
    left, right = torch.sum(first["A x"].double() * y), torch.sum(x.double() * first["A' y"])
    off = torch.linalg.vector_norm(projector.forward(raster) - integrals)
    spread = 0.0
    for _ in range(REPEATS):
        for name, again in (("A x", projector.forward(x)), ("A' y", projector.adjoint(y))):
            if not torch.equal(again, first[name]):
                away = (again - first[name]).abs().max() / first[name].abs().max()
                spread = max(spread, float(away))
    return {
        "forward": float(off / torch.linalg.vector_norm(integrals)),
        "adjoint": abs(float(left / right) - 1),
        "repeats": spread,
    }


def judged(backend: str, slot: Slot, measured: dict[str, Any]) -> Trial:
    """The trial that these figures amount to; a number that is none counts as wrong."""
    if "absent" in measured:
        return Trial(backend, slot, absent=measured["absent"])
    worst = {
        name: max((beam[name] for beam in measured["beams"]), key=lambda v: (v != v, v))
        for name in ("forward", "adjoint", "repeats")
    }
    allowed = {
        "forward": DISCRETISATION[slot[0]],
        "adjoint": UNMATCHED.get((backend, slot[1]), ADJOINT),
        "repeats": ROUNDING,
    }
    words = {
        "forward": "A x {:.2g} off the line integrals",
        "adjoint": "<Ax, y> = <x, A'y> to {:.1e}",
        "repeats": "ten repeats differ by {:.1e}" if worst["repeats"] else "ten repeats equal",
    }
    said = {name: words[name].format(value) for name, value in worst.items()}
    says = f"{measured['name']}: " + ", ".join(said.values())
    wrong = [
        f"{said[name]}, where {limit:.0e} is allowed"
        for name, limit in allowed.items()
        if not worst[name] <= limit
    ]
    fault = f"{measured['name']}: " + "; ".join(wrong) if wrong else None
    return Trial(backend, slot, fault=fault, says=says, spread=worst["repeats"])


def _tried(backend: str, where: str, seconds: float) -> list[Trial]:
    """Both dimensions in one process, and where it does not survive, each in its own."""
    try:
        both = own_process.call(measure, backend, where, (2, 3), seconds=seconds)
        return [judged(backend, (k, where), one) for k, one in zip((2, 3), both, strict=True)]
    except own_process.Failed:
        return [_alone(backend, (dimension, where), seconds) for dimension in (2, 3)]


def _alone(backend: str, slot: Slot, seconds: float) -> Trial:
    dimension, where = slot
    try:
        (one,) = own_process.call(measure, backend, where, (dimension,), seconds=seconds)
    except own_process.Failed as error:
        return Trial(backend, slot, fault=str(error))
    return judged(backend, slot, one)


def _listed(trial: Trial, device: Device) -> bool:
    return trial.backend in device.backends.get(trial.slot, ())


def _finding(trial: Trial, device: Device, needed: set[Slot], serves: Trial | None) -> Finding:
    dimension, where = trial.slot
    what = f"{trial.backend}, {dimension}D on {'the CPU' if where == 'cpu' else 'CUDA'}"
    wanted = _listed(trial, device) and trial.slot in needed
    again = partial(install, device.packages[trial.backend])
    if trial.absent:
        return fault(PART, what, trial.absent, again(), wanted and serves is None)
    if trial.fault:
        return fault(PART, what, trial.fault, again(again=True), wanted and serves is trial)
    if trial.spread:  # the numbers of a table may then differ in their last digits
        return fault(PART, what, trial.says, "inrbench noise", needed=False)
    return Finding(PART, what, "ok", trial.says)
