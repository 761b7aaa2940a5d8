"""The command line: what the workflow's rules call, and what a person pastes from a record."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from inrbench import __version__
from inrbench.cli import experiments, results
from inrbench.cli.compare import compare
from inrbench.cli.data import data
from inrbench.cli.doctor import doctor
from inrbench.cli.init import init
from inrbench.cli.noise import noise
from inrbench.cli.plan import plan
from inrbench.cli.plugins import check, new
from inrbench.cli.run import run
from inrbench.cli.scan import scan
from inrbench.cli.watch import watch
from inrbench.io.printable import printable

app = typer.Typer(
    help="Benchmark implicit neural representations in CT reconstruction.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
GROUPS = {
    "Experiments": (experiments.cells, experiments.parts, experiments.validate, run, watch,
                    plan, experiments.choose),
    "Results": (results.show, results.tables, results.figures, results.claims, results.report),
    "Comparison": (compare, noise, results.reference),
    "Your own parts": (new, check),
    "This machine": (init, doctor),
}  # fmt: skip
app.command("list", rich_help_panel="Experiments")(experiments.list_experiments)
for group, commands in GROUPS.items():
    for command in commands:
        app.command(rich_help_panel=group)(command)
app.add_typer(scan, name="scan", rich_help_panel="Your own parts")
app.add_typer(data, name="data", rich_help_panel="This machine")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"inrbench {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point: errors that a user can mend are one sentence and exit code 1."""
    if sys.stdout is None:  # closed by the caller, `>&-`
        sys.stdout = io.StringIO()
    try:
        app()
    except (ValueError, OSError) as error:
        print(f"error: {printable(error)}", file=sys.stderr)
        sys.exit(1)
