"""Calls of `compare` that cost no runs: records whose numbers follow the noise of a machine.

The logarithm of a time is level of the row + drift of the sweep + drift of the round + scatter of
the run, and one run in twenty is slowed down. A sweep is a run of all rows, and a round six of
them, whose drift all rows share. The parameters are about those of the paces of a shared machine
with two cores. Runs in turns have a drift that walks from run to run.
"""

import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from campaign import fields

from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.compare import Runs, compare
from inrbench.compare.noise import estimate
from inrbench.compare.repeats import turns

NOISE = json.loads((Path(__file__).parent / "noise_parameters.json").read_text())
NETWORKS, OBJECTIVES, MODES = ("SIREN", "hash", "Fourier"), ("LS", "FLS"), ("full", "exact", "JVP")
SEEDS = range(6)


def _template(method, labels):
    made = fields(method, 0) | {"labels": {"dataset": "FORBILD", **labels}}
    return Record.model_validate(made)


ROWS = [
    _template(f"inr-{n}-{o}-{g}", {"method": "INR", "network": n, "objective": o, "gradient": g})
    for n in NETWORKS
    for o in OBJECTIVES
    for g in MODES
]
ROWS += [
    _template(f"other{k}", {"method": f"other {k}"}) for k in range(NOISE["rows"] - len(ROWS))
]


class Machine:
    """Sides of calls on one machine.

    Args:
        seed: of its numbers.
        runs: sweeps of a side.
        noise: in the place of single parameters of `noise_parameters.json`.
    """

    def __init__(self, seed, runs=6, **noise):
        self.draws = np.random.default_rng(seed)
        self.runs, self.noise, self.made = runs, NOISE | noise, 0
        self.quality = self.noise["seeds"] * self.draws.standard_normal((len(ROWS), len(SEEDS)))

    def scatter(self, shape):
        """Of runs of all rows, beside their drift."""
        own = self.noise["scatter"] * self.draws.standard_normal(shape)
        return own + np.log(self.noise["slower"]) * (self.draws.random(shape) < self.noise["slow"])

    def side(self, sweeps=None, offset=0.0, **changes):
        """Runs of all rows; changes by measure: (number of a row or None for all, factor)."""
        shape = len(ROWS), sweeps or self.runs
        drift = self.noise["drift"] * self.draws.standard_normal(shape[1])
        rounds = -(-shape[1] // len(SEEDS))  # an hour each
        drift += np.repeat(self.noise["round"] * self.draws.standard_normal(rounds), len(SEEDS))[
            : shape[1]
        ]
        return self._runs(offset + drift + self.scatter(shape), changes)

    def turns(self, **changes):
        """Two sides that took turns, NEW with changes, while the machine walked away."""
        names = [f"d/{row.cell.method}/seed{seed}" for seed in SEEDS for row in ROWS]
        where = {name: k for k, name in enumerate(dict.fromkeys(n.split("/")[1] for n in names))}
        times, walk = np.zeros((2, len(ROWS), len(SEEDS))), 0.0
        for turn in turns(names, 1, sides=2):
            walk += self.noise["walk"] * self.draws.standard_normal()
            _, method, seed = turn.cell.split("/")
            times[turn.side, where[method], int(seed[4:])] = walk
        times += self.scatter(times.shape)
        return self._runs(times[0], {}), self._runs(times[1], changes)

    def _runs(self, times, changes):
        self.made += 1
        shape = times.shape
        rounding = self.noise["rounding"]
        seeds = np.arange(shape[1]) % len(SEEDS)
        mse = np.sqrt(1 - rounding**2) * self.quality[:, seeds] + rounding * (
            self.noise["seeds"] * self.draws.standard_normal(shape)
        )
        resident = self.noise["resident"] * self.draws.standard_normal(shape)
        factors = defaultdict(lambda: np.ones(len(ROWS)))
        for measure, (row, factor) in changes.items():
            factors[measure][slice(None) if row is None else row] = factor
        found = []
        for k, row in enumerate(ROWS):
            for sweep in range(shape[1]):
                found.append(Result(row.model_copy(update={
                    "created": f"{self.made:03} {sweep:03}",
                    "cell": row.cell.model_copy(update={"seed": int(seeds[sweep])}),
                    "time": row.time.model_copy(update={
                        "iteration": 0.05 * np.exp(times[k, sweep]) * factors["time"][k]}),
                    "metrics": {"mse": 1e-6 * np.exp(mse[k, sweep]) * factors["mse"][k]},
                    "memory": [
                        one.model_copy(update={"bytes": round(one.bytes * {
                            "rss_peak": np.exp(resident[k, sweep]),
                            "tensor_peak": factors["tensor_peak"][k]}[one.name])})
                        for one in row.memory if one.name in ("rss_peak", "tensor_peak")],
                    "work": row.work.model_copy(update={
                        "operations": row.work.operations + int(factors["operations"][k] > 1)}),
                }), Path()))  # fmt: skip
        return Runs("side", tuple(found))

    def call(self, offset=0.0, **changes):
        """A comparison of two sides, with the noise of 18 sweeps more."""
        noise = estimate(self.side(18).runs)
        return compare(self.side(), self.side(offset=offset, **changes), noise)


def alarm(found):
    """Whether any change was seen, of a row or of what rows share."""
    verdicts = {row.verdict for row in found.rows} | {one.verdict for one in found.shared}
    return verdicts != {"ok"}


def shared(found, name="all rows", measure="time"):
    """The verdict of a group."""
    return next(s.verdict for s in found.shared if (s.name, s.measure) == (name, measure))


def row(found, number):
    """The verdict of a row."""
    method = ROWS[number].cell.method
    return next(one.verdict for one in found.rows if one.name.endswith(f"/{method}"))
