"""What the machine can hold: a case that cannot fit is refused before anything is allocated."""

from __future__ import annotations

import re
from pathlib import Path

from inrbench.errors import HostTooSmall
from inrbench.io.byte_size import human


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
