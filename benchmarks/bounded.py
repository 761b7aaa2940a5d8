"""What a machine lent for minutes can show: the GPU's tests, and as many cells as fit.

    python benchmarks/bounded.py --minutes 9 tests
    python benchmarks/bounded.py --minutes 9 cells quick najaf2026/paper

It needs neither Snakemake nor ASTRA (`diffct` projects on CUDA) and can be called again: cells
that have a record of the same parameters are passed over. `tests` prints what NVML says about its
own process.
`inrbench reference <experiment> --machine <label>` then keeps the records.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from inrbench.cells import records
from inrbench.cells.cell import Cell
from inrbench.experiments import files as experiment_files
from inrbench.meters import machine

# Seconds that a cell gets at least: below it, its start alone would not end in time.
LEAST = 30.0


def run_within(
    cells: Iterable[Cell],
    done: Callable[[Cell], bool],
    run: Callable[[Cell, float], bool],
    deadline: float,
    now: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Run cells in order until the deadline; returns how many were done, run, cut and left.

    Args:
        cells: what to run.
        done: whether a cell has its record already.
        run: runs a cell within so many seconds; False if they were not enough.
        deadline: on the clock `now`, in seconds.
    """
    count = {"done before": 0, "run": 0, "cut off": 0, "left": 0}
    for cell in cells:
        left = deadline - now()
        if done(cell):
            count["done before"] += 1
        elif left < LEAST:
            count["left"] += 1
        else:
            count["run" if run(cell, left) else "cut off"] += 1
    return count


def main() -> int:
    """The command line above; the exit status is pytest's for `tests`, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=9.0, help="for this call")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--machine", help="folder of the results; default: the device's name")
    parser.add_argument("what", choices=["tests", "cells"])
    parser.add_argument("experiments", nargs="*", help="name or name/preset")
    given = parser.parse_args()
    deadline = time.monotonic() + 60 * given.minutes
    if given.what == "tests":
        command = [sys.executable, "-m", "pytest", "-m", "gpu", "-s", "-q", "tests"]
        return subprocess.run(command, timeout=60 * given.minutes, check=False).returncode

    label = given.machine or machine.label(given.device)
    results = Path("results") / label
    for name in given.experiments:
        experiment = experiment_files.load(*name.split("/", 1))

        def done(cell: Cell) -> bool:
            return records.has_spec(records.folder(results, cell), cell.spec)

        def run(cell: Cell, seconds: float) -> bool:
            command = [sys.executable, "-m", "inrbench", "run", cell.experiment, "--cell", cell.id,
                       "--preset", cell.preset, "--device", given.device,
                       "--machine", label]  # fmt: skip
            try:
                subprocess.run(command, timeout=seconds, check=True)
            except subprocess.TimeoutExpired:
                return False
            return True

        count = run_within(experiment.cells(), done, run, deadline)
        print(f"{name}: " + ", ".join(f"{number} {what}" for what, number in count.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
