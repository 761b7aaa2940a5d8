"""What plug-ins register, read from their syntax trees and entered into the table of names.

No file is run, and torch not imported, before a cell, `inrbench validate` or `inrbench check`
needs what stands behind a name.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from inrbench import registry
from inrbench.io.printable import printable
from inrbench.registry.plugin_module import PluginError, installed, parsed

KINDS = ("network", "objective", "gradient", "method", "dataset")
EXAMPLE = '@register("network", "my_network", "My network")'
_GROUP = "inrbench.plugins"


@dataclass(frozen=True)
class Registration:
    """What one `@register` says, and the attribute of the file that it stands before."""

    kind: str
    name: str
    label: str
    attribute: str
    tiny: dict[str, Any]


def located(name: str, folder: Path) -> Path:
    """The whole path of a plug-in's file; raises `PluginError` for what cannot be one.

    Args:
        name: as a person gives it: from the folder, from `/`, or from `~`.
        folder: from which it is given.
    """
    try:
        return (folder / Path(name).expanduser()).resolve()
    except (ValueError, OSError, RuntimeError) as error:  # no such home, links in a circle
        raise PluginError(f"{name!r}: not the path of a plug-in: {error}") from None


def read(path: Path) -> list[Registration]:
    """What a file registers, from its syntax tree alone.

    Raises:
        PluginError: a file that is missing, is not Python or registers nothing; a registration
            that does not stand in quotes, is of an unknown kind, or comes twice.
    """
    tree = parsed(path)
    try:
        return _registrations(path, tree)
    except RecursionError:
        raise PluginError(f"{path}: has expressions that are nested too deeply") from None


def _registrations(path: Path, tree: ast.Module) -> list[Registration]:
    known = _words(tree)
    found: dict[tuple[str, str], Registration] = {}
    lines: dict[str, int] = {}
    for node in tree.body:
        for call in getattr(node, "decorator_list", []):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func) in known):
                continue
            one = _registration(f"{path}, line {call.lineno}", call, node.name)
            if lines.setdefault(node.name, node.lineno) != node.lineno:
                raise PluginError(
                    f"{path}, line {node.lineno}: {node.name} stands twice in the file, and "
                    "Python would take the last one; rename one of them"
                )
            if (one.kind, one.name) in found:
                raise PluginError(
                    f"{path}, line {call.lineno}: {one.kind} {one.name!r} is registered twice; "
                    "rename one of them"
                )
            found[one.kind, one.name] = one
    if not found:
        raise PluginError(
            f"{path}: registers nothing; write `from inrbench.plugins import register`, and "
            f"{EXAMPLE} before a class"
        )
    return list(found.values())


def _words(tree: ast.Module) -> set[str]:
    """How the file may call `register`: others, such as `atexit`, have one as well."""
    words = {"inrbench.plugins.register"}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in ("inrbench", "inrbench.plugins"):
            for alias in node.names:
                own = alias.asname or alias.name
                if (node.module, alias.name) == ("inrbench.plugins", "register"):
                    words.add(own)
                elif (node.module, alias.name) == ("inrbench", "plugins"):
                    words.add(f"{own}.register")
    return words


def _registration(where: str, call: ast.Call, attribute: str) -> Registration:
    """The call's arguments, evaluated as literals."""
    try:
        words = [ast.literal_eval(argument) for argument in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (ValueError, TypeError, SyntaxError, MemoryError):
        raise PluginError(
            f"{where}: what is registered must stand in quotes, as {EXAMPLE}, since names are "
            "read without running the file"
        ) from None
    given = dict(zip(("kind", "name", "label", "tiny"), words, strict=False)) | named
    tiny = given.pop("tiny", None) or {}
    complete = set(given) == {"kind", "name", "label"} and len(words) + len(named) <= 4
    if not (complete and all(isinstance(word, str) for word in given.values())):
        raise PluginError(f"{where}: expected a kind, a name and a label, as {EXAMPLE}")
    if not isinstance(tiny, dict) or not all(isinstance(key, str) for key in tiny):
        raise PluginError(f'{where}: tiny={tiny!r}: expected parameters, as {{"width": 16}}')
    if given["kind"] not in KINDS:
        near = registry.nearest(given["kind"], list(KINDS))
        raise PluginError(f"{where}: a plug-in cannot be a {given['kind']!r}: {near}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", given["name"]):
        raise PluginError(
            f"{where}: name {given['name']!r}: expected letters, digits, _ and ., since it names "
            "folders"
        )
    return Registration(**given, attribute=attribute, tiny=tiny)


def add(path: Path | str, module: str | None = None) -> list[Registration]:
    """Enter what a file registers into the table of names.

    Args:
        path: of the file.
        module: the name under which an installed one is imported.

    Raises:
        PluginError: as `read`; or a name that a built-in or another plug-in has.
    """
    path = located(str(path), Path())
    found = read(path)
    for one in found:  # all or none of them
        holder = registry.target(one.kind, one.name)
        if holder is not None and holder != f"{module or path}:{one.attribute}":
            whose = "a built-in" if registry.built_in(one.kind, one.name) else holder
            raise PluginError(
                f"{path}: {one.kind} {one.name!r} is the name of {whose} already; choose another"
            )
    for one in found:
        registry.register(one.kind, one.name, f"{module or path}:{one.attribute}", one.label)
    return found


@functools.cache
def discover() -> frozenset[str]:
    """Add what `INRBENCH_PLUGINS` names and what is installed; the modules added, as `registry`
    has them.

    One that cannot be used is left out with a line that says why: whoever does not need it can go
    on. Once a process.
    """
    found = set()
    for name in filter(None, os.environ.get("INRBENCH_PLUGINS", "").split(os.pathsep)):
        otherwise = f"INRBENCH_PLUGINS: {name} is left out"
        try:
            path = located(name, Path())
        except PluginError as error:
            print(printable(f"{otherwise}: {error}"), file=sys.stderr)
            continue
        if _added(otherwise, path):
            found.add(str(path))
    for entry in entry_points(group=_GROUP):
        path = installed(entry.module)
        whose = f"the installed plug-in {entry.name!r} is left out"
        if path is None:
            print(f"{whose}: there is no module {entry.module}", file=sys.stderr)
        elif _added(whose, path, entry.module):
            found.add(entry.module)
    return frozenset(found)


def _added(otherwise: str, path: Path, module: str | None = None) -> bool:
    try:
        add(path, module)
    except PluginError as error:
        print(printable(f"{otherwise}: {error}"), file=sys.stderr)
        return False
    return True
