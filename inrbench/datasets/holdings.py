"""What of a measured data set lies on this machine, how large it is, and how it comes here."""

from __future__ import annotations

from pathlib import Path

from inrbench.datasets.by_hand import absent
from inrbench.datasets.manifest import Manifest


def there(manifest: Manifest, folder: Path) -> tuple[int, int]:
    """(files that are in the data set's folder, files in all), their checksums not looked at."""
    sizes = {file.name: file.size for file in manifest.files}
    found = [(folder / name).is_file() and (folder / name).stat().st_size == size
             for name, size in sizes.items()]  # fmt: skip
    found += [(folder / path).is_file() for one in manifest.archives for path in one.paths]
    if manifest.by_hand:
        missing = set(absent(manifest.by_hand, folder))
        found += [name not in missing for name in manifest.by_hand.names]
    return sum(found), len(found)


def size(manifest: Manifest) -> str:
    """ "1 file, 1.0 MB", with the members of archives and the files that a person fetches."""
    parts = []
    if manifest.files:
        total, count = sum(file.size for file in manifest.files) / 1e6, len(manifest.files)
        parts.append(f"{count} file{'s'[: count != 1]}, {total:.1f} MB")
    parts += [
        f"{len(archive.paths)} members of {archive.name}, at most {archive.most / 1e6:,.0f} MB"
        for archive in manifest.archives
    ]
    if manifest.by_hand:
        parts.append(f"{len(manifest.by_hand.names)} files, which a person fetches")
    return "; ".join(parts)
