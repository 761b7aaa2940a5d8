"""Whether the runs of a row may be compared: on one kind of machine, with the same parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from inrbench.cells.record import Record

OF_DATA = "data_checksum"
"""The one field of a comparison key that does not belong to the machine."""
BUSY = 1.0
"""Load average beyond a cell's threads from which on the machine had more to do."""


def machine_of(records: Iterable[Record]) -> dict[str, Any]:
    """The fields of the comparison key on which all records that have one agree, without that of
    the data."""
    keys = [record.machine["key"] for record in records if record.machine.get("key")]
    return {
        field: value
        for field, value in (keys[0] if keys else {}).items()
        if field != OF_DATA and all(key.get(field) == value for key in keys)
    }


def differing(
    base: list[Record], new: list[Record], machines: tuple[dict[str, Any], dict[str, Any]]
) -> list[str]:
    """Fields of the comparison key, and of the parameters ("spec.method.iterations"), on which the
    runs of a row do not all agree.

    The limits of a cell count only where one failed, as they cannot change what ended well. A cell
    may fail before its key is known: then the other records of its side tell the machine. One that
    ended well without a key differs in "machine.key"; the back end of the projector counts too.

    Args:
        base: the row's records of BASE.
        new: those of NEW.
        machines: `machine_of` all of BASE, and of NEW.
    """
    own = [
        [record.machine["key"] for record in side if record.machine.get("key")]
        for side in (base, new)
    ]
    some = next((side[0] for side in own if side), {})
    keys: list[dict[str, Any]] = []
    for side, machine in zip(own, machines, strict=True):
        keys += side or ([machine | {OF_DATA: some.get(OF_DATA)}] if machine else [])
    every = [*base, *new]
    well = [record for record in every if record.status == "ok"]
    specs = [record.spec for record in every]
    if len(well) == len(every):
        specs = [{k: v for k, v in spec.items() if k != "limits"} for spec in specs]
    backends = [{"projector": record.projector} for record in well]
    keyless = ["machine.key"] if any(not record.machine.get("key") for record in well) else []
    return [*keyless, *fields(keys), *fields(backends), *(f"spec.{f}" for f in fields(specs))]


def fields(several: list[dict[str, Any]]) -> list[str]:
    """Dotted names of what these do not all agree on."""
    if all(one == several[0] for one in several[1:]):
        return []
    flat = [dict(_flat(one)) for one in several]
    names = dict.fromkeys(name for one in flat for name in one)
    absent = object()
    return [
        name
        for name in names
        if any(one.get(name, absent) != flat[0].get(name, absent) for one in flat)
    ]


def _flat(nested: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


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
