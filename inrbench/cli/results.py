"""The commands on results: tables, figures, claims, pages, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inrbench.cells import machine_label
from inrbench.cli.options import Machine, Name, Preset, Target, results_for, results_of


def show(
    what: Annotated[
        str, typer.Argument(help="A record, its folder, an experiment's folder or name")
    ],
    preset: Preset = None,
    machine: Machine = None,
) -> None:
    """Print a record for people, or an experiment's table and where its figures are."""
    from inrbench.cli import pages
    from inrbench.experiments import files as experiments

    path = Path(what)
    if not path.exists() and what in experiments.available():
        path = results_of(machine) / f"{what}-{experiments.load(what, preset).preset}"
    print(pages.page(path))


def tables(
    name: Name, preset: Preset = None, machine: Machine = None, target: Target = None
) -> None:
    """Write the tables of an experiment from its records."""
    from inrbench.cells import records, result
    from inrbench.experiments import files as experiments
    from inrbench.run import stale
    from inrbench.tables import write

    loaded = experiments.load(name, preset)
    results = results_of(machine)
    place = results / f"{name}-{loaded.preset}"
    target = target or machine_label.made_in(place) / "tables"
    methods = [family.name for family in loaded.methods]
    title = f"{loaded.title} ({loaded.preset})"
    specs = [cell.spec for cell in loaded.cells()]
    try:
        found = result.of_experiment(results, loaded)
        write(found, target, title, loaded.note, loaded.paper, methods, specs)
    except records.Damaged as error:
        stale.forget(error.folder)
        raise
    print(target)


def figures(
    name: Name, preset: Preset = None, machine: Machine = None, target: Target = None
) -> None:
    """Draw the figures of an experiment from its records."""
    from inrbench import figures
    from inrbench.cells import result
    from inrbench.experiments import files as experiments

    loaded = experiments.load(name, preset)
    results = results_of(machine)
    place = results / f"{name}-{loaded.preset}"
    target = target or machine_label.made_in(place) / "figures"
    wanted = {key: loaded.figure(key) for key in loaded.figures}
    figures.draw(wanted, result.of_experiment(results, loaded), target)
    print(target)


def claims(
    what: Annotated[
        str | None,
        typer.Argument(
            help="An experiment's name or folder of results; default: all with a paper"
        ),
    ] = None,
    preset: Preset = None,
    machine: Machine = None,
) -> None:
    """Say which claims of the papers the records bear out, and by which figures."""
    from inrbench import papers
    from inrbench.papers import evidence
    from inrbench.tables import claims_page
    from inrbench.tables.terminal import show

    for name, read in evidence.gather(what, preset, lambda: results_of(machine)).items():
        paper = papers.load(name)
        show(claims_page(read.verdicts(paper), paper, read))


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


def reference(
    name: Name,
    preset: Preset = None,
    machine: Machine = None,
    replace: Annotated[bool, typer.Option(help="Replace what is there already")] = False,
) -> None:
    """Keep an experiment's results in a compact form under results/reference/<machine>."""
    from inrbench.compare.reference import keep
    from inrbench.experiments import files as experiments

    results = results_for(machine)
    target = Path("results") / "reference" / results.name
    print(keep(experiments.load(name, preset), results, target, replace))
