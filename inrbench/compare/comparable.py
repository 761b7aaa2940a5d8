"""Whether the runs of a row may be compared: on one kind of machine, with the same parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from inrbench.cells.records import Record

OF_DATA = "data_checksum"
"""The one field of a comparison key that does not belong to the machine."""


def machine_of(records: Iterable[Record]) -> dict[str, Any]:
    """The fields of the comparison key on which all records that have one agree, without that of
    the data."""
    keys = [record.machine["key"] for record in records if record.machine.get("key")]
    if not keys:
        return {}
    return {
        field: value
        for field, value in keys[0].items()
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
    data = {OF_DATA: some.get(OF_DATA)}
    keys: list[dict[str, Any]] = []
    for side, machine in zip(own, machines, strict=True):
        keys += side or ([machine | data] if machine else [])
    failed = any(record.status != "ok" for record in (*base, *new))
    specs = [record.spec for record in (*base, *new)]
    if not failed:
        specs = [{k: v for k, v in spec.items() if k != "limits"} for spec in specs]
    well = [record for record in (*base, *new) if record.status == "ok"]
    backends = [{"projector": record.projector} for record in well]
    keyless = ["machine.key"] if any(not record.machine.get("key") for record in well) else []
    return [*keyless, *_fields(keys, ""), *_fields(backends, ""), *_fields(specs, "spec.")]


def _fields(several: list[dict[str, Any]], prefix: str) -> list[str]:
    """Dotted names of what they do not agree on."""
    if all(one == several[0] for one in several[1:]):
        return []
    flat = [dict(_flat(one)) for one in several]
    names = dict.fromkeys(name for one in flat for name in one)
    absent = object()
    return [
        prefix + name
        for name in names
        if any(one.get(name, absent) != flat[0].get(name, absent) for one in flat)
    ]


def _flat(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
