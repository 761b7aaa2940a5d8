"""Data sets: simulated phantoms and measured scans, each loaded by name as a `Case`."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrbench import named_files, registry
from inrbench.datasets.folder import data_folder

if TYPE_CHECKING:  # a case holds tensors, while manifests and downloads need no torch
    from inrbench.datasets.case import Case


def load(name: str, **parameters: Any) -> Case:
    """The case of a registered data set.

    Args:
        name: a registered data set, such as "forbild", "htc2022" or "tooth".
        parameters: what its function takes (views, size, photons, ...).

    Raises:
        ValueError: an unknown name or parameter, with the nearest known one.
        FileNotFoundError: measured data that has not been fetched, with the command that does it.
    """
    return registry.make("dataset", name, **parameters)


def case_name(part: dict[str, Any]) -> str:
    """A file name for {name: data set, **parameters}: <name>-<digest of the parameters>."""
    digest = hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()
    return f"{part['name']}-{digest[:10]}"


def prepared_path(part: dict[str, Any]) -> Path:
    """Where the prepared case of {name: data set, **parameters} is kept."""
    return data_folder() / "prepared" / f"{case_name(part)}.npz"


def prepare(part: dict[str, Any], folder: Path = Path()) -> Path:
    """Simulate or read the case of {name: data set, **parameters} and keep it as a file.

    Args:
        part: with every parameter, as a spec has it.
        folder: to which the files that parameters name are relative, see `named_files`.

    Raises:
        OutOfMemory: this machine cannot hold what would be simulated; nothing was allocated.
        ValueError, FileNotFoundError: as `load`.
    """
    from inrbench.datasets.shapes import require_room

    given = named_files.opened(part, folder)
    parameters = {key: value for key, value in given.items() if key != "name"}
    target = registry.load("dataset", part["name"])
    registry.check_parameters(f"dataset {part['name']!r}", target, parameters)
    require_room(part)
    path = prepared_path(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(f".{os.getpid()}.npz")  # two workflows may prepare the same case
    load(**given).save(whole)
    whole.replace(path)
    return path


def prepared(part: dict[str, Any], folder: Path = Path()) -> Path:
    """The file of the prepared case, made now if nobody has made it yet or if it is cut short;
    arguments and errors as for `prepare`."""
    return prepare(part, folder) if (path := kept(part)) is None else path


def kept(part: dict[str, Any]) -> Path | None:
    """The file of the prepared case, or None; a cut file has lost the directory at its end."""
    path = prepared_path(part)
    return path if zipfile.is_zipfile(path) else None
