"""The noise of a machine as people read it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from inrbench.cells.record import Record
from inrbench.compare.comparable import busy
from inrbench.compare.noise import Noise
from inrbench.tables.page import ABSENT, Page

SIX = (6, 6)


def noise_page(noise: Noise, what: str, records: list[Record]) -> Page:
    """A row a measure: by how much runs of a seed, and sweeps of all rows, differ.

    Args:
        noise: as `noise.estimate` gives it.
        what: which experiment on which machine.
        records: that it was estimated from.
    """
    measured = noise.measures.items()
    return Page(
        title=f"Noise: {what}",
        warnings=busy(records),
        about=[
            f"{noise.runs} runs of the same code. The scatter of a seed is the standard deviation "
            "of its runs; the least effect is what six sweeps of all rows a side differ by at the "
            "most, which a change that rows share has to exceed."
        ],
        columns={
            "measure": [name for name, _ in measured],
            "scatter of a seed": [
                _percent(_scatter(mine for row in rows.values() for mine in row.values()))
                for _, rows in measured
            ],
            "least effect": [_percent(noise.floor(name, rows, SIX)) for name, rows in measured],
            "rows": [str(len(rows)) for _, rows in measured],
        },
    )


def _scatter(groups: Iterable[list[float]]) -> float | None:
    """Root of the mean variance within groups of two or more."""
    variances = [np.var(one, ddof=1) for one in groups if len(one) > 1]
    return math.sqrt(np.mean(variances)) if variances else None


def _percent(log: float | None) -> str:
    return ABSENT if log is None else f"{100 * math.expm1(min(log, 200)):.1f} %"
