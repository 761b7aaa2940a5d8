"""What the machine can hold: a case that cannot fit is refused before anything is allocated."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from inrbench.errors import HostTooSmall
from inrbench.io.byte_size import human

# Bytes a number of an image or a sinogram, float32.
FLOAT = 4
# Bytes a point or ray, five times what autograd holds with the built-in networks by default.
PLENTY = 2**16


def available() -> int | None:
    """Bytes that the kernel can give without swapping; None where it does not say."""
    try:
        found = re.search(r"^MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    except OSError:
        return None
    return 1024 * int(found[1]) if found else None


def require(needed: int, what: str) -> None:
    """Raise `HostTooSmall` where `needed` bytes are more than `available`.

    Args:
        needed: bytes.
        what: the beginning of the sentence, "the image needs ... "; it ends with the figures.
    """
    there = available()
    if there is not None and needed > there:
        raise HostTooSmall(
            f"{what}: {human(needed)} ({needed} bytes) in all, where this machine has "
            f"{human(there)} ({there} bytes) available. Nothing was allocated; take a smaller "
            "grid or scan, or see `inrbench plan`",
            needed,
        )


def tight(grid_shape: Sequence[int], sinogram_shape: Sequence[int]) -> bool:
    """Whether a cell of this size may come near to what is there: `PLENTY` bytes a point and ray.

    Where it does not, its peak is not worth the second that `memory.peak` takes. A network that
    needs more all the same is not refused; its run ends with the status `out_of_memory`.
    """
    there = available()
    points = math.prod(grid_shape) + math.prod(sinogram_shape)
    return there is not None and PLENTY * points > there


def least(grid_shape: Sequence[int], sinogram_shape: Sequence[int]) -> int:
    """Bytes of an image and a scan: no method needs less."""
    return FLOAT * (math.prod(grid_shape) + math.prod(sinogram_shape))


def require_cell(
    peak: int | None, grid_shape: Sequence[int], sinogram_shape: Sequence[int]
) -> None:
    """Refuse a cell that this machine cannot hold: its peak and, beside it, the reference, 4 n.

    Where the peak is not known, `least` stands for it.

    Raises:
        HostTooSmall: with the figures.
    """
    reference = FLOAT * math.prod(grid_shape)
    needs = "an image and the scan need" if peak is None else "the method needs"
    peak = least(grid_shape, sinogram_shape) if peak is None else peak
    require(
        peak + reference,
        f"{needs} {human(peak)} ({peak} bytes), and the reference {human(reference)}",
    )
