"""Page: the measured data sets, from their manifests."""

from __future__ import annotations

from inrbench.datasets.holdings import size
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
            f"- **Size**: {size(one)}",
            f"- **Licence**: {one.licence}",
            f"- **Cite**: {one.citation} doi [{one.doi}](https://doi.org/{one.doi})", "",
        ]  # fmt: skip
    return "\n".join(lines)
