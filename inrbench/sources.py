"""The digest of the code that a result depends on, so that a change of it makes a cell stale.

Imports are followed statically from the modules that a cell runs, and into every projector, whose
modules are imported by name; comments and docstrings do not count, and neither does anything that
the cell does not import (tables, figures, papers, the command line).
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path
from typing import Any

from inrbench import registry

# What these decide (names and parameters) stands in the cell's spec, which is watched itself; or
# they only decide whether there is memory enough to begin.
_UNWATCHED = {
    *("inrbench.cell", "inrbench.experiment", "inrbench.experiment_files", "inrbench.registry"),
    *("inrbench.datasets.shapes", "inrbench.host"),
}
# Where a budget is in the spec they choose the chunk; elsewhere only whether a cell can begin.
_OF_A_BUDGET = frozenset(
    f"inrbench.{part}_model" for part in ("memory", "network", "sampler", "sinogram")
)
# A package that imports its own modules by name, when it is asked for one of them.
_BY_NAME = "inrbench.projectors"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_PACKAGE = Path(__file__).resolve().parent


def digest_of_cell(spec: dict[str, Any]) -> str:
    """Digest of all code behind a cell's record: worker, data set, method and its parts."""
    method = spec["method"]
    parts = [("dataset", spec["dataset"]["name"]), ("method", method["name"])]
    parts += [(kind, method[kind]["name"]) for kind in registry.KINDS if kind in method]
    if "gradient" in method:  # a jvp that names no sampler takes the uniform one
        parts.append(("sampler", method["gradient"].get("sampler", "uniform")))
    parts += [("sampler", name) for name in method.get("samplers", [])]
    modules = {registry.module(kind, name) for kind, name in parts}
    skipped = frozenset() if "memory_budget" in spec else _OF_A_BUDGET
    return digest(frozenset(modules | {"inrbench.run", "inrbench.worker"}), skipped)


def digest_of_part(kind: str, name: str) -> str:
    """Digest of the code behind one registered name."""
    return digest(frozenset({registry.module(kind, name)}))


@functools.cache
def digest(modules: frozenset[str], skipped: frozenset[str] = frozenset()) -> str:
    """sha256 over the syntax trees of these modules and of all of inrbench that they import,
    those skipped and what only they import left out."""
    found: dict[str, str] = {}
    todo = set(modules)
    while todo:
        module = todo.pop()
        if module in found or module in _UNWATCHED | skipped:
            continue
        tree, imports = _parsed(module)
        found[module] = tree
        todo |= imports
    text = "\n".join(f"{name} {found[name]}" for name in sorted(found))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.cache
def _parsed(module: str) -> tuple[str, set[str]]:
    """A module's tree without docstrings, and the modules of inrbench that it imports."""
    path = _file(module)
    if path is None:  # a plug-in: its own file is watched by the workflow, not its imports
        return module, set()
    tree = ast.parse(path.read_text())
    imports = set(_parents(module))
    if module == _BY_NAME:
        imports |= {f"{module}.{file.stem}" for file in path.parent.glob("[!_]*.py")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names if _file(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            imports |= {name for name in names if _file(name)}
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(tree), imports


def _parents(module: str) -> list[str]:
    steps = module.split(".")[:-1]
    return [".".join(steps[: n + 1]) for n in range(len(steps))]


def _file(module: str) -> Path | None:
    """The source of a module of inrbench, or None for anything else."""
    steps = module.split(".")
    if steps[0] != _PACKAGE.name:
        return None
    path = _PACKAGE.joinpath(*steps[1:])
    candidates = (path / "__init__.py", path.parent / f"{path.name}.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)
