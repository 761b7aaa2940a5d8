"""Specifications: every parameter of a cell, those that nobody gave with their defaults.

    {"name": "jvp", "rate": 0.2}  ->  {"name": "jvp", "rate": 0.2, "chunk": "auto", "sampler": ...}

So a default that changes makes a cell stale, and no record depends on a number that it does not
hold. Without torch, see `parameters`.
"""

from __future__ import annotations

from typing import Any

from inrbench import registry
from inrbench.cells import subsets
from inrbench.cells.output import LINEAR, output
from inrbench.cells.plus import plus
from inrbench.registry import parameters
from inrbench.registry.parameters import REQUIRED

# The axes of a method whose values are parts: a registered name with its parameters.
PART_AXES = ("network", "objective", "gradient")

# What the suite itself hands over, before all else: (dimension, scale) and (scan, projector).
_POSITIONS = {"network": 2, "objective": 2}
# ... and what it hands over by name.
_NAMED = {"method": {"scale"}, "network": {"grid"}}

Part = dict[str, Any]


def part(kind: str, given: Part) -> Part:
    """{name: registered name, **parameters}, the defaults of those that are not given filled in.

    Raises:
        ValueError: an unknown name, with the nearest known one, or impossible `subsets`.
        PluginError: a default that cannot be read, see `parameters`.
    """
    registry.check(kind, given["name"])
    if kind == "objective":
        subsets.subsets(given)
    return filled(kind, given, parameters.of(registry.target(kind, given["name"])))


def filled(kind: str, given: Part, known: dict[str, Any]) -> Part:
    """As `part`, with the parameters known of what stands behind the name."""
    supplied = {*list(known)[: _POSITIONS.get(kind, 0)], *_NAMED.get(kind, ())}
    defaults = {
        name: default
        for name, default in known.items()
        if default is not REQUIRED and name not in supplied
    }
    if kind == "objective":
        defaults = {"subsets": subsets.WHOLE} | defaults
        given = _only_if("plus", given, [part("regulariser", one) for one in plus(given)])
    if kind == "network":
        given = _only_if("output", given, output(given) if output(given) != LINEAR else None)
    return {"name": given["name"], **defaults, **given}


def _only_if(key: str, given: Part, value: Any) -> Part:
    """With this value, or without the key where it is empty: so specs that have no such thing are
    the same as those of before there was one."""
    rest = {name: one for name, one in given.items() if name != key}
    return rest | ({key: value} if value else {})


def method(given: Part) -> Part:
    """A method's part, with those on its axes filled in as well.

    Raises:
        ValueError: as `part`, or where something else stands in the place of a part.
    """
    found = part("method", given)
    parts = {axis: found[axis] for axis in PART_AXES if found.get(axis) is not None}
    for axis, own in parts.items():
        if not (isinstance(own, dict) and isinstance(own.get("name"), str)):
            raise ValueError(
                f"{axis}={own!r}: expected a part with its name, as on the axes of the method"
            )
    return found | {axis: part(axis, own) for axis, own in parts.items()}
