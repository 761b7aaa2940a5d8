"""The command `inrbench report`: a page to send to somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inrbench.cli.options import Machine, Preset, results_for


def report(
    name: Annotated[str, typer.Argument(help="Name of an experiment")] = "regression",
    preset: Preset = None,
    machine: Machine = None,
) -> None:
    """Write report.html, one file that stands alone, and report.md from an experiment's records.

    They say what it ran on and what works there, and what is slower, larger or worse than the
    kept reference of the same machine, or how it compares with the nearest one.
    """
    from inrbench.compare.report import write
    from inrbench.experiments import files as experiments

    reference = Path("results") / "reference"
    for path in write(experiments.load(name, preset), results_for(machine), reference):
        print(path)
