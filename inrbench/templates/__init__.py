"""Plug-ins to begin with, one a kind, which work as they are; and the YAML of one's own scan."""

from __future__ import annotations

import os
import re
from pathlib import Path

from inrbench import registry
from inrbench.datasets.own.draft import draft
from inrbench.experiments.files import SHIPPED, available
from inrbench.registry.plugin_files import KINDS


def write(kind: str, name: str, folder: Path) -> list[Path]:
    """Write <name>.py, and <name>.yaml which runs it, into a folder; returns both paths.

    Raises:
        ValueError: an unknown kind, or a name that is no word or is taken.
        FileExistsError: one of the files is there already.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: {registry.nearest(kind, list(KINDS))}")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name {name!r}: expected a word of letters, digits and _")
    if registry.target(kind, name) is not None or name in available(SHIPPED):
        raise ValueError(f"name {name!r}: a built-in {kind} or experiment has it; choose another")
    words = name.replace("_", " ").strip()
    new = {
        "my_name": name,
        "MyName": "".join(word[:1].upper() + word[1:] for word in words.split()),
        "My name": words[:1].upper() + words[1:],
    }
    texts = {}
    for suffix in (".py", ".yaml"):
        text = (Path(__file__).parent / f"{kind}{suffix}").read_text()
        for old, word in new.items():
            text = text.replace(old, word)
        texts[folder / f"{name}{suffix}"] = text
    return _written(texts)


def write_scan(file: Path, folder: Path) -> list[Path]:
    """Write <name>.scan.yaml beside a scan's file, and <name>.yaml, an experiment, into a folder.

    Raises:
        ValueError, FileNotFoundError: as `draft`; or a name that an experiment has.
        FileExistsError: one of the files is there already.
    """
    name = re.sub(r"[^A-Za-z0-9]+", "_", file.stem).strip("_") or "mine"
    if name in available(SHIPPED):
        name = f"my_{name}"
    drafted = draft(file)
    described = file.parent / f"{name}.scan.yaml"
    text = (Path(__file__).parent / f"own_scan_{drafted.dimension}d.yaml").read_text()
    words = {"my_name": name, "My name": name.replace("_", " "),
             "MY_FILE": os.path.relpath(described, folder)}  # fmt: skip
    for old, word in words.items():
        text = text.replace(old, word)
    return _written({described: drafted.text, folder / f"{name}.yaml": text})


def _written(texts: dict[Path, str]) -> list[Path]:
    for path in texts:
        if path.exists():
            raise FileExistsError(f"{path} is there already: nothing was written")
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)
