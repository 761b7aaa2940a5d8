"""Where the files of data sets lie, and what becomes of wrong ones. No torch.

Environment:
    INRBENCH_DATA: folder of all data sets; default `data` in the working directory.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


class DownloadError(OSError):
    """Nothing gave the data; the message says what was tried and what to do."""


def data_folder() -> Path:
    """Where data sets lie: `$INRBENCH_DATA`, or `data` in the working directory."""
    return Path(os.environ.get("INRBENCH_DATA") or "data")


def fetched(dataset_name: str, file_name: str) -> Path:
    """The path of a fetched file, `<data folder>/<data set>/<file name>`.

    Raises:
        FileNotFoundError: it has not been fetched, with the command that does it.
    """
    path = data_folder() / dataset_name / file_name
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: run "inrbench data fetch {dataset_name}"')
    return path


def refuse_folders(*paths: Path) -> None:
    """Raise `DownloadError` if one of these paths, where files belong, is a folder."""
    for path in paths:
        if path.is_dir():
            raise DownloadError(
                f"{path} is a folder where a file was expected: move it away, and run the "
                "command again"
            )


def beside(target: Path, suffix: str) -> Path:
    """`<target>.<suffix>`."""
    return target.with_name(f"{target.name}.{suffix}")


def copy(path: Path, target: Path) -> None:
    """Copy a file, so that it is whole once it is under its name; the folder is made."""
    part = beside(target, "part")
    part.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, part)
    part.replace(target)


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def set_aside(path: Path, target: Path) -> Path:
    """Rename wrong bytes to `<target>.bad-<sha256>`, so that they are neither used nor lost."""
    return path.replace(beside(target, f"bad-{digest(path)[:12]}"))
