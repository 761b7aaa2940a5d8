"""Files that a piece of code writes: by the interpreter's audit, and by what lies on the disk."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink",
             "os.truncate", "shutil.copyfile", "sqlite3.connect"}  # fmt: skip
_STARTING = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
_listening: list[set[str]] = []
_hooked = False


@contextlib.contextmanager
def written(watched: Path) -> Iterator[set[str]]:
    """The paths that the block writes, complete after it.

    It runs in an empty folder, which is the home and the temporary folder as well. What Python
    opens is seen wherever it lies; what a library's own code writes is seen there and among the
    direct contents of `watched`, and what `torch.save` writes wherever it lies. Compiled modules
    (`__pycache__`), devices and `/proc` are left out.
    """
    _hook()
    seen: set[str] = set()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as empty:
        places = {name: empty for name in ("HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME")}
        before = _contents(watched)
        with mock.patch.dict(os.environ, places), mock.patch.object(tempfile, "tempdir", empty):
            os.chdir(empty)
            _listening.append(seen)
            try:
                with mock.patch.object(torch, "save", _saving(torch.save)):
                    yield seen
            finally:
                _listening.remove(seen)
                os.chdir(here)
        seen |= {str(path) for path in Path(empty).rglob("*")}
        seen |= {path for path, stamp in _contents(watched).items() if before.get(path) != stamp}


def _saving(save: Callable[..., None]) -> Callable[..., None]:
    """`torch.save`, whose files no audit sees as its own code opens them."""

    def saving(obj: object, f: Any, *arguments: Any, **more: Any) -> None:
        if isinstance(f, str | os.PathLike):
            _audit("open", (f, "w", None))
        save(obj, f, *arguments, **more)

    return saving


def _contents(folder: Path) -> dict[str, tuple[int, int]]:
    entries = {entry.path: entry.stat(follow_symlinks=False) for entry in os.scandir(folder)
               if entry.name != "__pycache__"}  # fmt: skip
    # A folder's own time changes with the files of others; its presence says enough.
    return {path: (0, 0) if os.path.isdir(path) else (stat.st_mtime_ns, stat.st_size)
            for path, stat in entries.items()}  # fmt: skip


def _hook() -> None:
    """Once a process: an audit hook cannot be taken away again."""
    global _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True


def _audit(event: str, arguments: tuple) -> None:
    if not _listening:
        return
    path = arguments[0] if arguments else None
    if event in _STARTING:  # what a process of its own writes is not seen
        for seen in _listening:
            seen.add(f"whatever the process it starts writes ({event})")
        return
    if event == "open":
        _, mode, flags = arguments
        writes = bool(set(mode) & set("wax+")) if mode else bool((flags or 0) & _WRITING)
    else:
        writes = event in _CHANGING
    if not writes or not isinstance(path, str | bytes | os.PathLike):
        return
    name = os.path.abspath(os.fsdecode(path))
    if not (name.startswith(("/dev/", "/proc/")) or "__pycache__" in name):
        for seen in _listening:
            seen.add(name)
