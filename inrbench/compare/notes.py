"""Sentences beside the verdicts: what they rest on, and which command gives more."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from inrbench.compare.measures import CLOCKS
from inrbench.compare.noise import Noise
from inrbench.compare.ratio import RUNS
from inrbench.compare.runs import Runs, numbers_of
from inrbench.compare.verdict import FEW, ComparedRow, Shared

TURNS = (
    "The best comparison of two states of the code lets them take turns: `inrbench compare --ab "
    "BASE NEW`. Without turns, what the machine did between BASE and NEW is in the times as well."
)


def notes(
    base: Runs,
    new: Runs,
    rows: Sequence[ComparedRow],
    shared: Sequence[Shared],
    noise: Noise | None,
    paired: bool,
) -> list[str]:
    """All of them, the advice to take turns first."""
    timed = {row.name for row in rows for change in row.changes if change.measure in CLOCKS}
    found = [TURNS] if timed and not paired else []
    if [numbers_of(one) for one in base.records] == [numbers_of(one) for one in new.records]:
        found.append(
            "BASE and NEW are the same records: run the cells again (`snakemake <experiment> "
            "--config machine=<another label>`) and compare with those."
        )
    found += _presets(base, new)
    fewest = [min(one.runs) for row in rows for one in row.changes if one.verdict == FEW]
    if fewest:
        command = "`--repeats` makes more rounds" if paired else (
            f"`inrbench compare --ab BASE NEW {new.runs[0].record.cell.experiment}` makes them"
        )  # fmt: skip
        found.append(
            f"Times, memory and MSE need {RUNS} runs a side, here are {min(fewest)}: {command}."
        )
    if shared and not paired:
        known = sum(one.known for one in shared)
        found.append(
            f"Least effects of {known} of these {len(shared)} tests are from {noise.runs} A/A "
            f"runs of {noise.created[:10]}."
            if noise is not None
            else "Runs of the same code on this machine are not at hand, so that a drift of the "
            "machine may look like a change: `inrbench noise` makes them."
        )
    found += _machine(base, new, rows)
    found += [f"{side.source}: {side.copies} copies of other records count once."
              for side in (base, new) if side.copies]  # fmt: skip
    return found


def _presets(base: Runs, new: Runs) -> list[str]:
    """Where no row is in both and an experiment has another preset on either side."""
    if set(base.rows) & set(new.rows):
        return []
    sides = [{run.record.cell.experiment: run.record.cell.preset for run in side.runs}
             for side in (base, new)]  # fmt: skip
    return [
        f"BASE has the preset {old} of {name} and NEW has {sides[1][name]}: run `snakemake {name} "
        f"--config preset={old}` for NEW."
        for name, old in sides[0].items()
        if sides[1].get(name, old) != old
    ]


def _machine(base: Runs, new: Runs, rows: Sequence[ComparedRow]) -> list[str]:
    """How much longer the yardstick itself took in NEW, where times are in its units."""
    paced = {row.name for row in rows for change in row.changes if change.measure == "pace"}
    old, now = (
        [
            run.record.time.yardstick
            for name in paced
            for run in side.rows[name]
            if run.record.time.yardstick
        ]
        for side in (base, new)
    )
    if not paced:
        return []
    slower = 100 * (median(now) / median(old) - 1)
    return [
        f"Times of {len(paced)} rows are in yardsticks, a fixed piece of work timed beside each "
        f"run, which took {slower:+.1f} % of time in NEW."
    ]
