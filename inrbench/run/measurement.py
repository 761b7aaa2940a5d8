"""One reconstruction under all meters: the fields of a record that only its process can know."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import resource
import signal
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from inrbench import datasets, methods, projectors
from inrbench.cells.history import write_history, write_notes
from inrbench.datasets import named_files
from inrbench.datasets.case import Case
from inrbench.datasets.shapes import Shapes, of_case
from inrbench.errors import Absent, Diverged, HostTooSmall, NoResult, OutOfMemory, Unsupported
from inrbench.io.whole_file import disk_failed, whole
from inrbench.memory import budget
from inrbench.meters import host, machine, watch_memory
from inrbench.meters.brief import METERED, Brief, Enough
from inrbench.meters.clock import Clock
from inrbench.meters.live_tensors import LiveTensors
from inrbench.meters.parameters import counted
from inrbench.meters.reading import Reading
from inrbench.meters.work import Tally, WorkCounter
from inrbench.meters.yardstick import VERSION, Yardstick
from inrbench.metrics import held_out, image_metrics
from inrbench.projectors.base import Projector
from inrbench.run import sources
from inrbench.run.monitor import ADVICE, Row, TruthMonitor

T = TypeVar("T")


class TimeLimit(BaseException):
    """The parent asked to stop; not an `Exception`, so that no method swallows it."""


def measure(
    job: dict[str, Any],
    report: Callable[[int, int, Row], None],
    begin: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """One reconstruction under all meters.

    Args:
        job: `spec` (a cell's), `base` (folder to which the files that it names are relative),
            `seed`, `device`, `threads`, and `folder` for the results.
        report: gets each step.
        begin: called once everything is there and the method's turn has come.

    Returns:
        The fields of a record that only this process can know.

    Raises:
        OutOfMemory: the cell's budget or, on a CPU, this machine is too small for it; neither the
            case nor anything of its size was read or allocated.
        NoResult: the case can be neither read nor made.
        Absent: a device or every projector.
        OSError: a disk is full.
    """
    device = torch.device(machine.resolve_device(job["device"]))
    base, part = Path(job["base"]), job["spec"]["dataset"]
    fit = _fit(job, _input(part, of_case, base), device)
    spec, folder = fit.spec, Path(job["folder"])
    case = _input(part, Case.open, base)
    projectors.load_backends(case.grid.dimension, device.type)
    clock = Clock(device)
    yardstick = Yardstick() if device.type == "cpu" else None
    monitor = TruthMonitor(case.reference, clock, spec["checkpoints"], report, yardstick)

    def reconstruct(listener) -> torch.Tensor:
        scan = case.scan.to(device)  # under the meters, which also see a GPU's context begin
        generator = torch.Generator(device).manual_seed(job["seed"])
        return method.reconstruct(scan, case.grid, listener, generator)

    outcome: dict[str, Any] = {
        "status": "ok",
        "reference": case.kind,
        "reference_from": case.reference_from,
        "unit": case.unit,
        "machine": {
            "key": machine.comparison_key(str(device), _checksum(case)),
            "fingerprint": machine.fingerprint(str(device)) | _plugins(spec),
        },
    }
    if "memory_budget" in spec and fit.peak is not None:
        outcome["fit"] = {"chunk": fit.chunk, "modelled": fit.peak}
    readings = []
    begun = time.perf_counter()
    unlimit = None
    try:
        begin()
        method = methods.make(scale=case.scale, **named_files.opened(spec["method"], base))
        unlimit = _limit_memory(spec["limits"]["memory"], device)
        with watch_memory(device) as watch, counted() as networks:
            image = reconstruct(monitor)
            total = clock.seconds
        if networks:
            outcome["parameters"] = sum(networks)
        if not torch.isfinite(image).all():
            raise Diverged(f"the final image is not finite; {ADVICE}")
        readings = watch.readings()
        peak, work = _metered(reconstruct)
        readings.insert(0, peak)
        if work is not None:
            outcome["work"] = _work(work, monitor.projector)
        if (reason := budget.exceeded(spec, readings[0].bytes)) is not None:
            outcome |= {"status": "out_of_memory", "reason": reason}
    except (Exception, TimeLimit) as error:
        if isinstance(error, Absent) or disk_failed(error):
            raise
        status, reason = _status(error)
        outcome |= {"status": status, "reason": reason}
        total = None
    finally:
        if unlimit is not None:
            unlimit()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what follows only writes

    print(f"measured for {time.perf_counter() - begun:.3f} s")  # what the rest is compared with
    write_history(folder / "history.parquet", monitor.rows)
    write_notes(folder / "notes.parquet", monitor.notes)
    timing = clock.timing()
    outcome["time"] = {
        "iteration": timing.median,
        "spread": timing.spread,
        "timed": timing.timed,
        "total": total,
        "setup": clock.started - begun if clock.started is not None else None,
        **_pace(yardstick),
        "threads": torch.get_num_threads(),
    }
    outcome["memory"] = [{"name": r.name, "bytes": r.bytes, "how": r.how} for r in readings]
    if monitor.projector is not None:
        outcome["projector"] = monitor.projector.backend
        held = {"name": "projector_bytes", "bytes": monitor.projector.bytes,
                "how": "cached matrix and its transpose, outside the tensor peak"}  # fmt: skip
        outcome["memory"].append(held)
    if outcome["status"] == "ok":
        outcome["metrics"] = _metrics(case, monitor, image)
        best = image if monitor.best is None else monitor.best
        with whole(folder / "image.npz") as partial:
            np.savez(partial, final=image.cpu().numpy(), best=best.cpu().numpy())
    return outcome


def _pace(yardstick: Yardstick | None) -> dict[str, float | None]:
    """None of its fields without a whole stretch, or on CUDA."""
    if yardstick is None or (pace := yardstick.pace()) is None:
        return {}
    median = statistics.median(yardstick.readings)
    return {"pace": pace, "yardstick": median, "yardstick_version": VERSION}


def _plugins(spec: dict[str, Any]) -> dict[str, Any]:
    """Path and sha256 of the files of plug-ins that the cell uses, if it does."""
    files = sources.plugin_files(spec)
    return {"plugins": files} if files else {}


def _input(part: dict[str, Any], reader: Callable[[Path], T], base: Path) -> T:
    """What `reader` makes of the prepared case; raises `NoResult` or `OutOfMemory`."""
    try:
        return datasets.read(part, reader, base)
    except OutOfMemory:
        raise
    except Exception as error:
        status, reason = _status(error)
        if status == "out_of_memory":
            raise HostTooSmall(f"preparing {part['name']}: {reason}") from error
        raise NoResult(f"the data of {part['name']} cannot be had: {error or reason}") from error


def _fit(job: dict[str, Any], known: Shapes, device: torch.device) -> budget.Fitted:
    """The cell within its memory budget and this machine; raises `OutOfMemory`."""
    spec, limited = job["spec"], "memory_budget" in job["spec"]
    if not limited and (device.type != "cpu" or not host.tight(*known)):
        return budget.Fitted(spec)
    opened = spec | {"method": named_files.opened(spec["method"], Path(job["base"]))}
    fit = budget.fit(opened, *known, device.type, job["seed"])
    if fit.unknown is not None and limited:
        print(f"runs as it is, and its memory is only measured: {fit.unknown}")
    if device.type == "cpu":
        host.require_cell(fit.peak, *known)
    return fit


def _metered(reconstruct: Callable[[Brief], object]) -> tuple[Reading, Tally | None]:
    """Tensor peak, and the work of an iteration, of a pass of their own; the image is there, so
    that a time limit ends only that."""
    try:
        with LiveTensors() as live, WorkCounter() as work, contextlib.suppress(Enough):
            reconstruct(Brief(METERED, work.reached))
    except TimeLimit:
        return Reading("tensor_peak", None, "the time limit came before the end of its pass"), None
    return live.reading(), work.of_iteration()


def _work(tally: Tally, projector: Projector | None) -> dict[str, Any]:
    """What a projector's library computes by itself is named as unseen."""
    unseen = projector is not None and not getattr(projector, "in_torch", False)
    return {
        "operations": tally.operations,
        "flops": tally.flops,
        "unseen": projector.backend if unseen else None,
    }


def _metrics(case: Case, monitor: TruthMonitor, image: torch.Tensor) -> dict[str, float | None]:
    """By name; None for one that is not finite, such as the PSNR of the truth itself."""
    metrics = image_metrics(image, case.reference)
    best = monitor.best_row()
    if best is not None:
        metrics |= {"best_mse": best["mse"], "best_iteration": best["iteration"]}
    if case.held_out is not None:
        metrics |= held_out(image, case.grid, case.held_out)
    return {name: one if math.isfinite(one) else None for name, one in metrics.items()}


def _checksum(case: Case) -> str:
    """sha256 of the numbers that went in: sinogram and reference."""
    digest = hashlib.sha256(case.scan.sinogram.numpy().tobytes())
    digest.update(case.reference.numpy().tobytes())
    return digest.hexdigest()


def _limit_memory(limit: int | None, device: torch.device):
    """Let this process allocate `limit` bytes more; returns what lifts the limit again."""
    if limit is None:
        return lambda: None
    if device.type == "cuda":
        whole = torch.cuda.get_device_properties(device).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit / whole), device)
        return lambda: torch.cuda.set_per_process_memory_fraction(1.0, device)
    if sys.platform != "linux":
        raise Unsupported("a memory limit on the CPU needs Linux: drop limits.memory")
    # Threads get their stacks now: a thread that cannot start ends the process without a word.
    torch.ones(512, 512) @ torch.ones(512, 512)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + limit, hard))
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


_OUT_OF_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|bad_alloc|out of memory|failed to map segment", re.I
)


def _status(error: BaseException) -> tuple[str, str]:
    """The record's status and reason for what a run raised; tracebacks go to the log."""
    if isinstance(error, TimeLimit):
        return "timeout", "stopped at its time limit"
    if isinstance(error, Diverged):
        return "diverged", str(error)
    if isinstance(error, Unsupported):
        return "unsupported", str(error)
    memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if memory or (
        isinstance(error, RuntimeError | OSError | ImportError)
        and _OUT_OF_MEMORY.search(str(error))
    ):
        first = str(error).strip().splitlines()[:1]
        return "out_of_memory", f"{type(error).__name__}: {''.join(first) or 'no more memory'}"
    traceback.print_exception(error)
    return "error", f"{type(error).__name__}: {error}"
