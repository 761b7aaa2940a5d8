"""pytest-benchmark's file of the kernels as people read it, beside a reference's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from inrbench.tables.page import ABSENT, Number, Page


def read(path: Path) -> dict[str, Any]:
    """What `pytest --benchmark-json` wrote.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is cut off, or holds something else.
    """
    try:
        content = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not a complete JSON file ({error})") from None
    if not isinstance(content, dict) or "benchmarks" not in content:
        raise ValueError(f"{path}: not a file of pytest-benchmark's: it has no 'benchmarks'")
    return content


def kernels_page(
    new: dict[str, Any], base: dict[str, Any] | None, reference: str | None = None
) -> Page:
    """A row a kernel: the median of its rounds, and its ratio to the reference's.

    Args:
        new: of this machine, see `read`.
        base: of the reference, or None.
        reference: how the reference is called.
    """
    ours, theirs = _medians(new), _medians(base) if base else {}
    columns: dict[str, list] = {
        "kernel": [_named(name) for name in ours],
        "median, ms": [Number(1e3 * seconds, "{:.3f}") for seconds, _ in ours.values()],
        "inter-quartile range, ms": [Number(1e3 * iqr, "{:.3f}") for _, iqr in ours.values()],
    }
    if theirs:
        columns["reference, ms"] = [
            Number(1e3 * theirs[name][0], "{:.3f}") if name in theirs else ABSENT for name in ours
        ]
        columns["ratio"] = [
            Number(seconds / theirs[name][0], "{:.2f}") if name in theirs else ABSENT
            for name, (seconds, _) in ours.items()
        ]
    rounds = sorted({one["stats"]["rounds"] for one in new["benchmarks"]})
    about = (
        [f"Medians of {' or '.join(map(str, rounds))} rounds of a call each."] if rounds else []
    )
    if theirs:
        about.append(f"The ratio is to {reference}: above 1 is slower. No verdict rests on it.")
    lost = [_named(name) for name in theirs if name not in ours]
    warnings = [f"Only the reference has {', '.join(lost)}."] if lost else []
    return Page(title="Kernels", columns=columns, about=about, warnings=warnings)


def _medians(content: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Seconds and their inter-quartile range by name."""
    return {
        one["name"]: (one["stats"]["median"], one["stats"]["iqr"]) for one in content["benchmarks"]
    }


def _named(test: str) -> str:
    """ "gradient, siren, jvp10, cpu" of "test_gradient[cpu-jvp10-siren]"."""
    kernel, parameters = re.fullmatch(r"test_([^[]*)(?:\[(.*)\])?", test).groups()
    return ", ".join([kernel, *reversed((parameters or "").split("-"))]).rstrip(", ")
