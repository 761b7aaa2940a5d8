"""Condition numbers of LS and FLS at initialisation, and their ratio."""

from __future__ import annotations

import numpy as np
import pandas as pd

from inrbench.cells.result import Result
from inrbench.tables.cells import axes_of, cells_of
from inrbench.tables.page import Number, Page, axis_columns, numbers, share

_ABOUT = (
    "Of the Gram matrices Phi'A'A Phi (LS) and Phi'A'HA Phi (FLS) at the initial weights, Phi the "
    "features of the last layer and a constant for its bias. Condition numbers are geometric "
    "means over seeds. The ratio is LS over FLS: its geometric mean, which its spread multiplies "
    "and divides, and its arithmetic mean ± sample standard deviation. Features that are zero "
    "everywhere (dead) are left out."
)
_UNRESOLVED = (
    "The rank counts the singular values above rounding in double precision. Where it is below "
    "the number of columns, a condition number is only known to be at least (≥) a value; a ratio "
    "is then a bound too, or with both of its numbers bounds nothing at all; and a second row has "
    "the condition numbers on the range of the Gram matrix, the only directions along which "
    "gradient descent moves the weights."
)


def conditioning_table(found: list[Result]) -> pd.DataFrame:
    """ratio = exp( mean_s log( cond_LS(s) / cond_FLS(s) ) ) over the seeds s.

    One row for each combination of the axes from the notes of `conditioning` cells, of
    `directions` "all"; and where a seed is not resolved one of directions "range" (see
    `conditioning.Spectrum`). Columns: the axes, directions, seeds (how many are in the ratio) of
    cells; columns, dead and rank (means over all seeds, the rank of the objective that has less
    of it); ls and fls (geometric means), each with its `_bound`; ratio, ratio_spread (exp of the
    standard deviation of its logarithm), ratio_mean, ratio_std, and ratio_bound. A bound is "≥",
    "≤" or "": a number is at least, at most or about what it says. A seed whose ranges have
    different ranks is not in the ratio of ranges. NaN are a ratio that is bounded neither way and
    the spread of bounds.
    """
    axes = [
        axis for axis in axes_of(one.record for one in found)
        if axis not in ("method", "objective", "gradient")
    ]  # fmt: skip
    cells = cells_of(found, axes)
    rows = []
    for one in found:
        notes = one.notes()
        if notes is not None and "condition" in notes:
            labels = {axis: one.record.labels.get(axis) for axis in axes}
            rows += [labels | row for row in _of_cell(notes.set_index("objective"))]
    if not rows:
        return pd.DataFrame(columns=axes)
    table = [
        dict(zip([*axes, "directions"], key, strict=True)) | _of_seeds(group, cells(key[:-1]))
        for key, group in pd.DataFrame(rows).groupby(
            [*axes, "directions"], sort=False, dropna=False
        )
        if key[-1] == "all" or not group.resolved.all()
    ]
    return pd.DataFrame(table)


def _of_cell(notes: pd.DataFrame) -> list[dict]:
    """The row of all directions, and that of the range."""
    ls, fls = notes.loc["least_squares"], notes.loc["filtered_least_squares"]
    shared = {
        "columns": ls["columns"], "dead": ls.dead, "rank": min(ls["rank"], fls["rank"]),
        "resolved": ls.resolved and fls.resolved,
    }  # fmt: skip
    bounds = {  # of LS / FLS, by which of them are resolved
        (True, True): "", (False, True): "≥", (True, False): "≤", (False, False): "none",
    }  # fmt: skip
    everywhere = {
        "directions": "all", "comparable": True,
        "ls": ls.condition, "ls_bound": "" if ls.resolved else "≥",
        "fls": fls.condition, "fls_bound": "" if fls.resolved else "≥",
        "ratio_bound": bounds[bool(ls.resolved), bool(fls.resolved)],
    }  # fmt: skip
    on_range = {
        "directions": "range", "comparable": ls["rank"] == fls["rank"],
        "ls": ls.range_condition, "ls_bound": "",
        "fls": fls.range_condition, "fls_bound": "",
        "ratio_bound": "",
    }  # fmt: skip
    return [shared | everywhere, shared | on_range]


def _of_seeds(group: pd.DataFrame, cells: int) -> dict:
    ranks = group[["columns", "dead", "rank"]].mean()
    group = group[group.comparable.astype(bool)]
    bounds = set(group.ratio_bound) - {""}
    known = bounds in (set(), {"≥"}, {"≤"})
    ratio = group.ls / group.fls * (1 if known else np.nan)
    exact = ratio * (np.nan if bounds else 1)
    return {
        "seeds": len(group), "cells": cells, **ranks,
        "ls": np.exp(np.log(group.ls).mean()), "ls_bound": max(group.ls_bound, default=""),
        "fls": np.exp(np.log(group.fls).mean()), "fls_bound": max(group.fls_bound, default=""),
        "ratio": np.exp(np.log(ratio).mean()), "ratio_spread": np.exp(np.log(exact).std()),
        "ratio_mean": ratio.mean(), "ratio_std": exact.std(),
        "ratio_bound": bounds.pop() if known and bounds else "",
    }  # fmt: skip


def conditioning_page(table: pd.DataFrame, title: str, note: str | None) -> Page:
    """The condition numbers for people, bounds marked."""
    axes = list(table.columns[: table.columns.get_loc("directions")])
    columns = axis_columns(table, axes) | {
        "directions": table.directions.tolist(),
        "seeds": [share(*of) for of in zip(table.seeds, table.cells, strict=True)],
        "columns": numbers(table["columns"], "{:.3g}"),
        "dead": numbers(table.dead, "{:.3g}"),
        "rank": numbers(table["rank"], "{:.3g}"),
        "cond. LS": _bounded(table.ls, table.ls_bound, "{:.1e}"),
        "cond. FLS": _bounded(table.fls, table.fls_bound, "{:.1e}"),
        "ratio": _bounded(table.ratio, table.ratio_bound, "{:.3g}"),
        "spread": numbers(table.ratio_spread, "{:.2f}"),
        "mean ratio": [
            Number(n.value, n.form, spread)
            for n, spread in zip(_bounded(table.ratio_mean, table.ratio_bound, "{:.1f}"),
                                 table.ratio_std, strict=True)
        ],
    }  # fmt: skip
    about = [_ABOUT]
    if (table.directions == "range").any():
        about.append(_UNRESOLVED)
    else:
        del columns["directions"]
    return Page(f"{title}, conditioning", columns, about=about, note=note)


def _bounded(values: pd.Series, bounds: pd.Series, form: str) -> list[Number]:
    marks = [f"{bound} " if bound else "" for bound in bounds]
    return [Number(v, mark + form) for v, mark in zip(values, marks, strict=True)]
