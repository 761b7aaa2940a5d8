"""Tables: records -> one row a method and data set, with the spread over seeds and the status."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pandas as pd

from inrbench import records
from inrbench.meters import METERS
from inrbench.records import Record

AXES = ("dataset", "method", "network", "objective", "gradient")
METRICS = ("mse", "psnr", "ssim", "best_mse", "held_out")
_BYTES = (*METERS, "projector_bytes")


def cells_table(found: list[Record]) -> pd.DataFrame:
    """One row a cell, every number in its base unit (bytes, seconds, mm^-2, dB).

    Columns: `AXES` as tables write them, `id` (the method's), seed, status, reason, unit, metrics,
    iteration_seconds, iteration_spread, total_seconds, setup_seconds, and the meters' bytes.
    """
    rows = []
    for record in found:
        rows.append(
            {axis: record.labels.get(axis) for axis in AXES}
            | {"id": record.cell.method, "seed": record.cell.seed}
            | {"status": record.status, "reason": record.reason, "unit": record.unit}
            | {name: record.metrics.get(name) for name in (*METRICS, "best_iteration")}
            | {
                "iteration_seconds": record.time.iteration,
                "iteration_spread": record.time.spread,
                "total_seconds": record.time.total,
                "setup_seconds": record.time.setup,
            }
            | {reading.name: reading.bytes for reading in record.memory}
        )
    columns = [*AXES, "id", "seed", "status", "reason", "unit", *METRICS, "best_iteration",
               "iteration_seconds", "iteration_spread", "total_seconds", "setup_seconds",
               *_BYTES]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def summary_table(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a data set and method: mean and standard deviation over the seeds that are `ok`.

    Columns: `AXES`, seeds (how many are in the means) of cells, status (all of them, counted),
    the length unit, each metric and its `_std` (NaN below two seeds), median seconds, and the
    largest bytes by meter.
    """
    rows = []
    for (_, _), group in cells.groupby(["dataset", "id"], sort=False, dropna=False):
        good = group[group.status == "ok"]
        counts = Counter(group.status)
        status = ", ".join(
            name if count == len(group) else f"{count} {name}" for name, count in counts.items()
        )
        row = {axis: group[axis].iloc[0] for axis in AXES}
        row |= {"seeds": len(good), "cells": len(group), "status": status}
        row |= {"unit": next(iter(good.unit), None)}
        for name in METRICS:
            row[name] = good[name].astype(float).mean()
            row[f"{name}_std"] = good[name].astype(float).std()
        for name in ("iteration_seconds", "total_seconds"):
            row[name] = good[name].astype(float).median()
        for name in _BYTES:
            row[name] = good[name].astype(float).max()
        rows.append(row)
    return pd.DataFrame(rows)


def to_markdown(summary: pd.DataFrame, title: str, note: str | None, brief: bool = False) -> str:
    """The summary for people: rounded, columns without a number left out, failures in words.

    Args:
        summary: see `summary_table`.
        title: heading.
        note: sentence below the table.
        brief: leave out what does not fit on a screen.
    """
    units = set(summary.unit.dropna())
    unit = units.pop() if len(units) == 1 else "length"
    shown = pd.DataFrame()
    shown["data"] = summary.dataset
    shown["method"] = summary.method
    for axis in ("network", "objective", "gradient"):
        shown[axis] = summary[axis].fillna("–")
    shown["seeds"] = summary.seeds
    for name, heading, form in (
        ("mse", f"MSE ({unit}⁻²)", "{:.2e}"),
        ("best_mse", "best MSE", "{:.2e}"),
        ("psnr", "PSNR (dB)", "{:.2f}"),
        ("ssim", "SSIM", "{:.3f}"),
        ("held_out", "held-out residual", "{:.4f}"),
    ):
        shown[heading] = [
            _mean(mean, spread, form)
            for mean, spread in zip(summary[name], summary[f"{name}_std"], strict=True)
        ]
    shown["s/iteration"] = [_number(x, "{:.3g}") for x in summary.iteration_seconds]
    shown["s"] = [_number(x, "{:.3g}") for x in summary.total_seconds]
    for name in _BYTES:
        shown[_heading(name)] = [_number(x / 2**20, "{:.3g}") for x in summary[name]]
    empty = [column for column in shown if (shown[column] == "–").all()]
    if brief:
        empty += _DETAILS + (["data"] if summary.dataset.nunique() == 1 else [])
    shown = shown.drop(columns=empty, errors="ignore")
    shown["status"] = summary.status
    heading = f"## {title}\n\n"
    failed = int(summary.cells.sum() - summary.seeds.sum())
    if failed:
        heading += f"**{failed} of {summary.cells.sum()} cells did not finish**; "
        heading += "means are over the seeds that did.\n\n"
    footer = f"\n\n{note}\n" if note else "\n"
    return heading + shown.to_markdown(index=False, disable_numparse=True) + footer


def _heading(meter: str) -> str:
    return f"{meter.removesuffix('_bytes').replace('_', ' ')} (MiB)"


# Left out of the brief table, which is for a screen: what another column stands for.
_DETAILS = ["best MSE", "PSNR (dB)", "s", *map(_heading, (*METERS[1:3], *METERS[4:])),
            "projector (MiB)"]  # fmt: skip


def _number(value: float, form: str) -> str:
    return "–" if pd.isna(value) else form.format(value)


def _mean(mean: float, spread: float, form: str) -> str:
    number = _number(mean, form)
    return number if pd.isna(spread) else f"{number} ± {form.format(spread)}"


def write(folders: list[Path], target: Path, title: str, note: str | None) -> None:
    """Read the records in these cell folders; write the tables into `target`.

    cells.csv has a row a cell, table.csv and table.md a row a method and data set, brief.md some
    columns of that.
    """
    cells = cells_table([records.read(folder) for folder in folders])
    summary = summary_table(cells)
    target.mkdir(parents=True, exist_ok=True)
    cells.to_csv(target / "cells.csv", index=False)
    summary.to_csv(target / "table.csv", index=False)
    (target / "table.md").write_text(to_markdown(summary, title, note))
    (target / "brief.md").write_text(to_markdown(summary, title, note, brief=True))
