"""What a run ran on: the comparison key, the fingerprint, and the label of a folder.

Two records compare only if their keys are equal, so a key holds what changes numbers and nothing
that changes by itself; clocks, host names and all else that may explain a surprise are in the
fingerprint. Nothing here imports torch before a function needs it.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from inrbench.errors import Absent
from inrbench.meters import nvml

PROTOCOL_VERSION = 1
"""Raised when what is measured, or how, changes its meaning: earlier records no longer compare."""

PACKAGES = (
    "inrbench", "torch", "numpy", "scipy", "nvidia-ml-py", "astra-toolbox", "itk-rtk",
    "diffct", "tinycudann", "triton",
)  # fmt: skip
"""Distributions that may change an image or a cost; those not installed have no version."""

GIB = 2**30


def default_device() -> str:
    """The name "cuda" where torch can use a CUDA device, else "cpu"."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def resolve_device(name: str) -> str:
    """ "cpu" or "cuda" for "auto", else the name itself.

    Raises:
        Absent: "cuda" where torch finds no CUDA device.
    """
    import torch

    if name == "auto":
        return default_device()
    if name == "cuda" and not torch.cuda.is_available():
        raise Absent("device=cuda: torch finds no CUDA device here; use cpu or auto")
    return name


def set_precision() -> None:
    """Full float32 products: no TF32, in matrix products and in cuDNN alike.

    TF32 keeps 10 bits of the mantissa, an error of 1e-3 an entry, which the ramp filter amplifies;
    and it differs between generations of GPUs, so that images would compare hardware.
    """
    import torch

    torch.set_float32_matmul_precision("highest")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def bounded(threads: int) -> int:
    """A number of CPU threads as it is; raises `ValueError` for more than `cores`.

    More would wait for each other while they are timed, and a thousand million cannot be started.
    """
    if threads > cores():
        raise ValueError(
            f"threads={threads}: this process may use {cores()} CPU cores; choose from 1 to "
            f"{cores()}"
        )
    return threads


def comparison_key(device: str, data_checksum: str) -> dict[str, Any]:
    """What must agree for two records to be compared.

    Memory is in bytes, rounded to whole GiB, as the last MiB change with the driver or the kernel.
    For a CPU, driver and CUDA are None.

    Args:
        device: "cpu", "cuda" or "cuda:<index>".
        data_checksum: of the numbers that went in.
    """
    import torch

    cuda = device.startswith("cuda")
    if cuda:
        properties = torch.cuda.get_device_properties(torch.device(device))
        model, memory = properties.name, properties.total_memory
    else:
        model, memory = _cpu_model(), _cpu_memory()
    return {
        "device": model,
        "device_memory": None if memory is None else round(memory / GIB) * GIB,
        "driver_major": _driver_major() if cuda else None,
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda if cuda else None,
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "tf32_matmul": torch.backends.cuda.matmul.allow_tf32,
        "tf32_cudnn": torch.backends.cudnn.allow_tf32,
        "threads": torch.get_num_threads(),
        "data_checksum": data_checksum,
        "protocol_version": PROTOCOL_VERSION,
    }


def fingerprint(device: str) -> dict[str, Any]:
    """All else about the machine and the moment; what cannot be found is None.

    Clocks are in MHz, the temperature in °C, the power limit in W.

    Args:
        device: as for `comparison_key`.
    """
    return {
        "hostname": platform.node() or None,
        "os": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git": _git(Path(__file__).resolve().parent.parent),
        "cpu": {
            "model": _cpu_model(),
            "count": os.cpu_count(),
            "load": _answer(lambda: list(os.getloadavg()), OSError, AttributeError),
        },
        "gpu": _gpu(device) if device.startswith("cuda") else None,
    }


@functools.cache
def equipment() -> dict[str, Any]:
    """What of this machine decides what it can do at all, told without torch.

    Packages with their versions, memory in bytes (whole GiB), the first GPU and its driver.
    """
    memory = _cpu_memory()
    return {
        "packages": {name: _version(name) for name in PACKAGES if name != "inrbench"},
        "memory": None if memory is None else round(memory / GIB) * GIB,
        "gpu": _gpu_name(),
        "driver": _driver_major(),
    }


