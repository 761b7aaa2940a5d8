"""A plug-in's file as a module, and the files beside it that it imports. No torch, no registry."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from inrbench.io import text_file


class PluginError(ValueError):
    """A plug-in that cannot be used, in a sentence that names its file."""


def parsed(path: Path) -> ast.Module:
    """The file's syntax tree, without running it.

    Raises:
        PluginError: no such file, one that cannot be read (see `text_file`) or is not Python.
    """
    try:
        data = text_file.read_bytes(path)
    except FileNotFoundError:
        raise PluginError(f"{path}: there is no such plug-in; correct the path") from None
    except ValueError as error:
        raise PluginError(f"the plug-in {error}") from None
    try:
        return ast.parse(data)
    except (RecursionError, MemoryError):
        raise PluginError(f"{path}: has expressions that are nested too deeply") from None
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
        raise PluginError(
            f"{path}{line}: the plug-in is not valid Python: {getattr(error, 'msg', error)}"
        ) from None


def imported(path: Path) -> ModuleType:
    """The file as a module, run once a process; it may import modules that lie beside it.

    Raises:
        PluginError: the file cannot be run to its end, with the line at which it stopped; or
            another module of the name of one beside it is imported already.
    """
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"inrbench_plugin_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    tree = parsed(path)
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)  # last, so that it hides no installed package
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while it runs
    try:
        spec.loader.exec_module(module)
        _check_beside(path, tree)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if isinstance(error, PluginError):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        line = next(
            (f", line {f.lineno}" for f in reversed(frames) if f.filename == str(path)), ""
        )
        raise PluginError(
            f"{path}{line}: the plug-in does not import: {type(error).__name__}: {error}"
        ) from error
    return module


def beside(path: Path, tree: ast.Module) -> dict[str, list[Path]]:
    """The modules that a file imports from its own folder: name -> file, or a package's files."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    found = {}
    for name in sorted(names):
        file, package = path.parent / f"{name}.py", path.parent / name
        if (package / "__init__.py").is_file():
            found[name] = sorted(package.rglob("*.py"))
        elif file.is_file():
            found[name] = [file]
    return found


def _check_beside(path: Path, tree: ast.Module) -> None:
    """Two plug-ins' folders may both have a `layers.py`; Python gives both of them the first."""
    for name, files in beside(path, tree).items():
        module = sys.modules.get(name)
        if module is None or getattr(module, "__file__", None) is None:
            continue
        if Path(module.__file__).resolve() not in {file.resolve() for file in files}:
            raise PluginError(
                f"{path}: `import {name}` gives {module.__file__} and not {files[0]}; give the "
                "file beside the plug-in another name"
            )


def installed(module: str) -> Path | None:
    """The file of an installed module, found without running its package; None if there is none.

    `importlib.util.find_spec` would import the parents of "package.module".
    """
    top, *steps = module.split(".")
    spec = PathFinder.find_spec(top)
    if spec is None:  # an editable installation's own finder
        spec = next(
            (found for finder in sys.meta_path if hasattr(finder, "find_spec")
             and (found := finder.find_spec(top, None))), None,
        )  # fmt: skip
    if spec is None:
        return None
    if not steps:
        return Path(spec.origin) if (spec.origin or "").endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, *steps)
        for candidate in (path / "__init__.py", path.parent / f"{path.name}.py"):
            if candidate.is_file():
                return candidate
    return None
