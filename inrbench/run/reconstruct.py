"""A reconstruction in Python: any registered method on a scan, as an experiment would run it.

    case = load("forbild", size=128, views=60)
    siren = {"name": "siren", "width": 128, "layers": 3}
    found = reconstruct(case, "inr", network=siren, objective="filtered_least_squares",
                        gradient={"name": "jvp", "rate": 0.1}, iterations=100)
    found.image, found.curve, found.metrics

Names, parameters and defaults are those of the experiments: the same case, method and seed give
the image of `inrbench run`, bit for bit. Left out are the meters of memory and of work, and
the check that this machine has memory enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
import torch

from inrbench import methods, metrics, registry
from inrbench.cells import spec
from inrbench.cells.history import HISTORY
from inrbench.cells.spec import PART_AXES
from inrbench.datasets.case import Case
from inrbench.errors import Diverged
from inrbench.grid import Grid
from inrbench.meters import machine
from inrbench.meters.clock import Clock
from inrbench.registry import parameters as known_parameters
from inrbench.run.monitor import ADVICE, Row, TruthMonitor
from inrbench.scan import Scan


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """What a method made of a scan.

    Attributes:
        image: the final image, float32 array of shape grid.shape, attenuation in mm^-1.
        best: the checkpoint of least MSE, an oracle since it knows the reference; None without
            a reference.
        curve: a row an iteration with the columns of `history.parquet`: iteration, loss, seconds;
            at checkpoints mse, psnr and ssim; and the residuals that the method has.
        metrics: of the final image: mse (mm^-2), psnr (dB) and ssim, best_mse and best_iteration
            where there is a reference; held_out and its standard error held_out_spread where
            there are held-out views.
        seconds: from the end of the set-up to the image, the metrics' time left out.
        notes: what the method wrote down (`gradient_quality`, `conditioning`), a row a note; empty
            for the others.
        method: the method's name and every parameter, defaults filled in.
    """

    image: np.ndarray
    best: np.ndarray | None
    curve: pd.DataFrame
    metrics: dict[str, float]
    seconds: float
    notes: pd.DataFrame
    method: dict[str, Any]


def reconstruct(
    scan: Case | Scan,
    method: str = "inr",
    *,
    grid: Grid | None = None,
    scale: float | None = None,
    reference: torch.Tensor | np.ndarray | None = None,
    held_out: Scan | None = None,
    seed: int = 0,
    device: str = "auto",
    checkpoints: int = 25,
    report: Callable[[int, int, Row], None] | None = None,
    **parameters: Any,
) -> Reconstruction:
    """x = method(y), with the curve of the run and, against a reference, its metrics.

    Args:
        scan: a case, which brings grid, scale, reference and held-out views; or a scan.
        method: a registered method: "inr", "admm", "fbp", "fdk", "cgls", "tv" or a plug-in's.
        grid: of a scan, the grid to reconstruct on.
        scale: of a scan, the typical attenuation of its main material in mm^-1 (water: 0.02), for
            the methods that take one.
        reference: of a scan, an image of shape grid.shape to compare with; no method gets it.
        held_out: of a scan, views to judge by, which no method gets.
        seed: of initial weights and samples, from 0.
        device: "cpu", "cuda", or "auto" for CUDA where there is a device.
        checkpoints: how often at most the metrics are taken, evenly over the iterations.
        report: called with iteration, iterations and the row of the curve after each step.
        parameters: the method's own. A part (network, objective, gradient) is a registered name,
            or {"name": name, **its parameters}.

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one; a grid or a scale
            that is missing; arguments that a case brings itself.
        Diverged: a loss or an image that is not finite, or a loss that has blown up.
        Unsupported: a method that cannot do this scan.

    Full float32 is set for the products of torch, as in an experiment.
    """
    case = _Given.of(scan, grid, scale, reference, held_out)
    if not isinstance(seed, Integral) or not 0 <= seed < 2**63:
        raise ValueError(f"seed={seed!r}: expected a whole number from 0, below 2**63")
    if checkpoints < 1:
        raise ValueError(f"checkpoints={checkpoints}: expected at least 1")
    machine.set_precision()
    target = torch.device(machine.resolve_device(device))
    filled = _filled(method, parameters)
    made = methods.make(scale=_scale(case.scale, method), **filled)
    clock = Clock(target)
    monitor = TruthMonitor(case.reference, clock, checkpoints, report or (lambda *_: None))
    generator = torch.Generator(target).manual_seed(int(seed))
    image = made.reconstruct(case.scan.to(target), case.grid, monitor, generator)
    seconds = clock.seconds
    if not torch.isfinite(image).all():
        raise Diverged(f"the final image is not finite; {ADVICE}")
    return Reconstruction(
        image=image.detach().cpu().numpy(),
        best=None if monitor.best is None else monitor.best.numpy(),
        curve=_curve(monitor.rows),
        metrics=_metrics(case, monitor, image),
        seconds=seconds,
        notes=pd.DataFrame(monitor.notes),
        method=filled,
    )


@dataclass(frozen=True, eq=False)
class _Given:
    """What is reconstructed from and compared with, whether a case or a scan brought it."""

    scan: Scan
    grid: Grid
    scale: float | None
    reference: torch.Tensor | None
    held_out: Scan | None

    @classmethod
    def of(cls, scan: Any, grid: Any, scale: Any, reference: Any, held_out: Any) -> _Given:
        given = {"grid": grid, "scale": scale, "reference": reference, "held_out": held_out}
        if isinstance(scan, Case):
            if twice := [name for name, value in given.items() if value is not None]:
                raise ValueError(f"a case brings its own {', '.join(twice)}: drop them")
            return cls(scan.scan, scan.grid, scan.scale, scan.reference, scan.held_out)
        if not isinstance(scan, Scan):
            raise ValueError(
                f"scan of type {type(scan).__name__}: expected a Case, as `load` gives it, or "
                "Scan(sinogram, geometry)"
            )
        if not isinstance(grid, Grid):
            raise ValueError(
                f"grid={grid!r:.80}: a scan has none; give Grid(shape, spacing), such as "
                "Grid((256, 256), 0.5)"
            )
        if reference is not None:
            # A case says in sentences what is wrong with a reference.
            reference = Case(scan, grid, reference, "reference", 1.0).reference
        return cls(scan, grid, scale, reference, held_out)


def _filled(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """{name, **every parameter}: parts that are words become {name: word}, defaults are added."""
    parts = {
        axis: {"name": parameters[axis]}
        for axis in PART_AXES
        if isinstance(parameters.get(axis), str)
    }
    return spec.method({"name": name, **parameters, **parts})


def _scale(scale: float | None, method: str) -> float:
    """The scale; raises `ValueError` where the method takes one and there is none."""
    if scale is None and "scale" in known_parameters.of(registry.target("method", method)):
        raise ValueError(
            f"scale=None: {method} predicts numbers near 1; give the typical attenuation of the "
            "scan's main material in mm^-1 (water: 0.02)"
        )
    scale = 1.0 if scale is None else scale
    if not 0 < scale < math.inf:
        raise ValueError(f"scale={scale}: must be above 0, in mm^-1")
    return scale


def _curve(rows: list[Row]) -> pd.DataFrame:
    names = dict.fromkeys([*HISTORY, *(name for row in rows for name in row)])
    return pd.DataFrame(rows, columns=list(names))


def _metrics(case: _Given, monitor: TruthMonitor, image: torch.Tensor) -> dict[str, float]:
    found = {}
    if case.reference is not None:
        found |= metrics.image_metrics(image, case.reference)
        if (best := monitor.best_row()) is not None:
            found |= {"best_mse": best["mse"], "best_iteration": best["iteration"]}
    if case.held_out is not None:
        found |= metrics.held_out(image, case.grid, case.held_out)
    return found
