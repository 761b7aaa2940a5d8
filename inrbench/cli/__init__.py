"""The command line: what the workflow's rules call, and what a person pastes from a record."""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inrbench.cli.cells import cells
from inrbench.cli.compare import compare
from inrbench.cli.data import data
from inrbench.cli.doctor import doctor
from inrbench.cli.noise import noise
from inrbench.cli.options import (
    Device,
    Machine,
    Name,
    OnDevice,
    Preset,
    Threads,
    results_for,
    results_of,
    threads_of,
)
from inrbench.cli.plan import plan
from inrbench.cli.plugins import check, new
from inrbench.cli.report import report
from inrbench.cli.scan import scan
from inrbench.io.printable import printable

if TYPE_CHECKING:
    from inrbench.cells.cell import Cell

app = typer.Typer(
    help="Benchmark implicit neural representations in CT reconstruction.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data, name="data")
app.add_typer(scan, name="scan")
for command in (doctor, cells, plan, noise, compare, report, check, new):
    app.command()(command)


def main() -> None:
    """Entry point: errors that a user can mend are one sentence and exit code 1."""
    if sys.stdout is None:  # closed by the caller, `>&-`
        sys.stdout = io.StringIO()
    try:
        app()
    except (ValueError, OSError) as error:
        print(f"error: {printable(error)}", file=sys.stderr)
        sys.exit(1)


@app.command("list")
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


@app.command()
def parts() -> None:
    """List what an experiment can name, with its label in tables and where it was published."""
    from inrbench import registry

    for row in registry.rows():
        print(f"{row.kind:10} {row.name:24} {row.label:28} {row.paper}".rstrip())


@app.command()
def run(
    name: Name,
    cell: Annotated[str, typer.Option(help="<data set>/<method>/seed<k>")],
    preset: Preset = None,
    machine: Machine = None,
    device: OnDevice = Device.auto,
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
    command = _environment(found, loaded.plugins) + shlex.join(words)
    record = run_cell(found, results, device.value, threads, command, log or target / LOG)
    reason = f": {record.reason}" if record.reason else ""
    print(printable(f"{found.id}: {record.status}{reason}"))


def _environment(cell: Cell, named: list[str]) -> str:
    """The variables that a cell's command needs, as a shell has them before it."""
    from inrbench.cells.names import unnamed
    from inrbench.experiments import files as experiments

    elsewhere = experiments.FOLDER != experiments.SHIPPED
    needed = {
        "INRBENCH_EXPERIMENTS": str(experiments.FOLDER.resolve()) if elsewhere else "",
        "INRBENCH_PLUGINS": unnamed(cell.spec, named),
    }
    return "".join(f"{key}={shlex.quote(value)} " for key, value in needed.items() if value)


@app.command()
def validate(
    name: Name,
    preset: Preset = None,
    device: Annotated[
        Device | None, typer.Option(help="Also check that it and a projector for it are here")
    ] = None,
) -> None:
    """Check every parameter of an experiment by building its methods once, without data."""
    from inrbench.experiments import files as experiments
    from inrbench.run.validate import validate as check

    count = check(experiments.load(name, preset), None if device is None else device.value)
    print(f"{name}: the parameters of {count} cells are valid")


@app.command()
def tables(name: Name, preset: Preset = None, machine: Machine = None) -> None:
    """Write the tables of an experiment from its records."""
    from inrbench.cells import records
    from inrbench.experiments import files as experiments
    from inrbench.run import stale
    from inrbench.tables import write

    loaded = experiments.load(name, preset)
    results = results_for(machine)
    folders = [records.folder(results, cell) for cell in loaded.cells()]
    target = results / f"{name}-{loaded.preset}" / "tables"
    methods = [family.name for family in loaded.methods]
    title = f"{loaded.title} ({loaded.preset})"
    specs = [cell.spec for cell in loaded.cells()]
    try:
        write(folders, target, title, loaded.note, loaded.paper, methods, specs)
    except records.Damaged as error:
        stale.forget(error.folder)
        raise


@app.command()
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


@app.command()
def figures(name: Name, preset: Preset = None, machine: Machine = None) -> None:
    """Draw the figures of an experiment from its records."""
    from inrbench import figures
    from inrbench.cells import records
    from inrbench.experiments import files as experiments

    loaded = experiments.load(name, preset)
    results = results_for(machine)
    folders = [records.folder(results, cell) for cell in loaded.cells()]
    target = results / f"{name}-{loaded.preset}" / "figures"
    figures.draw({key: loaded.figure(key) for key in loaded.figures}, folders, target)


@app.command()
def choose(name: Name, preset: Preset = None, machine: Machine = None) -> None:
    """Write the values that a search (such as `tune`) chose, for other experiments to read."""
    from inrbench.cells import records
    from inrbench.experiments import files as experiments
    from inrbench.experiments import search

    loaded = experiments.load(name, preset)
    results = results_of(machine)
    chosen = search.choose(
        loaded, [records.read(records.folder(results, cell)) for cell in loaded.cells()]
    )
    for choice in chosen.choices:
        edge = ", at the edge of what was tried" if choice.at_edge else ""
        print(printable(f"{search.named(choice.group)}: {choice.parameters}{edge}"))
    print(search.write(chosen, experiments.FOLDER))


@app.command()
def reference(
    name: Name,
    preset: Preset = None,
    machine: Machine = None,
    replace: Annotated[bool, typer.Option(help="Replace what is there already")] = False,
) -> None:
    """Keep an experiment's records, tables and figures under results/reference/<machine>."""
    from inrbench.experiments import files as experiments
    from inrbench.experiments.reference import keep

    results = results_for(machine)
    target = Path("results") / "reference" / results.name
    print(keep(experiments.load(name, preset), results, target, replace))


@app.command()
def complete(
    folder: Annotated[Path, typer.Argument(help="Results, of any number of machines")],
    repository: Annotated[
        Path, typer.Option(help="A clone whose history has the revisions that made them")
    ] = Path(),
) -> None:
    """Fill in the defaults that older records do not hold, each from the revision that made it."""
    from inrbench.cells.completion import complete_below

    done, left = complete_below(folder, repository)
    print(f"{folder}: {done} records completed")
    for sentence in left:
        print(f"error: {printable(sentence)}", file=sys.stderr)
    if left:
        raise typer.Exit(1)


@app.command()
def show(
    what: Annotated[
        str, typer.Argument(help="A record, its folder, an experiment's folder or name")
    ],
    preset: Preset = None,
    machine: Machine = None,
) -> None:
    """Print a record for people, or an experiment's table and the paths of its figures."""
    from inrbench.cli import pages
    from inrbench.experiments import files as experiments

    path = Path(what)
    if not path.exists() and what in experiments.available():
        path = results_of(machine) / f"{what}-{experiments.load(what, preset).preset}"
    print(pages.page(path))
