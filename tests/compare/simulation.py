"""Calls of `compare` that cost no runs: rows whose numbers follow the noise of a machine.

The numbers go through `judge`, as those that `compare` reads from records do.
"""

import math

import numpy as np

from inrbench.compare.floor import Machine, of_groups
from inrbench.compare.judge import RUNS, judge
from inrbench.compare.noise import MeasureNoise, Noise, scale
from inrbench.compare.together import groups, members
from inrbench.compare.verdict import Entry

ROWS = 26
OUTLIERS = 0.05
SLOWER = math.log(1.2)
SEEDS = 0.1
"""Scale of an MSE's logarithm from seed to seed."""


def run_times(scales, runs, generator):
    """Logarithms with shape (rows, runs): normal, and one in twenty 20 % slower on average."""
    normal = scales[:, None] * generator.standard_normal((len(scales), runs))
    slow = generator.random(normal.shape) < OUTLIERS
    return normal + slow * generator.exponential(SLOWER, normal.shape)


def synthetic(rows=ROWS, runs=10, spread=0.1, seed=0):
    """(noise, scales of its rows): times scatter by 2 %, more or less by `spread` from row to
    row; what counts bytes repeats."""
    generator = np.random.default_rng(seed)
    scales = 0.02 * np.exp(spread * generator.standard_normal(rows))
    logs = run_times(scales, runs, generator)
    logs -= np.median(logs, axis=1, keepdims=True)
    names = [f"row {k}" for k in range(rows)]
    times = {name: {"0": one.tolist()} for name, one in zip(names, logs, strict=True)}
    still = {name: {"0": [0.0] * runs} for name in names}
    measures = {
        "time": MeasureNoise(same_seed=scale([*logs]), seeds=None, rows=times),
        "tensor_peak": MeasureNoise(same_seed=0.0, seeds=None, rows=still),
    }
    return Noise(key={}, created="", revision=None, runs=rows * runs, measures=measures), scales


class Calls:
    """Calls in which nothing has changed, and calls with a change put in.

    Args:
        noise: that the verdicts rest on; None for none.
        scales: of the rows' times.
        runs: on each side.
        busy: how many times their noise BASE and NEW have.
        rounding: how far apart the two MSEs of a seed are where nothing but the rounding changed,
            as a share of what seeds are.
        clock: the measure of time.
    """

    def __init__(self, noise, scales, runs=6, busy=(1, 1), rounding=0.3, clock="time"):
        self.machine, self.scales = Machine(noise), np.asarray(scales)
        self.runs, self.busy, self.rounding, self.clock = runs, busy, rounding, clock
        self.shape, self.names = None, [f"row {k}" for k in range(len(self.scales))]

    @classmethod
    def of(cls, noise, **more):
        """Calls whose times follow a measured noise: scales of its rows, shape of its law.

        Where it has fewer than `ROWS` rows, its first ones stand for others like them.
        """
        clock = next(name for name in ("pace", "time") if name in noise.measures)
        noise = _with_rows(noise, clock)
        floor = of_groups(Machine(noise).groups(clock, False))
        names = list(noise.measures[clock].rows)
        calls = cls(noise, [floor.scale[name] for name in names], clock=clock, **more)
        calls.shape, calls.names = floor.shape, names
        return calls

    @property
    def rows(self):
        return len(self.scales)

    def call(self, seed, measures=None, **changes):
        """Verdicts of one call: of rows by (measure, number of the row), of what rows share by
        (measure, name of the group).

        Args:
            seed: of its numbers.
            measures: that every row has; default: its time, live tensor bytes and MSE.
            changes: measure -> (number of a row or several, or None for all; the change as a
                logarithm).
        """
        generator = np.random.default_rng((2, seed))
        entries, where = [], []
        for measure in measures or (self.clock, "tensor_peak", "mse"):
            row, size = changes.get(measure, (None, 0.0))
            base, new = self._numbers(measure, generator)
            new[slice(None) if row is None else row] += size
            for k, sides in enumerate(zip(base, new, strict=True)):
                logs = ({s: [float(v)] for s, v in enumerate(side)} for side in sides)
                entries.append(Entry(self.names[k], measure, *logs))
                where.append((measure, k))
        return self._verdicts(entries, where)

    def _verdicts(self, entries, where):
        shared = groups(entries, dict(zip(self.names, self.labels, strict=True)), RUNS)
        found = judge([*entries, *shared], self.machine)
        keys = [*where, *((entry.measure, entry.row) for entry in shared)]
        return dict(zip(keys, [change.verdict for change in found], strict=True))

    @property
    def labels(self):
        """Of each row: those of its method's name, or of a network in three."""
        return [_labels(name, k) for k, name in enumerate(self.names)]

    @property
    def groups(self):
        """Numbers of the rows of each group, by its name."""
        found = members(self.names, dict(zip(self.names, self.labels, strict=True)))
        return {name: [self.names.index(row) for row in rows] for name, rows in found.items()}

    def finds(self, group, change, number):
        """In how many calls a change that a group's rows share is found in the group itself."""
        rows = self.groups[group]
        name = group if self.clock == "pace" else f"{group}, in seconds"
        return sum(
            self.call(seed, (self.clock,), **{self.clock: (rows, change)})[self.clock, name]
            == "slower"
            for seed in range(number)
        )

    def _numbers(self, measure, generator):
        shape = (self.rows, self.runs)
        if measure == "tensor_peak":
            return np.full(shape, math.log(5e7)), np.full(shape, math.log(5e7))
        if measure == "mse":
            base, other = SEEDS * generator.standard_normal((2, *shape))
            return base, math.sqrt(1 - self.rounding**2) * base + self.rounding * other
        return [times * self._times(generator) for times in self.busy]

    def _times(self, generator):
        if self.shape is None:
            return run_times(self.scales, self.runs, generator)
        return self.scales[:, None] * generator.choice(self.shape, (self.rows, self.runs))


