"""The digest of the code that a result depends on, so that a change of it makes a cell stale.

Imports are followed statically from the modules that a cell runs, and into every projector, whose
modules are imported by name; comments and docstrings do not count, and neither does anything that
the cell does not import (tables, figures, papers, the command line). Of a plug-in, its file counts
and the modules that it imports from its own folder or, if it is installed, its own package.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path
from typing import Any

from inrbench.cells.names import registered_names

from inrbench import registry
from inrbench.registry import plugin_module
from inrbench.registry.modules import PACKAGE, absolute, file_of

# What these decide (names and parameters) stands in the cell's spec, which is watched itself; or
# they only decide whether there is memory enough to begin.
_UNWATCHED = {
    *(
        "inrbench.cells.cell",
        "inrbench.experiments.experiment",
        "inrbench.experiments.files",
        "inrbench.registry",
    ),
    *("inrbench.cells.spec", "inrbench.registry.parameters", "inrbench.registry.modules"),
    *("inrbench.datasets.shapes", "inrbench.meters.host"),
    # It decides whether a cell runs again, not what comes of it.
    "inrbench.run.stale",
    # They find a plug-in and its files, which are watched themselves.
    *("inrbench.plugins", "inrbench.registry.plugin_module", "inrbench.run.sources"),
}
# Where a budget is in the spec they choose the chunk; elsewhere only whether a cell can begin.
_OF_A_BUDGET = frozenset({"inrbench.memory.budget", "inrbench.memory.peak"})
# A package that imports its own modules by name, when it is asked for one of them.
_BY_NAME = "inrbench.projectors"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digest_of_cell(spec: dict[str, Any]) -> str:
    """Digest of all code behind a cell's record: worker, data set, method and its parts."""
    modules = {registry.module(kind, name) for kind, name in registered_names(spec)}
    skipped = frozenset() if "memory_budget" in spec else _OF_A_BUDGET
    return digest(frozenset(modules | {"inrbench.run.parent", "inrbench.run.worker"}), skipped)


def digest_of_part(kind: str, name: str) -> str:
    """Digest of the code behind one registered name."""
    return digest(frozenset({registry.module(kind, name)}))


def plugin_files(spec: dict[str, Any]) -> dict[str, str]:
    """Path -> sha256 of each file of the plug-ins that a cell uses."""
    names = [(k, n) for k, n in registered_names(spec) if not registry.built_in(k, n)]
    modules = frozenset(registry.module(kind, name) for kind, name in names)
    own = [module for module in _reached(modules) if module.split(".")[0] != PACKAGE.name]
    paths = sorted(str(path) for module in own if (path := file_of(module)) is not None)
    return {path: hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths}


@functools.cache
def digest(modules: frozenset[str], skipped: frozenset[str] = frozenset()) -> str:
    """sha256 over the syntax trees of these modules and of all of inrbench that they import,
    those skipped and what only they import left out."""
    found = _reached(modules, skipped)
    # A plug-in's file by its name alone: its folder may move.
    text = "\n".join(f"{name.rpartition('/')[2]} {found[name]}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _reached(modules: frozenset[str], skipped: frozenset[str] = frozenset()) -> dict[str, str]:
    """Module (or a plug-in's file) -> tree, of these modules and what they import."""
    found: dict[str, str] = {}
    todo = set(modules)
    while todo:
        module = todo.pop()
        if module in found or module in _UNWATCHED | skipped:
            continue
        tree, imports = _parsed(module)
        found[module] = tree
        todo |= imports
    return found


@functools.cache
def _parsed(module: str) -> tuple[str, set[str]]:
    """A module's tree without docstrings, and the modules that it imports and that are watched."""
    path = file_of(module)
    if path is None:  # a plug-in that has been uninstalled, say
        return module, set()
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:  # of a file beside a plug-in: its cells will say so
        return path.read_text(errors="replace"), set()
    imports = set()
    if module.endswith(".py"):
        for files in plugin_module.beside(path, tree).values():
            imports |= {str(file) for file in files}
    else:
        imports |= set(_parents(module))
    if module == _BY_NAME:
        imports |= {f"{module}.{file.stem}" for file in path.parent.glob("[!_]*.py")}
    # Of other packages nothing is followed but what an installed plug-in has of its own.
    tops = {PACKAGE.name, module.split(".")[0]}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, module, path.name == "__init__.py")
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        imports |= {name for name in names if name.split(".")[0] in tops and file_of(name)}
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree), imports


def _parents(module: str) -> list[str]:
    steps = module.split(".")[:-1]
    return [".".join(steps[: n + 1]) for n in range(len(steps))]
