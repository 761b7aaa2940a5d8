"""The registered names that a cell's specification uses, and the plug-ins behind them."""

from __future__ import annotations

import os
from typing import Any

from inrbench import registry
from inrbench.cells.plus import plus
from inrbench.cells.spec import PART_AXES
from inrbench.registry.plugin_files import discover
from inrbench.registry.plugin_module import PluginError


def registered_names(spec: dict[str, Any]) -> list[tuple[str, str]]:
    """(kind, name) of every registered name that a cell's spec uses.

    Raises:
        ValueError: samplers that are no names.
    """
    method = spec["method"]
    parts = {axis: method[axis] for axis in PART_AXES if method.get(axis) is not None}
    names = [("dataset", spec["dataset"]["name"]), ("method", method["name"])]
    names += [(axis, part["name"]) for axis, part in parts.items()]
    names += [("regulariser", one["name"]) for one in plus(parts.get("objective", {}))]
    sampler, samplers = parts.get("gradient", {}).get("sampler"), method.get("samplers", [])
    samplers = samplers if isinstance(samplers, list) else [samplers]
    for name in (own := [sampler, *samplers] if sampler is not None else samplers):
        if not isinstance(name, str):
            raise ValueError(f"sampler {name!r}: expected a registered name")
    return names + [("sampler", name) for name in own]


def used(spec: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What `registry.register` needs to know, in a cell's process, of the plug-ins of its spec."""
    return [
        (kind, name, registry.target(kind, name), registry.label(kind, name))
        for kind, name in registered_names(spec)
        if not registry.built_in(kind, name)
    ]


def unnamed(spec: dict[str, Any], named: list[str]) -> str:
    """What `INRBENCH_PLUGINS` must be for a cell, besides the files that its experiment names."""
    files = {target.rpartition(":")[0] for _, _, target, _ in used(spec)} - set(named)
    return os.pathsep.join(sorted(file for file in files if file.endswith(".py")))


def check_named(names: list[tuple[str, str]], named: list[str]) -> None:
    """Raise `PluginError` where one of these (kind, name) is of a plug-in that is not named here.

    The table of names is one for the whole process, in which another experiment may have named it.
    """
    for kind, name in names:
        module = registry.module(kind, name)
        if not registry.built_in(kind, name) and module not in {*named, *discover()}:
            raise PluginError(
                f"{kind} {name!r} is of the plug-in {module}: name that file under `plugins`"
            )
