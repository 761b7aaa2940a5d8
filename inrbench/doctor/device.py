"""torch, the CUDA device with its driver, and NVML: whether it sees this process's memory."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inrbench.doctor.finding import Finding, fault
from inrbench.doctor.packages import install, pip, wanted
from inrbench.io import own_process
from inrbench.io.byte_size import human

PART = "device"
ALLOCATED = 256 * 2**20
"""Bytes that NVML has to see."""
_DRIVER = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True)
class Device:
    """What torch says of this machine.

    Args:
        name: "cpu" or "cuda": what `auto` stands for here.
        keys: "cpu", "cuda" -> the comparison key of a run on it.
        memory: bytes of the CUDA device; None on a CPU.
        backends: (dimension, "cpu" or "cuda") -> the projectors for it, the preferred one first.
        fdk: "cpu" or "cuda" -> the libraries that may invert a cone beam there.
        packages: projector -> the distribution that it comes with.
    """

    name: str = "cpu"
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    memory: int | None = None
    backends: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    fdk: dict[str, tuple[str, ...]] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


def examine(seconds: float) -> tuple[Device | None, list[Finding]]:
    """What torch says in a process of its own; None where it does not run, or is not there."""
    if find_spec("torch") is None:  # among what is missing of the packages
        return None, []
    try:
        asked = own_process.call(ask, seconds=seconds)
    except own_process.Failed as error:
        says = f"torch and the projectors' table: {error}"
        return None, [fault(PART, "torch", says, install("torch", again=True), needed=True)]
    device = Device(**asked.pop("device"))
    found = [Finding(PART, "torch", "ok", asked["torch"]), _cuda(asked)]
    if device.name == "cuda":
        try:
            found.append(nvml_finding(own_process.call(watch, seconds=seconds)))
        except own_process.Failed as error:
            says = f"an allocation of {human(ALLOCATED)}, watched: {error}"
            found.append(fault(PART, "NVML", says, "nvidia-smi", needed=False))
    return device, found


def ask() -> dict[str, Any]:
    """In the process: the fields of `Device`, and what people want to know of torch and CUDA."""
    import torch

    from inrbench import projectors
    from inrbench.meters import machine

    machine.set_precision()
    name = machine.default_device()
    names = ["cpu", "cuda"][: 1 + (name == "cuda")]
    device = {
        "name": name,
        "keys": {one: machine.comparison_key(one, "") for one in names},
        "backends": projectors.BACKENDS,
        "fdk": projectors.FDK,
        "packages": projectors.PACKAGES,
    }
    built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
    about = (
        f"{torch.__version__}, built {built}; {device['keys']['cpu']['device']}, "
        f"{machine.cores()} cores, kernels for {torch.backends.cpu.get_cpu_capability()}"
    )
    asked = {"device": device, "torch": about, "built": torch.version.cuda, "refused": None}
    if name == "cuda":
        properties = torch.cuda.get_device_properties(0)
        device["memory"] = properties.total_memory
        driver = (machine.fingerprint("cuda")["gpu"] or {}).get("driver", "not known to NVML")
        asked["cuda"] = (
            f"{properties.name}, {human(properties.total_memory)}, compute capability "
            f"{properties.major}.{properties.minor}, driver {driver}"
        )
    elif torch.version.cuda:
        try:
            torch.cuda.init()
        except Exception as error:  # the only place where CUDA says why
            asked["refused"] = str(error).splitlines()[0]
    return asked


def watch() -> list[dict[str, Any]]:
    """In the process: the readings of NVML's meter while `ALLOCATED` bytes are allocated."""
    from dataclasses import asdict

    import torch

    from inrbench.meters.nvml import NvmlMemory

    with NvmlMemory("cuda") as meter:
        block = torch.ones(ALLOCATED // 4, device="cuda")
        torch.cuda.synchronize()
        del block  # torch keeps the memory, so that the last sample sees it, too
    return [asdict(reading) for reading in meter.readings()]


def _cuda(asked: dict[str, Any]) -> Finding:
    """The CUDA device, or why there is none."""
    if "cuda" in asked:
        return Finding(PART, "CUDA", "ok", asked["cuda"])
    driver = _driver()
    if driver is None:
        return Finding(PART, "CUDA", "ok", "no NVIDIA driver: everything runs on the CPU")
    if asked["built"] is None:
        says = f"{driver}, but this torch is built without CUDA: everything runs on the CPU"
        # With all that it needs: a CPU build has none of CUDA's packages.
        return fault(PART, "CUDA", says, pip("--force-reinstall", wanted("torch")), needed=False)
    says = f"{driver}, but torch cannot use it: {asked['refused']}; everything runs on the CPU"
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") is not None
    mend = "unset CUDA_VISIBLE_DEVICES" if hidden else "nvidia-smi"
    return fault(PART, "CUDA", says, mend, needed=False)


def _driver() -> str | None:
    """The NVIDIA driver that the kernel has loaded, without asking any library."""
    try:
        return _DRIVER.read_text(encoding="utf-8").splitlines()[0].split(":", 1)[-1].strip()
    except (OSError, IndexError):
        return None


def nvml_finding(readings: list[dict[str, Any]]) -> Finding:
    """Whether NVML saw `ALLOCATED` bytes, and that they are this process's."""
    process, delta = readings
    says = (
        f"{human(ALLOCATED)} allocated; of this process it saw {_read(process)}, "
        f"of the device {_read(delta)}"
    )
    if "ModuleNotFoundError" in process["how"]:
        return fault(PART, "NVML", says, install("nvidia-ml-py"), needed=False)
    if (process["bytes"] or 0) < ALLOCATED:
        return fault(PART, "NVML", says, "nvidia-smi", needed=False)
    if not process["how"].startswith("NVML's figure for"):
        says += "; in a container, its process ids are the host's"
        return fault(PART, "NVML", says, "docker run --pid=host --gpus all <image>", needed=False)
    return Finding(PART, "NVML", "ok", says)


def _read(reading: dict[str, Any]) -> str:
    if reading["bytes"] is None:
        return f"nothing ({reading['how']})"
    return f"{human(reading['bytes'])} ({reading['how']})"
