"""Whether a machine had more to do than the cells that were measured on it."""

from __future__ import annotations

from inrbench.cells.records import Record

BUSY = 1.0
"""Load average beyond a cell's threads from which on the machine had more to do."""


def busy(records: list[Record]) -> list[str]:
    """A warning where more was running than the cells themselves, which slows them."""
    loads = [
        load[0]
        for record in records
        if (load := (record.machine.get("fingerprint", {}).get("cpu") or {}).get("load"))
    ]
    threads = max((record.time.threads or 1 for record in records), default=1)
    if not loads or max(loads) <= threads + BUSY:
        return []
    return [
        f"The machine was busy: a load of {max(loads):.1f} while cells ran on {threads} threads. "
        "Times are worth little; run it again with the machine left alone."
    ]
