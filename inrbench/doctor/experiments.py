"""Each experiment in each preset: whether what it needs is here.

Its plug-ins are imported, in a process of their own. Of its memory only images and scans
count, which no method can do without: `inrbench plan` says what each cell needs.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from inrbench.doctor.data import Place
from inrbench.doctor.demand import Demand, Reason
from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding, fault
from inrbench.doctor.packages import install
from inrbench.doctor.projectors import Trial, serving
from inrbench.errors import OutOfMemory
from inrbench.io import own_process
from inrbench.io.byte_size import human
from inrbench.meters import host

PART = "experiments"


def findings(
    found: Iterable[Demand],
    device: Device | None,
    trials: list[Trial],
    places: list[Place],
    tinycudann: Finding | None,
    room: Iterable[Finding],
    seconds: float,
) -> list[Finding]:
    """A line a preset of an experiment; one that cannot run is broken where it is the first one.

    Args:
        found: see `demand.demands`.
        device: of this machine; None: torch does not run.
        trials: of the projectors.
        places: of measured data.
        tinycudann: what `encoding.examine` says of it.
        room: what `room.examine` says; without disk or memory nothing can run.
        seconds: that the import of a plug-in may take.
    """
    plugins: dict[str, Reason | None] = {}
    none = [Reason(f"{one.what}: {one.says}", one.mend) for one in room if one.state == "broken"]
    there = {place.name: place for place in places}
    lines = []
    for demand in found:
        for path in demand.plugins:
            if path not in plugins:
                plugins[path] = _imported(path, seconds)
        reasons = [*none, demand.unread, *(plugins[path] for path in sorted(demand.plugins))]
        reasons += [_nowhere(there[name]) for name in sorted(demand.data) if name in there]
        if device is None:
            reasons.append(Reason("torch does not run", install("torch")))
        else:
            reasons += _projected(demand, device, trials)
            if demand.tinycudann and tinycudann is not None:
                reasons.append(_encoded(device, tinycudann))
        lines.append(_finding(demand, [one for one in reasons if one is not None], device))
    return lines


def _finding(demand: Demand, reasons: list[Reason], device: Device | None) -> Finding:
    if reasons:
        says = "; ".join(dict.fromkeys(reason.says for reason in reasons))
        mend = " && ".join(dict.fromkeys(reason.mend for reason in reasons))
        return fault(PART, demand.name, says, mend, demand.first)
    where = "the CPU" if device.name == "cpu" else "CUDA"
    there = host.available() if device.memory is None else device.memory
    large = sum(_too_large(known, device) for _, known in demand.specs)
    if large and there is not None:
        says = (
            f"{large} of {len(demand.specs)} methods {'needs' if large == 1 else 'need'} more "
            f"memory than the {human(there)} that there are, and will "
            "be out_of_memory"
        )
        experiment, _, preset = demand.name.rpartition("-")
        mend = f"inrbench plan {experiment} --preset {preset} --device {device.name}"
        return fault(PART, demand.name, says, mend, demand.first and large == len(demand.specs))
    return Finding(PART, demand.name, "ok", f"can run on {where}")


def _too_large(known: tuple | None, device: Device) -> bool:
    """Whether the machine cannot hold a cell of this size, whatever its method."""
    if known is None:
        return False
    if device.memory is not None:
        return host.least(*known) > device.memory
    try:
        host.require_cell(None, *known)
    except OutOfMemory:
        return True
    return False


def _projected(demand: Demand, device: Device, trials: list[Trial]) -> list[Reason]:
    """What its projectors and FDK lack."""
    reasons = []
    for slot in sorted(demand.slots(device.name)):
        served, names = serving(trials, device, slot), device.backends.get(slot, ())
        where = f"{slot[0]}D on {'the CPU' if slot[1] == 'cpu' else 'CUDA'}"
        if served is None and names:
            says = f"no projector in {where}"
            reasons.append(Reason(says, install(device.packages[names[0]])))
        elif served is not None and not served.sound:
            says = f"its projector in {where}, {served.backend}, does not work"
            mend = install(device.packages[served.backend], again=True)
            reasons.append(Reason(says, mend))
    if demand.fdk:
        able = {trial.backend for trial in trials if trial.sound and trial.slot[0] == 3}
        names = device.fdk.get(device.name, ())
        if names and not able & set(names):
            says = f"no library for FDK ({' or '.join(names)})"
            reasons.append(Reason(says, install(device.packages[names[-1]])))
    return reasons


def _encoded(device: Device, tinycudann: Finding) -> Reason | None:
    if device.name == "cuda" and tinycudann.state == "ok":
        return None
    says = f"its hash encodings ask for tinycudann: {tinycudann.says}"
    return Reason(says, tinycudann.mend or "nvidia-smi")


def _nowhere(place: Place) -> Reason | None:
    return None if place.mend is None else Reason(f"{place.name}: {place.says}", place.mend)


def _imported(path: str, seconds: float) -> Reason | None:
    """Why the plug-in does not import, if it does not."""
    try:
        own_process.call(_import, path, seconds=seconds)
    except own_process.Failed as error:
        return Reason(f"{path}: {error}", f"inrbench check {shlex.quote(path)}")
    return None


def _import(path: str) -> None:
    """In the process: import a plug-in's file, or an installed module."""
    from inrbench.registry.plugin_module import imported

    imported(Path(path)) if path.endswith(".py") else import_module(path)
