"""Data sets: simulated phantoms and measured scans, each loaded by name as a `Case`."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from inrbench import registry
from inrbench.datasets import named_files
from inrbench.datasets.folder import data_folder
from inrbench.io.whole_file import whole

if TYPE_CHECKING:  # a case holds tensors, while manifests and downloads need no torch
    from inrbench.datasets.case import Case

T = TypeVar("T")


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
        OSError: the file cannot be written; what stood there stays.
    """
    from inrbench.datasets.shapes import require_room

    given = named_files.opened(part, folder)
    parameters = {key: value for key, value in given.items() if key != "name"}
    target = registry.load("dataset", part["name"])
    registry.check_parameters(f"dataset {part['name']!r}", target, parameters)
    require_room(part)
    path = prepared_path(part)
    case = load(**given)
    with whole(path) as partial:
        case.save(partial)
    return path


def read(part: dict[str, Any], reader: Callable[[Path], T], folder: Path = Path()) -> T:
    """What `reader` makes of the prepared case, which is made first if nobody has made it yet.

    One that is damaged is made again, once, and keeps its time, since it is the same case: no cell
    is stale. Whoever reads an array learns of a flipped byte by the CRC-32 that the file has of
    each, and so no file is read twice to check it.

    Args:
        part, folder: as for `prepare`.
        reader: gets the path of the file.

    Raises:
        OSError, ValueError: as `prepare`; or what `reader` says of a case just made.
    """
    path = prepared_path(part)
    try:
        return reader(path)
    except FileNotFoundError:
        prepare(part, folder)
    except Exception as error:  # zipfile, numpy, json and geometry have one each
        if isinstance(error, MemoryError) and is_whole(path):
            raise  # a damaged head may ask for any number of bytes
        times = path.stat()
        print(f"{path} is damaged ({type(error).__name__}: {error}) and made again")
        prepare(part, folder)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return reader(path)


def prepared(part: dict[str, Any], folder: Path = Path()) -> Path:
    """The file of the prepared case, made now if nobody has made it yet or if it is damaged;
    arguments and errors as for `prepare`."""
    return read(part, check, folder)


def check(path: Path) -> Path:
    """The path of a prepared case whose members all have their CRC-32; else zipfile's error."""
    with zipfile.ZipFile(path) as file:
        if (member := file.testzip()) is not None:
            raise zipfile.BadZipFile(f"Bad CRC-32 for file {member!r}")
    return path


def is_whole(path: Path) -> bool:
    """Whether a prepared case is there and passes `check`."""
    try:
        check(path)
    except Exception:  # zipfile has several, for a cut file, a directory that lies, ...
        return False
    return True