def dealt(noise, seed, runs=6, measures=("pace", "rss_peak", "tensor_peak")):
    """Verdicts of a call of real A/A runs: whole sweeps over the rows, dealt to both sides.

    What the rows of a sweep have in common, as they ran in the same minutes, is kept.
    """
    deal = np.random.default_rng((3, seed))
    rows = noise.measures[measures[0]].rows
    first = next(iter(rows.values()))
    sweeps = [(s, k) for s, mine in first.items() for k in range(len(mine))]
    chosen = [sweeps[k] for k in deal.permutation(len(sweeps))[: 2 * runs]]
    calls = Calls(noise, [1.0] * len(rows))
    calls.names = list(rows)
    entries, where = [], []
    for measure in measures:
        for row, name in enumerate(calls.names):
            logs = [noise.measures[measure].rows[name][s][k] for s, k in chosen]
            halves = logs[:runs], logs[runs:]
            entries.append(
                Entry(name, measure, *({k: [v] for k, v in enumerate(half)} for half in halves))
            )
            where.append((measure, row))
    return calls._verdicts(entries, where)


def _labels(name, number):
    """Of "<...>/inr-<network>-<objective>-<gradient>", or of a row without a method."""
    if "/" not in name:
        return {"network": f"network {number % 3}"}
    parts = name.rsplit("/", 1)[1].removesuffix(" again").split("-")
    axes = ("method", "network", "objective", "gradient")
    return dict(zip(axes if len(parts) == 4 else axes[:1], parts, strict=False))


def _with_rows(noise, clock):
    """With `ROWS` rows or more, the first ones repeated under other names."""
    rows = dict(noise.measures[clock].rows)
    for name in list(rows)[: ROWS - len(rows)] if len(rows) < ROWS else []:
        rows[f"{name} again"] = rows[name]
    more = {clock: noise.measures[clock].model_copy(update={"rows": rows})}
    return noise.model_copy(update={"measures": noise.measures | more})


def alarms(verdicts):
    """Whether any change was seen, of a row or of what rows share."""
    return any(verdict != "ok" for verdict in verdicts.values())
