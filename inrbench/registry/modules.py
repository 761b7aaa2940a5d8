"""Modules as syntax trees: found and parsed without running them. No torch, no registry.

A module is named as Python names it ("inrbench.networks.siren"), or by the path of its file where
it is a plug-in's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inrbench.registry import plugin_module

PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Module:
    """A parsed module.

    Args:
        name: dotted, or the path of a plug-in's file.
        tree: its syntax tree.
        package: whether it is the `__init__.py` of a package.
    """

    name: str
    tree: ast.Module
    package: bool

    @property
    def where(self) -> str:
        """How sentences name it."""
        return self.name if self.name.endswith(".py") else f"module {self.name}"


Read = Callable[[str], Module | None]
"""Gives a module by its name, or None where there is none."""


def file_of(name: str) -> Path | None:
    """The source of a module of inrbench, of a plug-in or of an installed package, if any."""
    if name.endswith(".py"):
        return Path(name)
    top, *steps = name.split(".")
    if top != PACKAGE.name:
        return plugin_module.installed(name)
    path = PACKAGE.joinpath(*steps)
    candidates = (path / "__init__.py", path.parent / f"{path.name}.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def read(name: str) -> Module | None:
    """The module as it stands in its file; None for one that is compiled or not there.

    Raises:
        PluginError: a file that cannot be read or is not Python.
    """
    path = file_of(name)
    if path is None:
        return None
    return Module(name, plugin_module.parsed(path), path.name == "__init__.py")


def absolute(node: ast.ImportFrom, module: str, package: bool) -> str:
    """What the `..x` of `from ..x import y` stands for in a module."""
    if not node.level:
        return node.module or ""
    steps = module.split(".")
    up = node.level - package
    return ".".join([*steps[: len(steps) - up], *([node.module] if node.module else [])])


def beside(name: str, importer: str) -> str:
    """The name of an imported module: a plug-in's file may mean a file of its own folder."""
    if importer.endswith(".py"):
        path = Path(importer).parent / name.replace(".", "/")
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return str(file)
    return name
