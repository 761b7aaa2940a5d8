"""One row a cell, and what identifies it: the axes, fixed ones first, swept parameters after."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

import pandas as pd

from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.meters import METERS

AXES = ("dataset", "method", "network", "objective", "gradient")
METRICS = ("mse", "psnr", "ssim", "best_mse", "held_out")
BYTES = (*METERS, "projector_bytes")
OTHERS = frozenset({
    "id", "seed", "iterations", "status", "reason", "unit", "reference", *METRICS,
    "held_out_spread", "best_iteration",
    "iteration_seconds", "iteration_spread", "total_seconds", "setup_seconds", "pace",
    "yardstick_seconds", "operations", "flops", "parameters", *BYTES,
    # of the summary and of the agreement
    "seeds", "cells", "baseline", "baseline_mse", "baseline_held_out", "baseline_held_out_spread",
    "ratio", "ratio_min", "ratio_max",
    "within_20_percent", "loss_difference", "loss_parts", "left_out",
    *(f"{name}_std" for name in (*METRICS, "baseline_mse", "iteration_seconds", "total_seconds")),
    # of notes, and of what is made of them
    "iteration", "sampler", "rate", "relative_error", "cosine", "variance", "bias", "seconds",
    "time", "variance_at_cost", "relative_error_std", "cosine_std", "variance_std",
    "directions", "comparable", "resolved", "columns", "dead", "rank", "condition",
    "range_condition", "ls", "ls_bound", "fls", "fls_bound", "ratio_bound", "ratio_spread",
    "ratio_mean", "ratio_std",
    # of figures
    "result", "chunk", "spec", "gradient_mode", "device", "value", "n", "planned", "mebibytes",
    "milliseconds", "loss",
})  # fmt: skip
"""Columns that are no axes."""


def axes_of(found: Iterable[Record]) -> list[str]:
    """`AXES`, then every other key of the labels (a swept parameter), by first appearance; but for
    the names of other columns, such as that of iterations, which are there swept or not."""
    every = dict.fromkeys([*AXES, *(axis for record in found for axis in record.labels)])
    return [axis for axis in every if axis not in OTHERS]


def cells_table(found: list[Record]) -> pd.DataFrame:
    """One row a cell, every number in its base unit (bytes, seconds, mm^-2, dB).

    Columns: `axes_of` as tables write them, `id` (the method's), seed, iterations, status, reason,
    unit, reference, metrics, held_out_spread, iteration_seconds, iteration_spread, total_seconds,
    setup_seconds, pace (in yardsticks), yardstick_seconds, operations and flops (of an iteration),
    the network's parameters, the meters' bytes.
    """
    axes = axes_of(found)
    rows = []
    for record in found:
        rows.append(
            {axis: record.labels.get(axis) for axis in axes}
            | {"id": record.cell.method, "seed": record.cell.seed}
            | {"iterations": record.iterations()}
            | {"status": record.status, "reason": record.reason, "unit": record.unit}
            | {"reference": record.reference}
            | {
                name: record.metrics.get(name)
                for name in (*METRICS, "held_out_spread", "best_iteration")
            }
            | {
                "iteration_seconds": record.time.iteration,
                "iteration_spread": record.time.spread,
                "total_seconds": record.time.total,
                "setup_seconds": record.time.setup,
                "pace": record.time.pace,
                "yardstick_seconds": record.time.yardstick,
                "operations": None if record.work is None else record.work.operations,
                "flops": None if record.work is None else record.work.flops,
                "parameters": record.parameters,
            }
            | {reading.name: reading.bytes for reading in record.memory}
        )
    columns = [*axes, "id", "seed", "iterations", "status", "reason", "unit", "reference",
               *METRICS, "held_out_spread", "best_iteration", "iteration_seconds",
               "iteration_spread", "total_seconds", "setup_seconds", "pace", "yardstick_seconds",
               "operations", "flops", "parameters", *BYTES]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def cells_of(found: list[Result], axes: list[str]) -> Callable[[Iterable], int]:
    """How many cells, finished or not, have given labels on these axes (missing ones as None or
    NaN)."""
    count = Counter(tuple(one.record.labels.get(axis) for axis in axes) for one in found)
    return lambda labels: count[tuple(None if pd.isna(one) else one for one in labels)]


def mixed_fields(found: list[Record], axes: list[str]) -> list[str]:
    """Fields of the comparison key in which finished cells with the same labels on `axes` differ.

    Numbers of such cells are shown in one row, although their records do not compare.
    """
    keys = [(record, record.machine.get("key", {})) for record in found if record.status == "ok"]
    fields = list(dict.fromkeys(field for _, key in keys for field in key))
    values = defaultdict(set)
    for record, key in keys:
        row = tuple(record.labels.get(axis) for axis in axes)
        for field in fields:
            values[field, row].add(repr(key.get(field)))
    mixed = {field for (field, _), seen in values.items() if len(seen) > 1}
    return [field for field in fields if field in mixed]
