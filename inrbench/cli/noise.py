"""The command `inrbench noise`: how far runs of the same code on this machine lie apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inrbench.cells import machine_label
from inrbench.cli.options import (
    DeviceName,
    Machine,
    OnDevice,
    Preset,
    Threads,
    results_for,
    threads_of,
)


def noise(
    name: Annotated[str, typer.Argument(help="Name of an experiment")] = "regression",
    preset: Preset = None,
    repeats: Annotated[int, typer.Option(min=2, help="Runs of each cell and seed")] = 3,
    machine: Machine = None,
    device: OnDevice = DeviceName.auto,
    threads: Threads = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Also put it under results/reference/<machine>")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="With --keep: in the place of what is there already")
    ] = False,
) -> None:
    """Measure what runs of the same code differ by, which `inrbench compare` takes as the least
    effect.

    Every cell runs several times, in whole rounds, below results/<machine>/noise. Leave the
    machine alone meanwhile. Called again, a campaign that was stopped goes on where it was.
    """
    import inrbench
    from inrbench.compare.code_state import ask
    from inrbench.compare.noise import FILE, estimate
    from inrbench.compare.noise_page import noise_page
    from inrbench.compare.repeats import Side, run
    from inrbench.datasets.folder import data_folder
    from inrbench.tables.terminal import show

    machine = results_for(machine, device.value).name
    measured, kept = (
        machine_label.RESULTS / place / FILE for place in (machine, f"reference/{machine}")
    )
    if keep and kept.exists() and not replace:  # said before the hour that it takes
        raise FileExistsError(f"{kept} is there already: use --replace to put this in its place")
    state = ask("this code", Path(inrbench.__file__).parents[1], name, preset)
    side = Side(state, f"{machine}/noise", data_folder().resolve())
    cells = list(state.cells)
    run([side], cells, repeats, device.value, threads_of(threads, state.threads))
    runs = side.runs(cells, repeats)
    found = estimate(runs.runs)
    found.write(measured, replace=True)
    show(noise_page(found, f"{name}-{state.preset} on {machine}", runs.records))
    print(measured)
    if keep:
        found.write(kept, replace)
        print(kept)
