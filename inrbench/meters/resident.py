"""`rss_peak`: how far the resident memory of this process rose above its level at the start."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from inrbench.meters.reading import Reading, measured

# The level is kept per thread and summed now and then, so it may lag by this many bytes.
SLACK = 2**20


class ResidentMemory:
    """Context manager: rss_peak = (highest resident memory in the block) - (that at its start).

    The difference, since most of a process's memory is the import of torch. Pages that were
    obtained earlier and lie free in the process are used again without a rise, so the first job of
    a process is the one to measure.

    Linux keeps a high-water mark (VmHWM), which the start resets, so that nothing is missed
    between samples. Where it cannot be reset, the rise of the highest level of the process's whole
    life (`ru_maxrss`) is a lower bound, and `how` says so.

    Args:
        proc: the folder of this process in procfs.
    """

    def __init__(self, proc: Path = Path("/proc/self")) -> None:
        self._proc = proc
        self._reading = Reading("rss_peak", None, "the block has not ended")

    def __enter__(self) -> ResidentMemory:
        self._lifetime = _lifetime_peak()
        self._start = self._reset()
        return self

    def __exit__(self, *error: object) -> None:
        if self._start is not None:
            peak = self._levels()["VmHWM"]
            how = f"VmHWM, reset at the start, minus VmRSS there ({self._start} bytes)"
            self._reading = measured("rss_peak", peak - self._start, how)
            return
        rise = _lifetime_peak() - self._lifetime
        before = f"the highest level before the job ({self._lifetime} bytes)"
        if rise > 0:
            how = f"a lower bound: rise of ru_maxrss above {before}; VmHWM could not be reset"
            self._reading = Reading("rss_peak", rise, how)
        else:
            how = f"VmHWM could not be reset, and the job did not pass {before} of the process"
            self._reading = Reading("rss_peak", None, how)

    def readings(self) -> list[Reading]:
        """`rss_peak`, once the block has ended."""
        return [self._reading]

    def _levels(self) -> dict[str, int]:
        """VmHWM and VmRSS in bytes."""
        lines = (self._proc / "status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return {name: int(fields[name].split()[0]) * 1024 for name in ("VmHWM", "VmRSS")}

    def _reset(self) -> int | None:
        """Bring VmHWM down to VmRSS and return that, or None where it cannot be done."""
        try:
            (self._proc / "clear_refs").write_text("5")
            levels = self._levels()
        except (OSError, KeyError, ValueError):
            return None
        # Some sandboxes take the write and do nothing.
        return levels["VmRSS"] if levels["VmHWM"] <= levels["VmRSS"] + SLACK else None


def _lifetime_peak() -> int:
    """Highest resident memory of the process so far in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
