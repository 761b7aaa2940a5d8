"""Data files that parameters name: watched by their checksum, so that a changed scan is noticed.

    "sinogram: scan.npy"  ->  in a spec {"file": "scan.npy", "sha256": "9f86d0..."}
                          ->  for the code that reads it "/home/me/experiments/scan.npy"

A word counts as a file where there is one of its name, relative to the experiment's folder or by
its whole path. The spec has the path as it was written, so that a folder may move.

A YAML or JSON may name files itself, relative to its own folder, and those name others: they are
watched too, by one digest over the checksums of all of them, {"file", "sha256", "named"}.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from inrbench.io import text_file
from inrbench.io.whole_file import whole

_MOST = 2**24  # bytes of a JSON
SETTLED = 2.0
"""Seconds after which a change of a file is sure to change its time as well."""


def watched(value: Any, folder: Path) -> Any:
    """A parameter's value, or a part, with {file, sha256} in place of every name of a file."""
    return _replaced(value, lambda word: _with_checksum(word, folder))


def opened(value: Any, folder: Path) -> Any:
    """The same with whole paths in place of every {file, sha256}."""
    if _is_watched(value):
        return str(folder / Path(value["file"]).expanduser())
    return _inside(value, lambda one: opened(one, folder))


def _replaced(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        return change(value)
    return _inside(value, lambda one: _replaced(one, change))


def _inside(value: Any, change: Callable[[Any], Any]) -> Any:
    """Lists and mappings with their values changed; the `name` of a part is no file's."""
    if isinstance(value, dict):
        if _is_watched(value):
            return value
        return {key: one if key == "name" else change(one) for key, one in value.items()}
    return [change(one) for one in value] if isinstance(value, list) else value


def _is_watched(value: Any) -> bool:
    return isinstance(value, dict) and set(value) - {"named"} == {"file", "sha256"}


def _with_checksum(word: str, folder: Path) -> str | dict[str, str]:
    try:
        path = folder / Path(word).expanduser()
        if not path.is_file():
            return word
        found = {"file": word, "sha256": checksum(path)}
        named: dict[Path, str] = {}
        _add_named(path, named)
        if named:
            lines = sorted(f"{os.path.relpath(at, path.parent)} {named[at]}" for at in named)
            found["named"] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        return found
    except (OSError, ValueError, RuntimeError):  # no name of a file, or none that can be read
        return word


def _add_named(path: Path, named: dict[Path, str]) -> None:
    """Add the checksums of what a YAML or JSON names, and of what those files name."""
    for word in _words(_document(path)):
        for one in _files(word, path.parent):
            if one not in named:
                named[one] = checksum(one)
                _add_named(one, named)


def _document(path: Path) -> Any:
    """What a YAML or JSON says; None for another file, or one that cannot be read as such."""
    with suppress(OSError, ValueError, RecursionError):
        if path.suffix in (".yaml", ".yml"):
            from inrbench.io import yaml_file  # the doctor runs where PyYAML is not yet

            return yaml_file.read(path)
        if path.suffix == ".json":
            return json.loads(text_file.read(path, _MOST))
    return None


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _words(one)


def _files(word: str, folder: Path) -> list[Path]:
    """The files that a word names, or that fit it as a pattern with `*`."""
    with suppress(OSError, ValueError, RuntimeError):  # no name or pattern of a file
        if "*" in word:
            return sorted(path for path in folder.glob(word) if path.is_file())
        path = folder / Path(word).expanduser()
        return [path] if path.is_file() else []
    return []


def checksum(path: Path) -> str:
    """sha256 of a file, kept below the data folder until its size or time changes."""
    from inrbench.datasets.folder import data_folder, digest

    about = path.stat()
    state = [about.st_size, about.st_mtime_ns, about.st_ino]
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    kept = data_folder() / "checksums" / f"{name}.json"
    try:
        before = json.loads(kept.read_text())
        if before["state"] == state:
            return before["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never read before, or cut short
    found = digest(path)
    if time.time() - about.st_mtime > SETTLED:
        with suppress(OSError), whole(kept) as partial:  # a full disk: it is read again next time
            partial.write_text(json.dumps({"state": state, "sha256": found}))
    return found
