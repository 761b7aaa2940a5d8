"""Campaigns of the tests' own: runs of a few methods, changed as a test asks."""

from pathlib import Path

import numpy as np
from made_record import whole

from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.compare import Runs

SEEDS = range(6)
METHODS = ("a", "b", "c", "d", "e")


def fields(method, seed, time=0.08, mse=2e-6, **changes):
    """Of a record: time and MSE, and others by path ("machine.key.torch"), as asked for."""
    made = whole()
    made["cell"] |= {"method": method, "seed": seed}
    made["labels"] |= {"method": method}
    made["reason"] = None
    made["time"] |= {"iteration": time, "pace": None, "yardstick_version": None}
    made["metrics"]["mse"] = mse
    for path, value in changes.items():
        *parts, last = path.split(".")
        inner = made
        for part in parts:
            inner = inner[part]
        if value is None and last == "key":
            del inner[last]
        else:
            inner[last] = value
    return made


def memory(name, factor):
    """The readings of a record, with one of them multiplied."""
    made = whole()["memory"]
    for one in made:
        if one["name"] == name:
            one["bytes"] = round(one["bytes"] * factor)
    return made


def campaign(number=0, methods=METHODS, seeds=SEEDS, slower=None, change=None, scatter=0.01):
    """Fields of the records of some methods, each with a time and an MSE of its own.

    Args:
        number: another one, another noise of times.
        methods: names.
        seeds: of each.
        slower: a factor of the time by method.
        change: (method, seed) -> fields by path.
        scatter: of the logarithm of a time.
    """
    made = []
    for method in methods:
        k = ord(method[0]) - ord("a")
        draws, quality = np.random.default_rng((number, k)), np.random.default_rng(k)
        for seed in seeds:
            level = 0.01 * (k + 1) * (slower or {}).get(method, 1)
            time = float(level * np.exp(scatter * draws.standard_normal()))
            mse = float(1e-6 * np.exp(0.1 * quality.standard_normal()))
            own = {"created": f"{number}"} | (change(method, seed) if change else {})
            made.append(fields(method, seed, time, mse, **own))
    return made


def runs(made, source="runs"):
    """These records as runs that lie nowhere."""
    return Runs(source, tuple(Result(Record.model_validate(one), Path(source)) for one in made))


def write(folder, made):
    """Records in folders as results have them; returns the folder of the last."""
    for one in made:
        cell = one["cell"]
        place = folder / f"{cell['experiment']}-{cell['preset']}" / cell["dataset"]
        target = place / cell["method"] / f"seed{cell['seed']}"
        target.mkdir(parents=True, exist_ok=True)
        (target / "record.json").write_text(Record.model_validate(one).model_dump_json())
    return target


def without(*measures):
    """Fields of a record without what is noisy but the time: no memory and no MSE."""
    return {"memory": [], "metrics": {}} | {name: None for name in measures}


def verdicts(found):
    """By method and measure, those that are not ok."""
    return {
        (row.name.rsplit("/", 1)[1], change.measure): change.verdict
        for row in found.rows
        for change in row.changes
        if change.verdict != "ok"
    }
