"""The command `inrbench watch`: how far a workflow is, from a second terminal."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inrbench.cli.options import Machine, Only, Preset, results_of
from inrbench.io.printable import printable

if TYPE_CHECKING:
    from inrbench.experiments.experiment import Experiment
    from inrbench.run.watch import View

EVERY = 2.0
"""Seconds between two looks."""
SHOWN = 8
"""Running cells that a screen has, at most."""


def watch(
    what: Annotated[str, typer.Argument(help="An experiment, or its folder of results")],
    preset: Preset = None,
    machine: Machine = None,
    only: Only = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look once, as where there is no terminal")
    ] = False,
) -> None:
    """Say how far a workflow is: cells done, the cells that run, and the time left.

    It reads the folder of results alone, so it watches a workflow of any machine that the folder
    is shared with, and Ctrl-C ends nothing else.
    """
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from inrbench.run.watch import Watch

    experiment, results = _asked(what, preset, machine, only)
    watched = Watch(experiment.cells(), results)
    command = f"snakemake {experiment.name} --config preset={experiment.preset}"
    command += "" if machine is None else f" machine={machine}"
    command += "" if only is None else f" only={shlex.quote(only)}"

    def text() -> tuple[View, Text]:
        view = watched.look()
        lines = [f"{experiment.title} ({experiment.preset}), in {results}", *page(view, command)]
        return view, Text("\n".join(map(printable, lines)))

    view, first = text()
    console = Console()
    if once or not console.is_terminal:
        console.print(first, soft_wrap=True)
        return
    try:
        with Live(first, console=console, auto_refresh=False) as live:
            while view.done < view.total:
                time.sleep(EVERY)
                view, now = text()
                live.update(now, refresh=True)
    except KeyboardInterrupt:
        print("The workflow goes on; Ctrl-C in its own terminal stops it.")


def page(view: View, command: str) -> list[str]:
    """The lines of a view.

    Args:
        view: see `run.watch`.
        command: that makes the cells to come.
    """
    from inrbench.io.duration import duration
    from inrbench.run.watch import QUIET

    failed = ", ".join(f"{number} {status}" for status, number in view.statuses.items()
                       if status != "ok")  # fmt: skip
    line = f"{view.done} of {view.total} cells done" + (f" ({failed})" if failed else "")
    if view.done == view.total:
        return [line]
    if view.left is not None:
        line += (
            f", some {duration(view.left)} left by the seconds of {', '.join(view.sources)}, "
            "without the start of each"
        )
    lines = [line]
    for one in view.running[:SHOWN]:
        lines.append(f"  {one.step}" if one.step is not None else f"  {one.cell}: starts")
        if one.quiet > QUIET:
            lines[-1] += f"; no word for {duration(one.quiet)}"
    if len(view.running) > SHOWN:
        lines.append(f"  and {len(view.running) - SHOWN} more")
    if not view.running:
        lines.append(f"No cell runs at the moment; `{command}` goes on where it was.")
    return lines


def _asked(
    what: str, preset: str | None, machine: str | None, only: str | None
) -> tuple[Experiment, Path]:
    """The experiment and the machine's folder of results; a folder's name has its preset."""
    from inrbench.experiments import files as experiments

    folder = Path(what)
    if what not in experiments.available() and folder.is_dir():
        name, _, of_folder = folder.resolve().name.rpartition("-")
        return experiments.load(name, of_folder, only=only), folder.parent
    return experiments.load(what, preset, only=only), results_of(machine)