def label(device: str = "auto") -> str:
    """A name for the folder of this machine's results: "nvidia-h200", "amd-epyc".

    The first GPU that CUDA may see, unless the device is to be "cpu", the driver has none, or the
    installed torch is a CPU build; else the CPU. Lower case letters, digits and "-".
    """
    name = (
        None if device == "cpu" or (_version("torch") or "+cpu").endswith("+cpu") else _gpu_name()
    )
    # The processor's core count and clock, and trade marks, tell nothing that a folder needs.
    name = name or re.sub(
        r"\((R|TM)\)|@.*|\d+-Core|\b(CPU|Processor)\b", " ", _cpu_model(), flags=re.I
    )
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unknown"


def _answer(ask: Callable[[], Any], *errors: type[Exception]) -> Any:
    """What the question gives, or None where it ends in one of these errors."""
    try:
        return ask()
    except errors:
        return None


def _version(package: str) -> str | None:
    return _answer(lambda: metadata.version(package), metadata.PackageNotFoundError)


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, flags=re.M)
    return found[1].strip() if found else platform.processor() or platform.machine() or "unknown"


def _cpu_memory() -> int | None:
    return _answer(
        lambda: os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        OSError, ValueError, AttributeError,
    )  # fmt: skip


@contextmanager
def _driver() -> Iterator[ModuleType | None]:
    """NVML's module, or None where there is no driver."""
    try:
        module = nvml.load()
    except Exception:  # not installed, no library, no driver, no permission: all mean no
        yield None
        return
    try:
        yield module
    finally:
        module.nvmlShutdown()


def _driver_major() -> int | None:
    with _driver() as module:
        if module is None:
            return None
        version = _answer(module.nvmlSystemGetDriverVersion, module.NVMLError)
    found = re.match(r"\d+", version or "")
    return int(found[0]) if found else None


def _gpu_name() -> str | None:
    """Name of the first GPU in CUDA_VISIBLE_DEVICES (of the first at all, if that is not set).

    NVML counts in the order of the bus and CUDA by speed: near enough for the name of a folder.
    """
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0].strip()
    if first in ("", "-1", "NoDevFiles"):
        return None
    with _driver() as module:
        if module is None:
            return None

        def name() -> str:
            if first.isdigit():
                return module.nvmlDeviceGetName(module.nvmlDeviceGetHandleByIndex(int(first)))
            return module.nvmlDeviceGetName(module.nvmlDeviceGetHandleByUUID(first))

        return _answer(name, module.NVMLError)


def _gpu(device: str) -> dict[str, Any] | None:
    with _driver() as module:
        if module is None:
            return None
        try:
            handle = nvml.find_device(module, nvml.device_uuid(device))
        except (LookupError, module.NVMLError):
            return None
        sm, memory = module.NVML_CLOCK_SM, module.NVML_CLOCK_MEM
        questions = {
            "driver": module.nvmlSystemGetDriverVersion,
            "sm_clock": lambda: module.nvmlDeviceGetClockInfo(handle, sm),
            "sm_clock_limit": lambda: module.nvmlDeviceGetMaxClockInfo(handle, sm),
            "memory_clock": lambda: module.nvmlDeviceGetClockInfo(handle, memory),
            "temperature": lambda: module.nvmlDeviceGetTemperature(
                handle, module.NVML_TEMPERATURE_GPU
            ),
            "power_limit": lambda: module.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000,
        }
        return {name: _answer(ask, module.NVMLError) for name, ask in questions.items()}


def _git(checkout: Path) -> dict[str, Any] | None:
    """Revision of the checkout that this package runs from, and whether its files differ."""
    top = _run_git(checkout, "rev-parse", "--show-toplevel")
    # A package installed inside somebody else's repository is not that repository's revision.
    if top is None or Path(top).resolve() != checkout:
        return None
    changes = _run_git(checkout, "status", "--porcelain")
    return {
        "revision": _run_git(checkout, "rev-parse", "HEAD"),
        "dirty": None if changes is None else changes != "",
    }


def _run_git(folder: Path, *arguments: str) -> str | None:
    # Without optional locks: cells that run side by side must not block a person's git.
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, env=environment, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
