"""The commands on results: tables, figures, claims, pages, and what is kept of them."""

from __future__ import annotations

from typing import Annotated

import typer

from inrbench.cells import machine_label
from inrbench.cli.options import Machine, Name, Only, Preset, Target, results_for, results_of


def show(
    what: Annotated[
        str,
        typer.Argument(help="A record, a folder, an experiment, or the name of a kept reference"),
    ],
    preset: Preset = None,
    machine: Machine = None,
    only: Only = None,
) -> None:
    """Print a record for people, or an experiment's table and where its figures are."""
    from inrbench.cli import pages
    from inrbench.experiments.places import place_of

    print(pages.page(place_of(what, preset, machine), only))


def tables(
    name: Name,
    preset: Preset = None,
    machine: Machine = None,
    only: Only = None,
    target: Target = None,
) -> None:
    """Write the tables of an experiment, or of a part of it, from the records that there are."""
    from inrbench.cells import records
    from inrbench.experiments import files as experiments
    from inrbench.experiments import standing
    from inrbench.run import stale
    from inrbench.tables import write

    loaded = experiments.load(name, preset, only=only)
    try:
        there = standing.of(loaded, results_of(machine))
        target = target or there.made / "tables"
        write(there.found, target, there.title, loaded.note, loaded.paper,
              [family.name for family in loaded.methods], there.specs,
              (*there.missing, *there.outside))  # fmt: skip
    except records.Damaged as error:
        stale.forget(error.folder)
        raise
    print(target)


def figures(
    name: Name,
    preset: Preset = None,
    machine: Machine = None,
    only: Only = None,
    target: Target = None,
) -> None:
    """Draw the figures of an experiment, or of a part of it, from the records that there are."""
    from inrbench import figures
    from inrbench.experiments import files as experiments
    from inrbench.experiments import standing

    loaded = experiments.load(name, preset, only=only)
    there = standing.of(loaded, results_of(machine))
    target = target or there.made / "figures"
    loaded = there.experiment
    wanted = {key: loaded.figure(key) for key in loaded.figures}
    figures.draw(wanted, there.found, target, None if there.whole else there.title)
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

    reference = machine_label.RESULTS / machine_label.KEPT
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
    target = machine_label.RESULTS / machine_label.KEPT / results.name
    print(keep(experiments.load(name, preset), results, target, replace))
