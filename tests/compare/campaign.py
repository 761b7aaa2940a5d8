"""Campaigns of the tests' own: runs of a few methods, changed as a test asks."""

import json
from pathlib import Path

import numpy as np

from inrbench.cells import records
from inrbench.compare.runs import read

RECORD = Path(__file__).parent / "record.json"
SEEDS = range(6)


def template():
    """The fields of a whole record, as JSON has them."""
    return json.loads(RECORD.read_text())


def fields(method, seed, time=0.08, mse=2e-6, **changes):
    """Of a record: time and MSE, and others by path ("machine.key.torch"), as asked for."""
    made = template()
    made["cell"] |= {"method": method, "seed": seed}
    made["labels"]["method"] = method
    made["time"]["iteration"] = time
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
    """The readings of the template, with one of them multiplied."""
    made = template()["memory"]
    for one in made:
        if one["name"] == name:
            one["bytes"] = round(one["bytes"] * factor)
    return made


def campaign(folder, number=0, methods=("a", "b", "c", "d", "e"), seeds=SEEDS, **more):
    """Write the runs of some methods, each with a time and an MSE of its own; and read them.

    Args:
        folder: for them.
        number: another one, other noise.
        methods: names.
        seeds: of each.
        more: `slower`, a factor by method; `change`, a function (method, seed) -> changes;
            `scatter`, of the logarithm of a time.
    """
    slower, change = more.get("slower", {}), more.get("change", lambda method, seed: {})
    scatter = more.get("scatter", 0.01)
    for k, method in enumerate(methods):
        draws = np.random.default_rng((number, k))
        quality = np.random.default_rng(k)
        for seed in seeds:
            level = 0.01 * (k + 1) * slower.get(method, 1)
            time = level * np.exp(scatter * draws.standard_normal())
            mse = 1e-6 * np.exp(0.1 * quality.standard_normal())
            made = fields(method, seed, time, mse, **change(method, seed))
            write(folder / "quick-laptop" / "forbild" / method / f"seed{seed}", made)
    return read(folder)


def write(folder, made):
    """A record in a folder; returns its file."""
    records.Record.model_validate(made)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "record.json"
    file.write_text(json.dumps(made))
    return file
