"""Sampled gradients beside the full one: do they end at the same MSE?"""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pandas as pd

from inrbench.cells.pairs import BOUND, OTHER, by_setting, full, kind, pairs
from inrbench.cells.record import Record, Status
from inrbench.cells.result import Result
from inrbench.tables import references
from inrbench.tables.cells import axes_of, mixed_fields
from inrbench.tables.page import (
    ABSENT,
    Page,
    axis_columns,
    length_unit,
    mixture,
    numbers,
    share,
    without_empty,
)

LOSS_BOUND = 0.01
"""Relative difference of two losses from which the iterates are said to have parted."""

_ABOUT = (
    "Najaf and Ongie (2026, arXiv:2604.09884) claim that the approximated gradient reaches a "
    "comparable MSE. The test: a final MSE more than 20 % above that of full-gradient training "
    "after the same number of iterations refutes it; the bound is an outside reader's, not the "
    "paper's. Cells are compared with the baseline's cell of the same seed; the ratio is the "
    "geometric mean over these seeds."
)
_EXACT = "Where there is no autograd, the baseline is the exact gradient (rate 1)."
_NOTHING = (
    "There is nothing to compare: nowhere does a full gradient (autograd, or rate 1) stand beside "
    "another gradient mode after the same number of iterations."
)
_FAILED = [status for status in get_args(Status) if status != "ok"]


