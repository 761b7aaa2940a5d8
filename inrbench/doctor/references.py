"""Kept references: those whose comparison key is that of this machine, or the nearest one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding, fault
from inrbench.meters import machine

PART = "references"
OF_A_CELL = {"data_checksum", "threads"}
"""Fields of the key that are not the machine's: the threads are chosen for each experiment."""


def examine(device: Device, kept: Path) -> list[Finding]:
    """One line: which references are of this machine.

    Args:
        device: of this machine.
        kept: the folder results/reference.

    Raises:
        ImportError: pydantic is not there.
    """
    found = {folder: _differing(folder, device) for folder in sorted(kept.glob("*/*/"))}
    found = {folder: fields for folder, fields in found.items() if fields is not None}
    keep = "snakemake regression && inrbench reference regression"
    if not found:
        return [fault(PART, "kept", f"there is none in {kept}", keep, needed=False)]
    ours = [folder for folder, fields in found.items() if not fields]
    if ours:
        each = Counter(folder.parent.name for folder in ours)
        every = Counter(folder.parent.name for folder in found)
        says = "; ".join(f"{name}: {n} of {every[name]} experiments" for name, n in each.items())
        return [Finding(PART, "of this machine", "ok", says)]
    nearest = min(found, key=lambda folder: (len(found[folder]), str(folder)))
    says = (
        f"none of {len(found)} is of this machine; {nearest.parent.name}/{nearest.name} is the "
        f"nearest and differs in {', '.join(found[nearest])}: ratios, but no verdicts"
    )
    return [fault(PART, "of this machine", says, keep, needed=False)]


def _differing(folder: Path, device: Device) -> list[str] | None:
    """Fields in which the first readable record is not of this machine; None where there is none.

    A record of a CPU is compared with this machine's CPU, one of CUDA with its CUDA device; more
    threads than there are cores cannot be had.
    """
    from inrbench.cells import result

    for found in (one for path in result.record_files(folder) for one in result.each(path)):
        if isinstance(found, ValueError) or not (theirs := found.record.machine.get("key")):
            continue
        ours = device.keys.get("cpu" if theirs.get("cuda") is None else "cuda", {})
        few = theirs.get("threads", 0) > machine.cores()
        return _fields(ours, theirs) + ["threads"] * few
    return None


def _fields(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    fields = sorted((ours.keys() | theirs.keys()) - OF_A_CELL)
    return [field for field in fields if ours.get(field) != theirs.get(field)]
