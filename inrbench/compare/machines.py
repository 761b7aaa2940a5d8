"""What two sets of records ran on, side by side."""

from __future__ import annotations

from typing import Any

from inrbench.cells.record import Record
from inrbench.compare.comparable import OF_DATA, busy
from inrbench.io.byte_size import human
from inrbench.tables.page import ABSENT, Page


def machines_page(
    new: list[Record], base: list[Record] | None = None, reference: str | None = None
) -> Page:
    """A row a field of the comparison key, then what else may explain a surprise.

    Args:
        new: records of this machine; the first one that knows its machine speaks for all.
        base: those of the reference.
        reference: how the reference is called.
    """
    ours, theirs = _fields(new), _fields(base or [])
    columns: dict[str, list[str]] = {
        "field": list(ours | theirs),
        "here": [ours.get(field, ABSENT) for field in ours | theirs],
    }
    if base:
        columns[str(reference)] = [theirs.get(field, ABSENT) for field in ours | theirs]
        columns["differs"] = [
            "yes" if ours.get(field) != theirs.get(field) else "" for field in ours | theirs
        ]
    return Page(
        title="Machine and versions",
        columns=columns,
        warnings=busy(new),
        note="The fields above the operating system have to agree for a verdict.",
    )


def _fields(records: list[Record]) -> dict[str, str]:
    record = next((one for one in records if one.machine.get("key")), None)
    if record is None:
        return {}
    key, about = record.machine["key"], record.machine.get("fingerprint", {})
    git, cpu, gpu = (about.get(part) or {} for part in ("git", "cpu", "gpu"))
    fields: dict[str, Any] = {
        name.replace("_", " "): human(value) if name == "device_memory" and value else value
        for name, value in key.items()
        if name != OF_DATA
    }
    fields |= {
        "operating system": about.get("os"),
        "Python": about.get("python"),
        "processor": cpu.get("model"),
        "cores": cpu.get("count"),
        "driver": gpu.get("driver"),
        "power limit, W": gpu.get("power_limit"),
        "projector": next((one.projector for one in records if one.projector), None),
        **{name: version for name, version in (about.get("packages") or {}).items()
           if name not in key},
        "revision": (git.get("revision") or "")[:10] or None,
        "files differ from the revision": {True: "yes", False: "no"}.get(git.get("dirty")),
    }  # fmt: skip
    return {name: str(value) for name, value in fields.items() if value is not None}
