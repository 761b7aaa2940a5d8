"""Calls of `compare` that cost no runs: rows whose numbers follow the noise of a machine.

The arrays go through `judge`, as those that `compare` reads from records do.
"""

import math

import numpy as np

from inrbench.compare.floor import Machine
from inrbench.compare.judge import judge
from inrbench.compare.noise import MeasureNoise, Noise, scale
from inrbench.compare.verdict import Entry

OUTLIERS = 0.05
SLOWER = math.log(1.2)


def run_times(scales, runs, generator):
    """Logarithms of times with shape (rows, runs): normal, and one in twenty 20 % slower."""
    noise = scales[:, None] * generator.standard_normal((len(scales), runs))
    slow = generator.random(noise.shape) < OUTLIERS
    return noise + slow * generator.exponential(SLOWER, noise.shape)


def synthetic(rows=26, runs=10, spread=0.3, seed=0):
    """A machine's noise: times scatter by some 2 %, resident memory by some 0.5 %, an MSE by 10 %
    from seed to seed and not at all from run to run. Also the scales of its rows, by measure."""
    generator = np.random.default_rng(seed)
    scales = {
        name: middle * np.exp(spread * generator.standard_normal(rows))
        for name, middle in (("time", 0.02), ("rss_peak", 0.005), ("mse", 0.1))
    }
    measures = {}
    for name in ("time", "rss_peak"):
        logs = run_times(scales[name], runs, generator)
        logs -= np.median(logs, axis=1, keepdims=True)
        by_row = {f"row {k}": {"0": one.tolist()} for k, one in enumerate(logs)}
        measures[name] = MeasureNoise(same_seed=scale([*logs]), seeds=None, rows=by_row)
    bytes_ = {f"row {k}": {"0": [0.0] * runs} for k in range(rows)}
    measures["tensor_peak"] = MeasureNoise(same_seed=0.0, seeds=None, rows=bytes_)
    noise = Noise(key={}, created="", revision=None, runs=rows * runs, measures=measures)
    return noise, scales


def of_noise(noise):
    """Scales of the rows of a measured noise, by measure, as `synthetic` gives them."""
    return {
        name: np.array([scale([one]) for row in found.rows if len(one := found.runs(row)) > 1])
        for name, found in noise.measures.items()
    }


class Calls:
    """A/A calls, and calls with a change put in.

    Args:
        noise: that the calls rest on; None for none.
        scales: of the rows, by measure; in addition "mse" from seed to seed.
        runs: on each side.
        rounding: by how much the MSEs of a seed differ where nothing but the rounding changed, as
            a share of what seeds differ by.
        measured: whether times are drawn from the noise itself, and not from `run_times`.
    """

    def __init__(self, noise, scales, runs=6, rounding=0.3, measured=False):
        self.machine, self.noise = Machine(noise), noise
        self.scales, self.runs, self.rounding = scales, runs, rounding
        self.measured = measured

    def call(self, seed, measures=("time", "tensor_peak", "mse"), **changes):
        """Verdicts by (measure, row) of one call.

        Args:
            seed: of its numbers.
            measures: that every row has.
            changes: measure -> (row, or None for all; the change as a logarithm).
        """
        generator = np.random.default_rng((2, seed))
        entries = []
        for measure in measures:
            row, size = changes.get(measure, (None, 0.0))
            base, new = self._numbers(measure, generator)
            if row is None:
                new = new + size
            else:
                new[row] += size
            for k, (old, now) in enumerate(zip(base, new, strict=True)):
                sides = ({s: [float(v)] for s, v in enumerate(side)} for side in (old, now))
                entries.append(Entry(f"row {k}", measure, *sides))
        found = judge(entries, self.machine)
        return {
            (e.measure, int(e.row[4:])): c.verdict for e, c in zip(entries, found, strict=True)
        }

    def _numbers(self, measure, generator):
        if measure == "tensor_peak":
            flat = np.full((len(self.scales["time"]), self.runs), math.log(5e7))
            return flat, flat.copy()
        scales = self.scales[measure]
        if measure == "mse":
            spread = scales[:, None]
            shape = (len(scales), self.runs)
            base = spread * generator.standard_normal(shape)
            other = spread * generator.standard_normal(shape)
            share = self.rounding
            return base, math.sqrt(1 - share**2) * base + share * other
        if self.measured:
            return tuple(self._measured(measure, generator) for _ in range(2))
        return tuple(run_times(scales, self.runs, generator) for _ in range(2))

    def _measured(self, measure, generator):
        noise = self.noise.measures[measure]
        rows = [noise.runs(row) for row in noise.rows if len(noise.runs(row)) > 1]
        return np.stack([generator.choice(row, self.runs) for row in rows])


def alarms(verdicts):
    """Whether anything but `ok` was said."""
    return any(verdict != "ok" for verdict in verdicts.values())
