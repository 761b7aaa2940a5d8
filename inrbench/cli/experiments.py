"""The commands on experiments: which there are, what they run, whether they can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from inrbench.cli.options import DeviceName, Machine, Name, Only, Preset, results_of
from inrbench.io.printable import printable


def list_experiments() -> None:
    """List the experiments with their presets and number of cells."""
    from inrbench.experiments import files as experiments
    from inrbench.experiments.search import Unchosen

    for name in experiments.available():
        try:
            loaded = [experiments.load(name, preset) for preset in experiments.presets(name)]
        except (ValueError, OSError) as error:
            why = "not yet" if isinstance(error, Unchosen) else "cannot be used"
            print(printable(f"{name:12} {why}: {error}"))
            continue
        shown = ", ".join(f"{each.preset} ({len(each.cells())} cells)" for each in loaded)
        print(printable(f"{name:12} {loaded[0].title}"))
        print(f"{'':12} presets: {shown}")
    print(
        "\nRun one with `snakemake <experiment>`; choose a preset with `--config preset=<preset>`."
    )
    if not Path("Snakefile").exists():
        print("Here is no Snakefile: `inrbench init <folder>` makes a folder to run them in.")


def parts() -> None:
    """List what an experiment can name, with its label in tables and where it was published."""
    from inrbench import registry

    for row in registry.rows():
        print(f"{row.kind:12} {row.name:24} {row.label:28} {row.paper}".rstrip())


def cells(
    name: Name,
    preset: Preset = None,
    only: Only = None,
    as_json: Annotated[bool, typer.Option("--json", help="Specs and digests as well")] = False,
) -> None:
    """List an experiment's cells.

    With --json: package (where this code lies), records (the schema version of what it writes),
    preset, threads, and for each cell its id, dataset, spec, code and data_code, the digests of
    the code behind its record and behind its data.
    """
    from inrbench.experiments import files as experiments

    loaded = experiments.load(name, preset, only=only)
    if not as_json:
        print("\n".join(cell.id for cell in loaded.cells()))
        return
    from inrbench.cells import record
    from inrbench.registry import modules
    from inrbench.run import sources

    print(json.dumps({
        "package": str(modules.PACKAGE),
        "records": record.SCHEMA,
        "preset": loaded.preset,
        "threads": loaded.threads,
        "cells": [
            {"id": cell.id, "dataset": cell.dataset, "spec": cell.spec,
             "code": sources.digest_of_cell(cell.spec),
             "data_code": sources.digest_of_part("dataset", cell.spec["dataset"]["name"])}
            for cell in loaded.cells()
        ],
    }))  # fmt: skip


def validate(
    name: Name,
    preset: Preset = None,
    device: Annotated[
        DeviceName | None, typer.Option(help="Also check that it and a projector for it are here")
    ] = None,
    only: Only = None,
) -> None:
    """Check every parameter of an experiment by building its methods once, without data."""
    from inrbench.experiments import files as experiments
    from inrbench.run.validate import validate as check

    count = check(
        experiments.load(name, preset, only=only), None if device is None else device.value
    )
    print(f"{name}: the parameters of {count} cells are valid")


def choose(name: Name, preset: Preset = None, machine: Machine = None) -> None:
    """Write the values that a search (such as `tune`) chose, for other experiments to read."""
    from inrbench.cells import result
    from inrbench.experiments import files as experiments
    from inrbench.experiments import search

    loaded = experiments.load(name, preset)
    found = result.of_experiment(results_of(machine), loaded)
    chosen = search.choose(loaded, [one.record for one in found])
    for choice in chosen.choices:
        edge = ", at the edge of what was tried" if choice.at_edge else ""
        print(printable(f"{search.named(choice.group)}: {choice.parameters}{edge}"))
    print(search.write(chosen, loaded.folder))