def agreement_table(found: list[Result]) -> pd.DataFrame:
    """ratio = exp( mean_s log( MSE_mode(s) / MSE_baseline(s) ) ) over the seeds s that both have.

    One row a gradient mode within each data set, network and objective. The baseline is autograd,
    or where no cell has it the exact gradient (rate 1). A seed is shared where both cells are
    `ok` and took equally many iterations.

    Columns: the axes, baseline, iterations, seeds (how many are shared) of cells, unit, mse and
    baseline_mse with their `_std`, held_out and baseline_held_out with their `_spread`, ratio,
    ratio_min, ratio_max, within_20_percent (ratio <= `BOUND`); of an exact gradient beside
    autograd, loss_difference = max_k |l_mode(k) / l_baseline(k) - 1| and loss_parts (the first
    iteration k where that exceeds `LOSS_BOUND`); left_out (the cells that are not compared, and
    why).
    """
    axes = axes_of(one.record for one in found)
    rows = []
    for labels, modes in by_setting(found).items():
        baseline = full(modes)
        for mode, cells in modes.items():
            if baseline is not None and mode != baseline:
                row = dict.fromkeys(axes) | dict(labels) | {"gradient": mode}
                rows.append(row | {"baseline": baseline} | _compared(cells, modes[baseline]))
    columns = [*axes, "baseline", "iterations", "seeds", "cells", "unit", "mse", "mse_std",
               "baseline_mse", "baseline_mse_std",
               "held_out", "held_out_spread", "baseline_held_out", "baseline_held_out_spread",
               "ratio", "ratio_min", "ratio_max",
               "within_20_percent", "loss_difference", "loss_parts", "left_out"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _compared(mode: list[Result], baseline: list[Result]) -> dict[str, object]:
    """A row's numbers: those of the seeds that both modes have, NaN where there is none."""
    shared, left_out = pairs(mode, baseline)
    mse = pd.Series([own.record.metrics["mse"] for own, _ in shared], dtype=float)
    baseline_mse = pd.Series([other.record.metrics["mse"] for _, other in shared], dtype=float)
    ratios = mse / baseline_mse
    with np.errstate(divide="ignore"):
        ratio = float(np.exp(np.log(ratios).mean()))
    row = {
        "iterations": shared[0][0].record.iterations() if shared else None,
        "seeds": len(shared), "cells": len(mode),
        "unit": shared[0][0].record.unit if shared else None,
        "mse": mse.mean(), "mse_std": mse.std(),
        "baseline_mse": baseline_mse.mean(), "baseline_mse_std": baseline_mse.std(),
        "ratio": ratio, "ratio_min": ratios.min(), "ratio_max": ratios.max(),
        "within_20_percent": _verdict(ratio, ratios, sum(left_out[s] for s in _FAILED)),
        "left_out": ", ".join(f"{count} {why}" for why, count in left_out.items()),
    }  # fmt: skip
    for name in ("held_out", "held_out_spread"):
        for prefix, cells in zip(("", "baseline_"), zip(*shared, strict=True), strict=False):
            found = [one.record.metrics.get(name) for one in cells]
            row[prefix + name] = pd.Series(found, dtype=float).mean()
    if (kind(mode[0].record), kind(baseline[0].record)) == ("exact", "autograd"):
        row |= _losses_apart(shared)
    return row


def _verdict(ratio: float, ratios: pd.Series, failed: int) -> str | None:
    """Yes or no by the geometric mean; a seed that failed, or lies beyond, is not passed over."""
    if failed:
        return f"no, {failed} failed"
    if ratios.empty:
        return None
    if len(ratios) == 1:
        return ("yes" if ratio <= BOUND else "no") + ", one seed"
    beyond = int((ratios > BOUND).sum())
    if ratio <= BOUND and beyond:
        return f"yes, but not {beyond} of {len(ratios)} seeds"
    return "yes" if ratio <= BOUND else "no"


def _losses_apart(shared: list[tuple[Result, Result]]) -> dict[str, float]:
    """Over all pairs of cells: the largest relative difference, and the first iteration apart."""
    largest, first = math.nan, math.nan
    for pair in shared:
        histories = [one.history() for one in pair]
        if any(history is None for history in histories):
            continue
        mode, baseline = (history.set_index("iteration").loss for history in histories)
        apart = (mode / baseline - 1).abs().dropna()
        largest = np.fmax(largest, apart.max())
        first = np.fmin(first, apart.index[apart > LOSS_BOUND].min())
    return {"loss_difference": largest, "loss_parts": first}


def agreement_page(
    agreement: pd.DataFrame, found: list[Record], title: str, note: str | None
) -> Page:
    """The agreement for people; without rows, a sentence that there is nothing to compare."""
    title = f"{title}, agreement of gradient modes"
    other = (agreement.seeds == 0) & agreement.left_out.str.fullmatch(rf"\d+ {OTHER}")
    modes = ", ".join(agreement.gradient[other].unique())
    unlike = [f"Left out, having taken other iterations than the baseline: {modes}."]
    unlike = unlike if other.any() else []
    agreement = agreement[~other]
    if agreement.empty:
        return Page(title, {}, about=[_NOTHING, *unlike])
    axes = axes_of(found)
    compared = [record for record in found if "gradient" in record.labels]
    kinds = {record.labels["gradient"]: kind(record) for record in compared}
    unit = length_unit(pd.Series([record.unit for record in compared]))
    columns = axis_columns(agreement, axes) | {
        "baseline": agreement.baseline.tolist(),
        "iterations": numbers(agreement.iterations, "{:.0f}"),
        "seeds": [share(*of) for of in zip(agreement.seeds, agreement.cells, strict=True)],
        f"{references.against(compared)} ({unit}⁻²)": numbers(
            agreement.mse, "{:.2e}", agreement.mse_std
        ),
        "baseline's MSE": numbers(agreement.baseline_mse, "{:.2e}", agreement.baseline_mse_std),
        "held-out residual": numbers(agreement.held_out, "{:.4f}", agreement.held_out_spread),
        "baseline's residual": numbers(
            agreement.baseline_held_out, "{:.4f}", agreement.baseline_held_out_spread
        ),
        "ratio": numbers(agreement.ratio, "{:.3f}"),
        "smallest": numbers(agreement.ratio_min, "{:.3f}"),
        "largest": numbers(agreement.ratio_max, "{:.3f}"),
        "at most 20 % above": agreement.within_20_percent.fillna(ABSENT).tolist(),
        "loss differs by (%)": numbers(100 * agreement.loss_difference, "{:.2g}"),
        "by 1 % from iteration": numbers(agreement.loss_parts, "{:.0f}"),
        "left out": [text or ABSENT for text in agreement.left_out],
    }
    if agreement.dataset.nunique() == 1:
        del columns["data"]
    shared = [axis for axis in axes if axis != "gradient"]
    about = [_ABOUT]
    if any(kinds[mode] == "exact" for mode in agreement.baseline):
        about.append(_EXACT)
    about += [*unlike, *references.about(compared)]
    warnings = mixture(mixed_fields(compared, shared), "compared")
    return Page(title, without_empty(columns), warnings, about, note)
