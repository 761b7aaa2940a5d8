"""The quality of gradient estimates, by rate, sampler and point of a run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from inrbench import records
from inrbench.records import Record
from inrbench.tables.page import Page, axis_columns, numbers

_AXES = ["dataset", "network", "objective"]
_ABOUT = (
    "Of one estimate g of the exact gradient G, over repeated draws at the same weights: relative "
    "error sqrt(mean |g - G|²) / |G|, cosine mean <g, G> / (|g| |G|), variance in units of |G|²; "
    "time in units of the exact gradient's (median over the iterations), and the variance at "
    "equal cost, which is variance times time: that of the mean of as many estimates as take the "
    "time of one exact gradient."
)


def gradient_quality_table(found: list[tuple[Record, Path]]) -> pd.DataFrame:
    """variance_at_cost = variance * time,  time = median seconds / median seconds of "exact".

    One row for each data set, network, objective, iteration, sampler and rate, the mean over
    seeds, from the notes of `gradient_quality` cells. Columns: these, relative_error, cosine,
    variance, bias (see `gradients.quality.Quality`), seconds, time and variance_at_cost; empty
    where no cell noted anything.
    """
    noted = [
        notes.assign(**{axis: record.labels.get(axis) for axis in _AXES})
        for record, folder in found
        if (notes := records.read_notes(folder)) is not None and "sampler" in notes
    ]
    if not noted:
        return pd.DataFrame()
    notes = pd.concat(noted, ignore_index=True)
    seconds = notes.groupby([*_AXES, "sampler", "rate"], sort=False).seconds.median()
    exact = seconds.xs("exact", level="sampler").droplevel("rate")
    keys = [*_AXES, "iteration", "sampler", "rate"]
    table = notes.groupby(keys, sort=False).mean(numeric_only=True).reset_index()
    table["seconds"] = [seconds[tuple(row)] for row in table[[*_AXES, "sampler", "rate"]].values]
    table["time"] = [
        row.seconds / exact[row.dataset, row.network, row.objective] for row in table.itertuples()
    ]
    table["variance_at_cost"] = table.variance * table.time
    return table


def gradient_quality_page(quality: pd.DataFrame, title: str, note: str | None) -> Page:
    """The quality for people."""
    columns = axis_columns(quality, _AXES) | {
        "iteration": numbers(quality.iteration, "{:.0f}"),
        "sampler": quality.sampler.tolist(),
        "rate (%)": numbers(100 * quality.rate, "{:g}"),
        "relative error": numbers(quality.relative_error, "{:.2g}"),
        "cosine": numbers(quality.cosine, "{:.3f}"),
        "variance": numbers(quality.variance, "{:.2g}"),
        "time": numbers(quality.time, "{:.2f}"),
        "variance at equal cost": numbers(quality.variance_at_cost, "{:.2g}"),
    }
    return Page(f"{title}, quality of the gradient", columns, about=[_ABOUT], note=note)
