"""The noise floor of a machine as people read it."""

from __future__ import annotations

import math

import numpy as np

from inrbench.cells.records import Record
from inrbench.compare.busy import busy
from inrbench.compare.noise import MeasureNoise, Noise
from inrbench.compare.report import LARGEST
from inrbench.tables.page import ABSENT, Page


def noise_page(noise: Noise, what: str, records: list[Record]) -> Page:
    """A row a measure: how far runs of the same seed, and different seeds, lie apart.

    Args:
        noise: as `compare.noise.estimate` gives it.
        what: which experiment on which machine.
        records: that it was estimated from.
    """
    measured = noise.measures.items()
    return Page(
        title=f"Noise: {what}",
        warnings=busy(records),
        about=[
            f"{noise.runs} runs of the same code. Scales as that of a normal law (1.4826 times "
            "the median absolute deviation), of times and memory in per cent, of the MSE in "
            "decades."
        ],
        columns={
            "measure": [{"mse": "log10 MSE"}.get(name, name) for name, _ in measured],
            "same seed": [_scale(name, one.same_seed) for name, one in measured],
            "different seeds": [_scale(name, one.seeds) for name, one in measured],
            "rows": [str(len(one.rows)) for _, one in measured],
            "widest row, from least to most": [_widest(name, one) for name, one in measured],
        },
    )


def _scale(name: str, log: float | None) -> str:
    if log is None:
        return ABSENT
    if name == "mse":
        return f"{log / math.log(10):.4f}"
    return f"{100 * math.expm1(min(log, LARGEST)):.2f} %"


def _widest(name: str, noise: MeasureNoise) -> str:
    """The row whose runs lie farthest apart, all seeds together."""
    apart = {row: float(np.ptp(noise.runs(row))) for row in noise.rows}
    row = max(apart, key=lambda one: apart[one])
    return f"{_scale(name, apart[row])}: {row.split('/', 1)[1]}"
