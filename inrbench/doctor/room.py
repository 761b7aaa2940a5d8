"""Disk and memory: what is free, tried by writing where results, data and scratch files go."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from inrbench.cells import machine_label
from inrbench.datasets.folder import data_folder
from inrbench.doctor.finding import Finding, fault
from inrbench.io.byte_size import human
from inrbench.meters import host

PART = "room"
DISK = 2**30
"""Bytes, more than all default experiments write together."""
MEMORY = 2**30
"""Bytes of a cell's process with torch and ITK, before its arrays, twice over."""
WRITTEN = 2**20
ELSEWHERE = {
    "results": "ln -sfn /a/disk/with/room results",
    "data": "export INRBENCH_DATA=/a/disk/with/room",
    "scratch": "export TMPDIR=/a/disk/with/room",
}


def examine() -> list[Finding]:
    """A line for each folder that is written to, and one for the memory."""
    places = {"results": machine_label.RESULTS, "data": data_folder(), "scratch": Path(_scratch())}
    return [*(disk(name, folder) for name, folder in places.items()), memory()]


def disk(name: str, folder: Path) -> Finding:
    """Write `WRITTEN` bytes into the folder, or where it will be made, and ask what is left."""
    there = folder.resolve()
    while not there.exists() and there != there.parent:
        there = there.parent
    what = f"disk for {name} ({folder})"
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(WRITTEN))
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(there).free
    except OSError as error:
        says = f"{human(WRITTEN)} could not be written into {there}: {error.strerror}"
        return fault(PART, what, says, ELSEWHERE[name], needed=True)
    if free < DISK:
        says = f"{human(free)} free, where the default experiments want {human(DISK)}"
        return fault(PART, what, says, ELSEWHERE[name], needed=True)
    return Finding(PART, what, "ok", f"{human(WRITTEN)} written; {human(free)} free")


def memory() -> Finding:
    """What the kernel can give; how much each experiment needs is said with the experiments."""
    free = host.available()
    if free is None:
        return Finding(PART, "memory", "ok", "the system does not say how much is available")
    if free < MEMORY:
        says = f"{human(free)} available, where a cell's process wants {human(MEMORY)}"
        return fault(PART, "memory", says, "ps aux --sort=-rss | head", needed=True)
    return Finding(PART, "memory", "ok", f"{human(free)} available")


def _scratch() -> str:
    return os.environ.get("TMPDIR") or "/tmp"
