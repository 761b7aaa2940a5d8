"""Which cells are compared: of one setting and seed, in two gradient modes, equally many
iterations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from inrbench.cells.cell import Cell
from inrbench.cells.records import Record

BOUND = 1.2
"""The largest ratio of final MSEs that still counts as comparable."""
OTHER = "of other iterations"
ALONE = "without a baseline"
BY_DESIGN = (OTHER, ALONE)
"""Reasons for leaving a cell out that are the experiment's choice, not a failure."""

Found = tuple[Record, Path]
Modes = dict[str, list[Found]]


def by_experiment(found: list[Found]) -> list[list[Found]]:
    """Cells of different experiments are never compared, whatever their labels."""
    groups: dict[tuple[str, str], list[Found]] = {}
    for record, folder in found:
        key = (record.cell.experiment, record.cell.preset)
        groups.setdefault(key, []).append((record, folder))
    return list(groups.values())


def by_setting(found: list[Found]) -> dict[tuple, Modes]:
    """Cells with a gradient mode: items of their other labels -> label of the mode -> cells."""
    settings: dict[tuple, Modes] = {}
    for record, folder in found:
        labels = dict(record.labels)
        mode = labels.pop("gradient", None)
        if mode is not None:
            modes = settings.setdefault(tuple(labels.items()), {})
            modes.setdefault(mode, []).append((record, folder))
    return settings


def kind(record: Record | Cell) -> str:
    """ "autograd", "exact" (a jvp of rate 1), or "sampled"; a label may be the user's own."""
    part = record.spec["method"].get("gradient", {})
    if part.get("name") == "autograd":
        return "autograd"
    return "exact" if part.get("name") == "jvp" and part.get("rate") == 1 else "sampled"


def full(modes: Modes) -> str | None:
    """The mode of the full gradient: autograd, or where no cell has it the exact one."""
    kinds = {mode: kind(cells[0][0]) for mode, cells in modes.items()}
    return next(
        (mode for wanted in ("autograd", "exact") for mode in modes if kinds[mode] == wanted), None
    )


def pairs(
    mode: list[Found], baseline: list[Found]
) -> tuple[list[tuple[Found, Found]], Counter[str]]:
    """Cells with their baselines of the same seed, and how many are left out, by reason.

    Both must be `ok`, have an MSE and have taken equally many iterations.
    """
    others = {record.cell.seed: (record, folder) for record, folder in baseline}
    found, left_out = [], Counter()
    for record, folder in mode:
        other, other_folder = others.get(record.cell.seed, (None, None))
        if record.status != "ok":
            left_out[record.status] += 1
        elif other is None:
            left_out[ALONE] += 1
        elif other.status != "ok":
            left_out[f"with its baseline {other.status}"] += 1
        elif None in (record.metrics.get("mse"), other.metrics.get("mse")):
            left_out["without an MSE"] += 1
        elif record.iterations() != other.iterations():
            left_out[OTHER] += 1
        else:
            found.append(((record, folder), (other, other_folder)))
    return found, left_out
