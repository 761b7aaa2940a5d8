"""The command `inrbench run`: one cell, its record, and the command that runs it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inrbench.cli.options import (
    DeviceName,
    Machine,
    Name,
    OnDevice,
    Preset,
    Threads,
    results_for,
    threads_of,
)
from inrbench.io.printable import printable

if TYPE_CHECKING:
    from inrbench.cells.cell import Cell
    from inrbench.experiments.experiment import Experiment


def run(
    name: Name,
    cell: Annotated[str, typer.Option(help="<data set>/<method>/seed<k>")],
    preset: Preset = None,
    machine: Machine = None,
    device: OnDevice = DeviceName.auto,
    threads: Threads = None,
    log: Annotated[
        Path | None, typer.Option(help="Log, new or to write anew; default: beside the record")
    ] = None,
) -> None:
    """Run one cell in a process of its own and write its record."""
    from inrbench.cells import records
    from inrbench.experiments import files as experiments
    from inrbench.run.parent import LOG, run_cell

    loaded = experiments.load(name, preset)
    threads = threads_of(threads, loaded.threads)
    found = loaded.cell(cell)
    results = results_for(machine, device.value, repeats=True)
    target = records.folder(results, found)
    words = ["inrbench", "run", name, "--cell", found.id, "--preset", loaded.preset]
    words += [] if machine is None else ["--machine", machine]
    words += ["--device", device.value, "--threads", str(threads)]
    command = _environment(found, loaded) + shlex.join(words)
    record = run_cell(found, results, device.value, threads, command, log or target / LOG)
    reason = f": {record.reason}" if record.reason else ""
    print(printable(f"{found.id}: {record.status}{reason}"))


def _environment(cell: Cell, experiment: Experiment) -> str:
    """The variables that a cell's command needs, as a shell has them before it."""
    from inrbench.cells.names import unnamed
    from inrbench.experiments import files as experiments

    built_in = experiment.folder == experiments.SHIPPED
    needed = {
        experiments.VARIABLE: "" if built_in else str(experiment.folder),
        "INRBENCH_PLUGINS": unnamed(cell.spec, experiment.plugins),
    }
    return "".join(f"{key}={shlex.quote(value)} " for key, value in needed.items() if value)
