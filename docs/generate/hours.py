"""Page: what the kept results cost. `python docs/generate/hours.py` prints it.

    hours = sum over the records of (set-up + iterations) in seconds / 3600

The metrics, the import of torch, the preparation of the data and the pass of the memory meter are
not in these seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

KEPT = Path(__file__).parents[2] / "results" / "reference"


def page() -> str:
    """Markdown."""
    lines = [
        "# What the kept results cost", "",
        "Hours are the sum of set-up and iterations over the records below `results/reference`.",
        "The metrics, the start of a process and the preparation of the data come on top.",
        "`python docs/generate/hours.py` prints this page.", "",
        "| machine | experiment | cells | hours |", "|---|---|---|---|",
    ]  # fmt: skip
    for place in sorted(KEPT.glob("*/*")):
        seconds = [_seconds(record) for record in records(place)]
        if seconds:
            hours = sum(seconds) / 3600
            text = f"{hours:.2f}" if hours > 0.01 else f"{hours:.2g}"
            lines.append(f"| {place.parent.name} | {place.name} | {len(seconds)} | {text} |")
    return "\n".join([*lines, ""])


def _seconds(record: dict) -> float:
    time = record.get("time") or {}
    return (time.get("setup") or 0.0) + (time.get("total") or 0.0)


def records(place: Path) -> Iterator[dict]:
    """The records of a kept experiment."""
    for path in place.glob("records.jsonl"):
        yield from map(json.loads, path.read_text().splitlines())


if __name__ == "__main__":
    print(page(), end="")
