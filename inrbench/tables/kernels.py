"""pytest-benchmark's file of the kernels as people read it, beside a reference's."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from inrbench.cells.record_types import Amount, Count
from inrbench.io import fault, text_file
from inrbench.tables.page import ABSENT, Number, Page

MOST = 2**26
"""Bytes of a file."""

Quartiles = tuple[float, float, float]


class _Stats(BaseModel):
    q1: Amount
    median: Amount
    q3: Amount
    rounds: Count


class _Beside(BaseModel):
    pace: Annotated[list[Amount], Field(min_length=3, max_length=3)] | None = None
    yardstick: Amount | None = None
    yardstick_version: Count | None = None


class _Benchmark(BaseModel):
    name: str
    stats: _Stats
    extra_info: _Beside = _Beside()


class _File(BaseModel):
    """What is read of the file; it says much more."""

    benchmarks: list[_Benchmark]


def read(path: Path) -> dict[str, Any]:
    """What `pytest --benchmark-json` wrote.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is cut off, or holds something else.
    """
    data = text_file.read_bytes(path, MOST)
    try:
        return _File.model_validate_json(data).model_dump()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise ValueError(f"{path}: not a complete JSON file ({first['msg']})") from None
        raise ValueError(
            f"{path}: not a whole file of pytest-benchmark's: {fault.sentence_of(first)}"
        ) from None


@dataclass(frozen=True)
class Kernel:
    """Quartiles of its rounds.

    Args:
        seconds: the three.
        paces: the same in units of the yardstick that was read before each; None without one.
        yardstick: in seconds.
        unit: the version of the yardstick.
    """

    seconds: Quartiles
    paces: Quartiles | None = None
    yardstick: float | None = None
    unit: int | None = None


def kernels_page(
    new: dict[str, Any],
    base: dict[str, Any] | None,
    reference: str | None = None,
    same_machine: bool = False,
) -> Page:
    """A row a kernel: the median of its rounds, and its ratio to the reference's.

    A ratio is of medians, with those of either side's lower to the other's upper quartile about
    it. It is one of paces where one machine timed both beside the same yardstick.

    Args:
        new: of this machine, see `read`.
        base: of the reference, or None.
        reference: how the reference is called.
        same_machine: whether the reference is of this machine.
    """
    ours, theirs = _kernels(new), _kernels(base) if base else {}
    columns: dict[str, list] = {
        "kernel": [_named(name) for name in ours],
        "median, ms": [Number(1e3 * one.seconds[1], "{:.3f}") for one in ours.values()],
        "inter-quartile range, ms": [
            Number(1e3 * (one.seconds[2] - one.seconds[0]), "{:.3f}") for one in ours.values()
        ],
    }
    rounds = sorted({one["stats"]["rounds"] for one in new["benchmarks"]})
    about = (
        [f"Medians of {' or '.join(map(str, rounds))} rounds of a call each."] if rounds else []
    )
    both = {name: (one, theirs[name]) for name, one in ours.items() if name in theirs}
    if theirs:
        columns["reference, ms"] = [
            Number(1e3 * theirs[name].seconds[1], "{:.3f}") if name in theirs else ABSENT
            for name in ours
        ]
        columns["ratio"] = [
            _ratio(*both[name], same_machine) if name in both else ABSENT for name in ours
        ]
        about.append(
            f"The ratio is to {reference}, and in brackets that of opposite quartiles: above 1 is "
            "slower, and where 1 lies within them, the rounds of both overlap. No verdict rests "
            "on it."
        )
    if paced := [pair for pair in both.values() if same_machine and _one_unit(*pair)]:
        slower = median(new.yardstick for new, _ in paced) / median(b.yardstick for _, b in paced)
        about.append(
            f"Ratios of {len(paced)} kernels are in units of a yardstick timed before each round: "
            f"the machine itself took {100 * (slower - 1):+.1f} % for it."
        )
    lost = [_named(name) for name in theirs if name not in ours]
    warnings = [f"Only the reference has {', '.join(lost)}."] if lost else []
    return Page(title="Kernels", columns=columns, about=about, warnings=warnings)


def _kernels(content: dict[str, Any]) -> dict[str, Kernel]:
    """By name."""
    found = {}
    for one in content["benchmarks"]:
        stats, extra = one["stats"], one.get("extra_info", {})
        beside = [extra.get(field) for field in ("pace", "yardstick", "yardstick_version")]
        paced = all(beside)
        found[one["name"]] = Kernel(
            (stats["q1"], stats["median"], stats["q3"]),
            *((tuple(beside[0]), *beside[1:]) if paced else ()),
        )
    return found


def _one_unit(new: Kernel, base: Kernel) -> bool:
    return new.unit is not None and new.unit == base.unit


def _ratio(new: Kernel, base: Kernel, same_machine: bool) -> str:
    """ "1.04 [0.98, 1.11]"."""
    ours, theirs = (
        (new.paces, base.paces)
        if same_machine and _one_unit(new, base)
        else (new.seconds, base.seconds)
    )
    low, middle, high = (
        a / b if b else math.nan for a, b in zip(ours, reversed(theirs), strict=True)
    )
    return f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def _named(test: str) -> str:
    """ "gradient, siren, jvp10, cpu" of "test_gradient[cpu-jvp10-siren]"."""
    found = re.fullmatch(r"(?:test_)?([^[]*)(?:\[(.*)\])?", test, re.DOTALL)
    if found is None:
        return test
    kernel, parameters = found.groups()
    return ", ".join([kernel, *reversed((parameters or "").split("-"))]).rstrip(", ")
