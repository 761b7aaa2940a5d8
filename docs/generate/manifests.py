"""Page: the measured data sets, from their manifests."""

from __future__ import annotations

from inrbench.datasets.manifest import load_manifest, manifest_names


def page() -> str:
    """Markdown."""
    lines = [
        "# Measured data sets", "",
        "From `data_manifests/`.",
        "[Get measured data](../howto/data.md) says how to fetch them.", "",
    ]  # fmt: skip
    for name in manifest_names():
        one = load_manifest(name)
        lines += [
            f"## {name}", "", f"{one.title}.", "",
            f"- **Scan**: {one.geometry}",
            f"- **Size**: {_size(one)}",
            f"- **Licence**: {one.licence}",
            f"- **Cite**: {one.citation} doi [{one.doi}](https://doi.org/{one.doi})", "",
        ]  # fmt: skip
    return "\n".join(lines)


def _size(one) -> str:
    parts = []
    if one.files:
        total = sum(file.size for file in one.files) / 1e6
        parts.append(f"{len(one.files)} files, {total:.1f} MB")
    parts += [
        f"{len(archive.paths)} members of {archive.name}, at most {archive.most / 1e6:,.0f} MB"
        for archive in one.archives
    ]
    if one.by_hand:
        parts.append(f"{len(one.by_hand.names)} files, which a person fetches")
    return "; ".join(parts)
