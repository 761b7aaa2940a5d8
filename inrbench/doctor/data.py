"""Measured data sets: those that are here, checked by their checksums, and who has the others.

A mirror folder is looked into, and of every other address a byte is asked for.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from inrbench import __version__
from inrbench.doctor.finding import Finding, fault

if TYPE_CHECKING:
    from inrbench.datasets.manifest import Manifest

PART = "data"
PATIENCE = 20.0
"""Seconds for a server's answer."""


@dataclass(frozen=True)
class Place:
    """Where a data set is.

    Args:
        name: of the data set.
        says: where, or why nowhere.
        mend: the command that gets it or puts it right; None where an experiment can have it.
    """

    name: str
    says: str
    mend: str | None = None


def places() -> list[Place]:
    """Of every data set that has a manifest; the addresses are asked all at once."""
    from inrbench.datasets.manifest import load_manifest, manifest_names

    names = manifest_names()
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return list(pool.map(lambda name: _place(name, load_manifest), names))


def findings(found: list[Place], needed: set[str]) -> list[Finding]:
    """A line for the mirror and one a data set; broken are those that are needed and nowhere."""
    lines = [mirror()]
    for place in found:
        if place.mend is None:
            lines.append(Finding(PART, place.name, "ok", place.says))
        else:
            lines.append(fault(PART, place.name, place.says, place.mend, place.name in needed))
    return lines


def mirror() -> Finding:
    """Whether `INRBENCH_MIRROR` names something that is there."""
    base = os.environ.get("INRBENCH_MIRROR")
    if not base:
        return Finding(PART, "mirror", "ok", "none: INRBENCH_MIRROR is not set")
    if base.startswith(("http://", "https://")):
        why = refused(base)
        # A server may well have no page there; its files are asked for one by one.
        if why is None or why.startswith("HTTP"):
            return Finding(PART, "mirror", "ok", f"{base} answers")
        return fault(PART, "mirror", f"{base}: {why}", "unset INRBENCH_MIRROR", needed=False)
    folder = Path(base).expanduser()
    if folder.is_dir():
        return Finding(PART, "mirror", "ok", f"{folder}: {len(list(folder.iterdir()))} entries")
    says = f"INRBENCH_MIRROR={base}: there is no such folder"
    return fault(PART, "mirror", says, "unset INRBENCH_MIRROR", needed=False)


def refused(address: str) -> str | None:
    """Why a server does not give the first byte of an address; None where it does."""
    headers = {"User-Agent": f"inrbench/{__version__} (Python urllib)", "Range": "bytes=0-0"}
    try:
        request = urllib.request.Request(address, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read(1)
    except urllib.error.HTTPError as error:
        return f"HTTP {error.code} {error.reason}"
    except (OSError, ValueError) as error:  # no connection, no such host, no answer in time
        return str(getattr(error, "reason", error))
    return None


def _place(name: str, load) -> Place:
    from inrbench.datasets.folder import data_folder

    fetch = f"inrbench data fetch {name}"
    try:
        manifest = load(name)
    except (ValueError, OSError) as error:
        return Place(name, str(error), f"git checkout -- data_manifests/{name}.yaml")
    folder = data_folder() / name
    if _arrived(manifest, folder):
        faults = _faults(manifest, folder)
        if not faults:
            return Place(name, f"in {folder}, whole")
        return Place(name, f"in {folder}: {'; '.join(faults[:3])}", fetch)
    if manifest.by_hand is not None:
        return Place(name, "not here, and fetched by hand: its command says from where", fetch)
    return _elsewhere(manifest, fetch)


def _arrived(manifest: Manifest, folder: Path) -> bool:
    """Whether any of its files is in its place."""
    names = [file.name for file in manifest.files]
    names += [path for archive in manifest.archives for path in archive.paths]
    names += manifest.by_hand.names if manifest.by_hand else []
    return any((folder / name).is_file() for name in names)


def _faults(manifest: Manifest, folder: Path) -> list[str]:
    from inrbench.datasets.by_hand import absent
    from inrbench.datasets.download import verify
    from inrbench.datasets.members import verify_members

    faults = [wrong for file in manifest.files if (wrong := verify(file, folder))]
    for archive in manifest.archives:
        faults += verify_members(archive, folder)
    if manifest.by_hand:
        faults += [f"{name} is missing" for name in absent(manifest.by_hand, folder)]
    return faults


def _elsewhere(manifest: Manifest, fetch: str) -> Place:
    """Whether the mirror, or an address, has all that is to be fetched."""
    from inrbench.datasets.source import is_http, mirror, sources

    unpacked = Path(mirror(manifest.name) or os.devnull)
    givers: dict[str, None] = {}
    for one in (*manifest.files, *manifest.archives):
        if one in manifest.archives and all((unpacked / path).is_file() for path in one.paths):
            givers["the mirror"] = None
            continue
        faults = {}
        for source in sources(one.name, one.addresses, manifest.name):
            giver = urlsplit(source).hostname if source in one.addresses else "the mirror"
            why = refused(source) if is_http(source) else _unread(source)
            if why is None:
                givers[giver] = None
                break
            faults[giver] = why
        else:
            who = "; ".join(f"{giver}: {why}" for giver, why in faults.items())
            return Place(manifest.name, f"not here, and nobody has {one.name} ({who})", fetch)
    return Place(manifest.name, f"not here yet; fetched from {' and '.join(givers)} when wanted")


def _unread(path: str) -> str | None:
    return None if Path(path).is_file() else "it has no such file"
