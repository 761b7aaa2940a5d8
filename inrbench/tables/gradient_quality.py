"""The quality of gradient estimates, by rate, sampler and point of a run."""

from __future__ import annotations

import pandas as pd

from inrbench.cells.result import Result
from inrbench.tables.cells import axes_of, cells_of
from inrbench.tables.page import Page, axis_columns, numbers, share, without_empty

_ABOUT = (
    "Of one estimate g of the exact gradient G, over repeated draws at the same weights: relative "
    "error sqrt(mean |g - G|²) / |G|, cosine mean <g, G> / (|g| |G|), variance in units of |G|²; "
    "time in units of the exact gradient's (median over the iterations), and the variance at "
    "equal cost, which is variance times time: that of the mean of as many estimates as take the "
    "time of one exact gradient. Means ± sample standard deviation over seeds."
)


def gradient_quality_table(found: list[Result]) -> pd.DataFrame:
    """variance_at_cost = variance * time,  time = median seconds / median seconds of "exact".

    One row for each combination of the axes, iteration, sampler and rate, the mean over seeds,
    from the notes of `gradient_quality` cells. Columns: these, seeds (how many noted something)
    of cells, relative_error, cosine, variance, bias (see `gradients.quality.Quality`), seconds,
    time and variance_at_cost, the first three with the standard deviation over seeds as `_std`;
    empty where no cell noted anything.
    """
    axes = [axis for axis in axes_of(one.record for one in found) if axis != "method"]
    cells = cells_of(found, axes)
    noted = [
        notes.assign(
            **{axis: one.record.labels.get(axis) for axis in axes}, seed=one.record.cell.seed
        )
        for one in found
        if (notes := one.notes()) is not None and "sampler" in notes
    ]
    if not noted:
        return pd.DataFrame(columns=axes)
    notes = pd.concat(noted, ignore_index=True)
    mode = [*axes, "sampler", "rate"]
    notes["seconds"] = notes.groupby(mode, dropna=False).seconds.transform("median")
    exact = notes.seconds.where(notes.sampler == "exact")
    notes["time"] = notes.seconds / exact.groupby(
        [notes[axis] for axis in axes], dropna=False
    ).transform("max")
    keys = [*axes, "iteration", "sampler", "rate"]
    columns = ["relative_error", "cosine", "variance", "bias", "seconds", "time"]
    groups = notes.groupby(keys, sort=False, dropna=False)
    table = groups[columns].mean().reset_index()
    table["variance_at_cost"] = table.variance * table.time
    for name in ("relative_error", "cosine", "variance"):
        table[f"{name}_std"] = groups[name].std().to_numpy()
    table["seeds"] = groups.seed.nunique().to_numpy()
    table["cells"] = [cells(row) for row in table[axes].itertuples(index=False, name=None)]
    return table


def gradient_quality_page(quality: pd.DataFrame, title: str, note: str | None) -> Page:
    """The quality for people."""
    axes = list(quality.columns[: quality.columns.get_loc("iteration")])
    columns = axis_columns(quality, axes) | {
        "iteration": numbers(quality.iteration, "{:.0f}"),
        "sampler": quality.sampler.tolist(),
        "rate (%)": numbers(100 * quality.rate, "{:g}"),
        "seeds": [share(*of) for of in zip(quality.seeds, quality.cells, strict=True)],
        "relative error": numbers(quality.relative_error, "{:.2g}", quality.relative_error_std),
        "cosine": numbers(quality.cosine, "{:.3f}", quality.cosine_std),
        "variance": numbers(quality.variance, "{:.2g}", quality.variance_std),
        "time": numbers(quality.time, "{:.2f}"),
        "variance at equal cost": numbers(quality.variance_at_cost, "{:.2g}"),
    }
    title = f"{title}, quality of the gradient"
    return Page(title, without_empty(columns), about=[_ABOUT], note=note)
