"""Which cells are compared: of one setting and seed, in two gradient modes, equally many
iterations."""

from __future__ import annotations

from collections import Counter

from inrbench.cells.cell import Cell
from inrbench.cells.record import Record
from inrbench.cells.result import Result

BOUND = 1.2
"""The largest ratio of final MSEs that still counts as comparable."""
OTHER = "of other iterations"
ALONE = "without a baseline"
BY_DESIGN = (OTHER, ALONE)
"""Reasons for leaving a cell out that are the experiment's choice, not a failure."""

Modes = dict[str, list[Result]]


def by_experiment(found: list[Result]) -> list[list[Result]]:
    """Cells of different experiments are never compared, whatever their labels."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for one in found:
        key = (one.record.cell.experiment, one.record.cell.preset)
        groups.setdefault(key, []).append(one)
    return list(groups.values())


def by_setting(found: list[Result]) -> dict[tuple, Modes]:
    """Cells with a gradient mode: items of their other labels -> label of the mode -> cells."""
    settings: dict[tuple, Modes] = {}
    for one in found:
        labels = dict(one.record.labels)
        mode = labels.pop("gradient", None)
        if mode is not None:
            modes = settings.setdefault(tuple(labels.items()), {})
            modes.setdefault(mode, []).append(one)
    return settings


def kind(record: Record | Cell) -> str:
    """ "autograd", "exact" (a jvp of rate 1), or "sampled"; a label may be the user's own."""
    part = record.spec["method"].get("gradient", {})
    if part.get("name") == "autograd":
        return "autograd"
    return "exact" if part.get("name") == "jvp" and part.get("rate") == 1 else "sampled"


def full(modes: Modes) -> str | None:
    """The mode of the full gradient: autograd, or where no cell has it the exact one."""
    kinds = {mode: kind(cells[0].record) for mode, cells in modes.items()}
    return next(
        (mode for wanted in ("autograd", "exact") for mode in modes if kinds[mode] == wanted), None
    )


def pairs(
    mode: list[Result], baseline: list[Result]
) -> tuple[list[tuple[Result, Result]], Counter[str]]:
    """Cells with their baselines of the same seed, and how many are left out, by reason.

    Both must be `ok`, have an MSE and have taken equally many iterations.
    """
    others = {other.record.cell.seed: other for other in baseline}
    found, left_out = [], Counter()
    for one in mode:
        own, beside = one.record, others.get(one.record.cell.seed)
        other = None if beside is None else beside.record
        if own.status != "ok":
            left_out[own.status] += 1
        elif other is None:
            left_out[ALONE] += 1
        elif other.status != "ok":
            left_out[f"with its baseline {other.status}"] += 1
        elif None in (own.metrics.get("mse"), other.metrics.get("mse")):
            left_out["without an MSE"] += 1
        elif own.iterations() != other.iterations():
            left_out[OTHER] += 1
        else:
            found.append((one, beside))
    return found, left_out
