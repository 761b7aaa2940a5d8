"""tiny-cuda-nn's hash encoding beside ours: the same table at the same points."""

from __future__ import annotations

from inrbench.doctor.device import Device
from inrbench.doctor.finding import Finding, fault
from inrbench.doctor.packages import pip
from inrbench.io import own_process

PART = "device"
WHAT = "tinycudann"
SOURCE = "git+https://github.com/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch"
BACKENDS = ("torch", "tinycudann")
POINTS = 4096
TOLERANCE = 1e-3
"""Rounding moves a point between corners; a corner looked up wrongly changes more by far."""


def examine(device: Device, seconds: float) -> list[Finding]:
    """What it gives on the CUDA device; on a CPU there is no use for it."""
    if device.name != "cuda":
        return [Finding(PART, WHAT, "ok", "not needed: it is for CUDA devices")]
    try:
        away = own_process.call(distance, seconds=seconds)
    except own_process.Failed as error:
        away = str(error)
    return [judged(away)]


def judged(away: float | str | None) -> Finding:
    """The finding of a distance from torch's values, of a fault, or (None) of no tinycudann."""
    build = pip("--no-build-isolation", "--force-reinstall", "--no-deps", f"'{SOURCE}'")
    if away is None:
        says = "not installed; hash encodings run on torch's operations, several times slower"
        return fault(PART, WHAT, says, build, needed=False)
    if isinstance(away, str):
        return fault(PART, WHAT, f"an encoding of {POINTS} points: {away}", build, needed=False)
    says = f"{away:.1e} off torch's values at {POINTS} points"
    if not away <= TOLERANCE:
        return fault(PART, WHAT, f"{says}, where {TOLERANCE:.0e} is allowed", build, needed=False)
    return Finding(PART, WHAT, "ok", says)


def distance() -> float | None:
    """In the process: ||ours - theirs|| / ||ours|| on CUDA; None where it is not installed."""
    from importlib.util import find_spec

    import torch

    from inrbench.networks.hash_encoding import HashEncoding

    if find_spec("tinycudann") is None:
        return None
    sizes = {"levels": 8, "log2_table": 14, "coarsest": 8, "finest": 128}
    ours, theirs = (HashEncoding(2, 1.0, **sizes, backend=b).to("cuda") for b in BACKENDS)
    generator = torch.Generator("cuda").manual_seed(0)
    points = torch.rand(POINTS, 2, device="cuda", generator=generator)
    with torch.no_grad():
        ours.table.normal_(generator=generator)
        theirs.encoding.params.copy_(ours.table.flatten())
        wanted, given = ours.encode(points), theirs.encoding(points)
    return float((given - wanted).norm() / wanted.norm())
