"""One row a data set and method, with the spread over seeds and the status."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from inrbench.cells.record import Record
from inrbench.meters import METERS
from inrbench.tables import references
from inrbench.tables.cells import BYTES, METRICS, axes_of, mixed_fields
from inrbench.tables.page import (
    Page,
    axis_columns,
    length_unit,
    mixture,
    numbers,
    share,
    without_empty,
)


def summary_table(cells: pd.DataFrame) -> pd.DataFrame:
    """One row a data set and method: mean and standard deviation over the seeds that are `ok`.

    Columns: the axes of `cells`, seeds (how many are in the means) of cells, status (all of them,
    counted), iterations, the network's parameters, the length unit, each metric and its `_std`
    (NaN below two seeds), the mean held_out_spread (over the held-out views), median seconds and
    their `_std`, and the largest bytes by meter.
    """
    axes = list(cells.columns[: cells.columns.get_loc("id")])
    rows = []
    for _, group in cells.groupby([*axes, "id"], sort=False, dropna=False):
        good = group[group.status == "ok"]
        row = {axis: group[axis].iloc[0] for axis in axes}
        row |= {"seeds": len(good), "cells": len(group), "status": counted(group.status)}
        row |= {"iterations": group.iterations.iloc[0]}
        row |= {"parameters": group.parameters.astype(float).max()}
        row |= {"unit": next(iter(good.unit), None)}
        for name in METRICS:
            row[name] = good[name].astype(float).mean()
            row[f"{name}_std"] = good[name].astype(float).std()
        row["held_out_spread"] = good.held_out_spread.astype(float).mean()
        for name in ("iteration_seconds", "total_seconds"):
            row[name] = good[name].astype(float).median()
            row[f"{name}_std"] = good[name].astype(float).std()
        for name in BYTES:
            row[name] = good[name].astype(float).max()
        rows.append(row)
    return pd.DataFrame(rows)


def _ranked(summary: pd.DataFrame) -> pd.DataFrame:
    """The rows of each data set by the held-out residual; those without one stay as they are."""
    order = {dataset: k for k, dataset in enumerate(summary.dataset.unique())}
    first = summary.dataset.map(order)
    return summary.assign(first=first).sort_values(["first", "held_out"], kind="stable")


def counted(statuses: pd.Series) -> str:
    """ "ok", or "2 ok, 1 diverged"."""
    return ", ".join(
        name if count == len(statuses) else f"{count} {name}"
        for name, count in Counter(statuses).items()
    )


def summary_page(
    summary: pd.DataFrame, found: list[Record], title: str, note: str | None, brief: bool = False
) -> Page:
    """The summary for people: rounded, columns without a number left out, failures in words.

    Of measured data, the rows of a data set go by the held-out residual, the least first.

    Args:
        summary: see `summary_table`.
        found: the records that it is made from.
        title: heading.
        note: sentence below the table.
        brief: leave out what does not fit on a screen.
    """
    axes = axes_of(found)
    summary = _ranked(summary)
    columns = axis_columns(summary, axes)
    columns["seeds"] = [share(*of) for of in zip(summary.seeds, summary.cells, strict=True)]
    swept = any("iterations" in record.labels for record in found)
    if swept or summary[summary.network.notna()].iterations.nunique() > 1:
        columns["iterations"] = numbers(summary.iterations, "{:.0f}")
    columns["parameters"] = numbers(summary.parameters, "{:,.0f}")
    for name, heading, form in (
        ("mse", f"{references.against(found)} ({length_unit(summary.unit)}⁻²)", "{:.2e}"),
        ("best_mse", "best MSE", "{:.2e}"),
        ("psnr", "PSNR (dB)", "{:.2f}"),
        ("ssim", "SSIM", "{:.3f}"),
    ):
        columns[heading] = numbers(summary[name], form, summary[f"{name}_std"])
    columns[HELD_OUT] = numbers(summary.held_out, "{:.4f}", summary.held_out_spread)
    for name, heading in (("iteration_seconds", "s/iteration"), ("total_seconds", "s")):
        columns[heading] = numbers(summary[name], "{:.3g}", summary[f"{name}_std"])
    for name in BYTES:
        columns[_heading(name)] = numbers(summary[name] / 2**20, "{:.3g}")
    columns["status"] = summary.status.tolist()
    columns = without_empty(columns)
    if brief:
        dropped = _DETAILS + (["data"] if summary.dataset.nunique() == 1 else [])
        columns = {name: entries for name, entries in columns.items() if name not in dropped}
    failed, cells = int(summary.cells.sum() - summary.seeds.sum()), summary.cells.sum()
    warnings = []
    if failed:
        warnings.append(
            f"{failed} of {cells} cells did not finish; means are over the seeds that did."
        )
    warnings += mixture(mixed_fields(found, axes), "averaged")
    about = references.about(found)
    if summary.held_out.notna().any():
        about.append(_RANKED)
    if (summary.seeds > 1).any():
        about.append(
            "Mean ± sample standard deviation over seeds; of seconds median ± that; largest MiB."
        )
    return Page(title, columns, warnings, about, note)


def _heading(meter: str) -> str:
    return f"{meter.removesuffix('_bytes').replace('_', ' ')} (MiB)"


HELD_OUT = "held-out residual"
_RANKED = (
    "Rows of measured data go by the residual on views that no method got, the least first; its ± "
    "is the standard error over these views. All methods are judged by the same views, so that a "
    "difference of two may be surer than either."
)
# Left out of the brief table, which is for a screen: what another column stands for.
_DETAILS = ["best MSE", "PSNR (dB)", "s", *map(_heading, (*METERS[1:3], *METERS[4:])),
            "projector (MiB)"]  # fmt: skip
