"""Iterations and seconds until a run's MSE is at a target; a run that misses it takes infinitely
many.

Medians over the runs of a row, the misses among them, so that a method that gets there in one of
three runs has infinity, and not the time of the lucky one.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from inrbench.cells import records
from inrbench.cells.result import Result
from inrbench.compare.comparison import Comparison
from inrbench.compare.runs import Run, Runs
from inrbench.papers.curves import curve, reached

OF_BASE = "base"
"""As a target: what BASE's median run ends at."""
MARGIN = 1.05
"""How far above that still counts: the last per cent may take half of the iterations."""


@dataclass(frozen=True)
class Reach:
    """How long a row takes to its target; iterations and seconds of BASE and of NEW."""

    row: str
    labels: dict[str, str]
    target: float
    iterations: tuple[float, float]
    seconds: tuple[float, float]
    hits: tuple[str, str]
    """ "5 of 6" runs that got there."""


def parse(text: str) -> str | float:
    """ "base", or an MSE; raises `ValueError` for anything else."""
    if text == OF_BASE:
        return text
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError(f"--target {text}: expected an MSE above 0, such as 1e-6, or {OF_BASE!r}")
    return value


def reach(
    comparison: Comparison, base: Runs, new: Runs, target: str | float = OF_BASE
) -> list[Reach]:
    """A line for each comparable row whose runs have an MSE along the way.

    Args:
        comparison: of both.
        base: its runs, whose histories are read here.
        new: the same.
        target: an MSE, or "base".
    """
    found = []
    for row in comparison.rows:
        sides = base.rows.get(row.name, []), new.rows.get(row.name, [])
        if row.fields or not all(sides):
            continue
        goal = _end(sides[0]) if target == OF_BASE else float(target)
        times = [[_times(run, goal) for run in side] for side in sides]
        times = [[one for one in side if one is not None] for side in times]
        if math.isnan(goal) or not all(times):
            continue
        iterations, seconds = (
            tuple(statistics.median(one[k] for one in side) for side in times) for k in (0, 1)
        )
        hits = tuple(f"{sum(one[0] < math.inf for one in t)} of {len(t)}" for t in times)
        found.append(Reach(row.name, row.labels, goal, iterations, seconds, hits))
    return found


def _end(runs: list[Run]) -> float:
    """MARGIN times the median final MSE; NaN where no run has one."""
    ends = [run.record.metrics.get("mse") for run in runs if run.record.status == "ok"]
    return MARGIN * statistics.median([end for end in ends if end] or [math.nan])


def _times(run: Run, target: float) -> tuple[float, float] | None:
    """(iterations, seconds); None for a run that ended well and has no iterations."""
    mse = curve(Result(run.record, run.folder))
    if run.record.status != "ok":
        return math.inf, math.inf
    if mse is None or len(mse) < 2:
        return None
    iteration = reached(mse, target)
    if iteration == math.inf:
        return math.inf, math.inf
    history = records.read_history(run.folder)
    return iteration, float(history.seconds[history.iteration == iteration].iloc[0])
