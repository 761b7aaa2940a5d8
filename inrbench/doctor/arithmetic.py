"""A matrix product in float32, bfloat16 and TF32, each beside the same product in float64.

    error = ||C - A B|| / ||A B||    (Frobenius), A B in float64

float32 must be float32: the suite forbids TF32 and its like, which keep ten bits, and some
machines allow them all the same. bfloat16 keeps eight bits; where the processor has no unit for
it, it is emulated, and slow.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding, fault
from inrbench.doctor.packages import install
from inrbench.io import own_process

PART = "arithmetic"
SIZE = 512
# Above the rounding of a product of SIZE, below that of the next coarser type.
ALLOWED = {"float32": 1e-5, "TF32": 2e-3, "bfloat16": 1e-2}
LIMITS = ("ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA")
"""Variables that keep torch from units that the processor has."""
UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16", "bf16": "the ARM BF16 extension"}
"""Flags of a processor -> the unit that multiplies bfloat16."""


def examine(device: Device, seconds: float) -> list[Finding]:
    """Each type on the CPU, and on the CUDA device where there is one."""
    found = []
    for where in device.keys:
        try:
            measured = own_process.call(measure, where, seconds=seconds)
        except own_process.Failed as error:
            says = f"a product of {SIZE} x {SIZE} matrices: {error}"
            what, mend = f"products on {_called(where)}", install("torch", again=True)
            found.append(fault(PART, what, says, mend, needed=where == device.name))
        else:
            found += findings(measured, where, needed=where == device.name)
    return found


def findings(measured: dict[str, Any], where: str, needed: bool) -> list[Finding]:
    """A line a type. Only float32 is needed.

    Args:
        measured: see `measure`.
        where: "cpu" or "cuda".
        needed: whether cells run there by default.
    """
    found = []
    for name, (error, pace) in measured["types"].items():
        says = f"a product of {SIZE} x {SIZE} matrices is {error:.1e} off float64"
        if name != "float32":
            says += f", {pace:.2g} times as fast as float32"
        if name == "bfloat16":
            says += f", {measured['unit']}"
        what = f"{name} on {_called(where)}"
        held = [variable for variable in LIMITS if os.environ.get(variable)]
        if name == "bfloat16" and where == "cpu" and pace < 0.5 and held:
            says += f", held back by {' and '.join(held)}"
            found.append(fault(PART, what, says, f"unset {' '.join(held)}", needed=False))
        elif error <= ALLOWED[name]:
            found.append(Finding(PART, what, "ok", says))
        elif name == "float32":
            says += f", where rounding gives less than {ALLOWED[name]:.0e}"
            mend = "unset NVIDIA_TF32_OVERRIDE TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"
            found.append(fault(PART, what, says, mend, needed))
        else:
            says += f", where {ALLOWED[name]:.0e} is expected"
            found.append(fault(PART, what, says, install("torch", again=True), needed=False))
    return found


def measure(where: str) -> dict[str, Any]:
    """In the process: type -> (error, how many times as fast as float32), and the bfloat16 unit.

    TF32 is there on CUDA only.
    """
    import torch

    from inrbench.meters import machine

    machine.set_precision()
    generator = torch.Generator().manual_seed(0)
    a, b = torch.rand(2, SIZE, SIZE, generator=generator) - 0.5
    exact = a.double() @ b.double()
    a, b = a.to(where), b.to(where)

    def tried(a, b) -> tuple[float, float]:
        product = (a @ b).double().cpu()
        return float((product - exact).norm() / exact.norm()), _fastest(a, b, where)

    types = {"float32": tried(a, b), "bfloat16": tried(a.bfloat16(), b.bfloat16())}
    if where == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        types["TF32"] = tried(a, b)
        major = torch.cuda.get_device_capability()[0]
        unit = "by its tensor cores" if major >= 8 else "emulated: made before Ampere"
    else:
        unit = unit_of(_flags())
    full = types["float32"][1]
    return {"types": {name: (e, full / s) for name, (e, s) in types.items()}, "unit": unit}


def unit_of(flags: set[str] | None) -> str:
    """What multiplies bfloat16 on a processor with these flags, in words."""
    if flags is None:
        return "by what is not known: the system names no processor flags"
    units = [unit for flag, unit in UNITS.items() if flag in flags]
    return f"by {units[0]}" if units else "emulated: the processor has neither AMX nor AVX512-BF16"


def _fastest(a, b, where: str) -> float:
    """Seconds of the fastest of five products."""
    import torch

    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        _ = a @ b
        if where == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _flags() -> set[str] | None:
    """What the kernel says of the first processor; None where it says nothing."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, flags=re.M)
    return set(found[1].split()) if found else None


def _called(where: str) -> str:
    return "the CPU" if where == "cpu" else "CUDA"
