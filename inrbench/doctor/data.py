"""Measured data sets: those that are here, checked by their checksums, and who has the others.

Of those that are not here a byte is asked for, on the mirror and then at their addresses.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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
    from inrbench.datasets.source import is_http

    base = os.environ.get("INRBENCH_MIRROR")
    if not base:
        return Finding(PART, "mirror", "ok", "none: INRBENCH_MIRROR is not set")
    if is_http(base):
        why = refused(base)
        # A server may well have no page there; its files are asked for one by one.
        if why is None or why.startswith("status"):
            return Finding(PART, "mirror", "ok", f"{base} answers")
        return fault(PART, "mirror", f"{base}: {why}", "unset INRBENCH_MIRROR", needed=False)
    folder = Path(base).expanduser()
    if folder.is_dir():
        return Finding(PART, "mirror", "ok", f"{folder}: {len(list(folder.iterdir()))} entries")
    says = f"INRBENCH_MIRROR={base}: there is no such folder"
    return fault(PART, "mirror", says, "unset INRBENCH_MIRROR", needed=False)


def refused(source: str, size: int | None = None, ranges: bool = False) -> str | None:
    """Why a source does not give its first byte; None where it does.

    Args:
        source: path or address.
        size: bytes that it must have; None: any number.
        ranges: whether it has to give a part when it is asked for one.
    """
    from inrbench.datasets.source import Patience, SourceError, read

    once = Patience(attempts=1, window=PATIENCE, least=1)
    try:
        for _ in read(source, 0, 1, size, once, ranges):
            pass
    except SourceError as error:
        return str(error).removesuffix(" (1 attempts)")
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
        faults, unchecked = _faults(manifest, folder)
        if faults:
            return Place(name, f"in {folder}: {'; '.join(faults[:3])}", fetch)
        return Place(name, f"in {folder}, {'not checked' if unchecked else 'whole'}")
    if manifest.by_hand is not None:
        return Place(name, "not here, and fetched by hand: its command says from where", fetch)
    return _elsewhere(manifest, fetch)


def _arrived(manifest: Manifest, folder: Path) -> bool:
    """Whether any of its files is in its place."""
    names = [file.name for file in manifest.files]
    names += [path for archive in manifest.archives for path in archive.paths]
    names += manifest.by_hand.names if manifest.by_hand else []
    return any((folder / name).is_file() for name in names)


def _faults(manifest: Manifest, folder: Path) -> tuple[list[str], bool]:
    """What is wrong with its files; and whether there are some that nothing is known of."""
    from inrbench.datasets.by_hand import absent
    from inrbench.datasets.download import verify
    from inrbench.datasets.members import known_marks, verify_members

    faults = [wrong for file in manifest.files if (wrong := verify(file, folder))]
    unchecked = False
    for archive in manifest.archives:
        if known_marks(archive, folder):
            faults += verify_members(archive, folder)
        else:  # they came unpacked from a mirror
            unchecked = True
            faults += [
                f"{path} is missing" for path in archive.paths if not (folder / path).is_file()
            ]
    if manifest.by_hand:
        unchecked = True
        faults += [f"{name} is missing" for name in absent(manifest.by_hand, folder)]
    return faults, unchecked


def _elsewhere(manifest: Manifest, fetch: str) -> Place:
    """Whether the mirror, or an address, has all that is to be fetched."""
    from inrbench.datasets.source import mirror, sources

    unpacked = Path(mirror(manifest.name) or os.devnull)
    givers: dict[str, None] = {}
    for one in (*manifest.files, *manifest.archives):
        archive = one in manifest.archives
        if archive and all((unpacked / path).is_file() for path in one.paths):
            givers["the mirror"] = None
            continue
        faults = {}
        for source in sources(one.name, one.addresses, manifest.name):
            giver = urlsplit(source).hostname if source in one.addresses else "the mirror"
            why = refused(source, None if archive else one.size, ranges=archive)
            if why is None:
                givers[giver] = None
                break
            faults[giver] = why
        else:
            who = "; ".join(f"{giver}: {why}" for giver, why in faults.items())
            return Place(manifest.name, f"not here, and nobody has {one.name} ({who})", fetch)
    return Place(manifest.name, f"not here yet; fetched from {' and '.join(givers)} when wanted")
