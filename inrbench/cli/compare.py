"""The command `inrbench compare`: is anything slower, larger or worse than before?"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inrbench.cli.options import DeviceName, Machine, OnDevice, Preset, Threads, results_for
from inrbench.io.printable import printable

if TYPE_CHECKING:
    from inrbench.compare import Runs
    from inrbench.tables.page import Page

ON_SCREEN = 40
"""Rows; those with the gravest verdicts come first."""


def compare(
    base: Annotated[
        str,
        typer.Argument(help="A folder or record, an experiment, or the name of a kept reference"),
    ],
    new: Annotated[
        str | None, typer.Argument(help="What is compared with it; none with --rows and --with")
    ] = None,
    experiment: Annotated[
        str | None, typer.Argument(help="With --ab: which cells to run; default: regression")
    ] = None,
    ab: Annotated[
        bool,
        typer.Option("--ab", help="BASE and NEW are revisions (WORKTREE: the files as they are)"),
    ] = False,
    rows: Annotated[
        list[str] | None,
        typer.Option(help="Of two methods: a part (network=SIREN) or a method; may repeat"),
    ] = None,
    other: Annotated[
        list[str] | None, typer.Option("--with", help="What stands beside --rows; may repeat")
    ] = None,
    aa: Annotated[
        Path | None,
        typer.Option("--noise", help="From A/A runs; default: the noise.json of this machine"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--target", help="Iterations and seconds to this MSE, or to base's own end"),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write the table as Markdown, all rows")
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write all numbers; inrbench/compare/page.py says how"),
    ] = None,
    preset: Preset = None,
    machine: Machine = None,
    repeats: Annotated[
        int | None, typer.Option(min=1, help="With --ab: rounds; default: enough for six pairs")
    ] = None,
    device: OnDevice = DeviceName.auto,
    threads: Threads = None,
) -> None:
    """Say of each cell whether NEW is slower, larger or worse than BASE.

    Of an experiment's name, --preset and --machine say which results are meant. With --ab, BASE
    and NEW are two revisions of the code, run in turns on this machine; the options from --repeats
    on are for that. With --rows and --with, two methods of one result stand
    beside each other: compare RESULT --rows gradient=autograd --with "gradient=JVP 10 %".

    Exit code: 0 nothing is, 1 something is, 2 a record cannot be read (or there is none), 3 some
    are not comparable, 4 some have too few runs or are missing in NEW; the first that applies.
    """
    try:
        from inrbench.compare import compare as compare_runs
        from inrbench.compare import methods, methods_page, noise, page, runs, target
        from inrbench.compare.comparable import machine_of

        if markdown is not None and markdown == json_file:
            raise ValueError(f"--markdown and --json both name {markdown}: give each its own file")
        if not ab and (experiment or repeats or threads or device != "auto"):
            raise ValueError("an experiment, and what it is run with, are for --ab alone")
        if bool(rows) != bool(other) or (new is None) != bool(rows) or (ab and rows):
            raise ValueError(
                "NEW is missing: compare BASE NEW, or compare RESULT --rows A --with B"
            )
        if rows and other:
            found = methods.beside(runs.read(base, preset, machine), rows, other)
            shown = [methods_page.methods_page(found)]
            code = _write(2 if found.unread else 0, lambda most: shown,
                          lambda: methods_page.as_json(found), markdown, json_file)  # fmt: skip
        else:
            goal = None if until is None else target.parse(until)
            sides = (
                _in_turns(base, new, experiment or "regression", preset, repeats,
                          results_for(machine, device.value).name, device.value, threads)
                if ab
                else tuple(runs.read(source, preset, machine) for source in (base, new))
            )  # fmt: skip
            top, key = sides[0].runs[0].place.resolve(), machine_of(sides[0].records)
            known = noise.find(top, key) if aa is None else noise.read(aa)
            result = compare_runs(*sides, known, paired=ab)
            reached = None if goal is None else target.reach(result, *sides, goal)
            code = _write(result.exit_code, lambda most: page.pages(result, reached, most),
                          lambda: page.as_json(result, reached), markdown, json_file)  # fmt: skip
            _quietly(lambda: print(printable(page.heading(result))))
    except (ValueError, OSError) as error:
        print(f"error: {printable(error)}", file=sys.stderr)
        code = 2
    except Exception:  # an error of ours: Python would end with 1, as a regression does
        traceback.print_exc()
        code = 2
    raise typer.Exit(code)


def _in_turns(*campaign: Any) -> tuple[Runs, Runs]:
    """The runs of two revisions, made now; where a signal ends it, no worktree stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    from inrbench.compare.side_by_side import run_side_by_side

    return run_side_by_side(*campaign)


def _write(
    code: int,
    pages: Callable[[int | None], list[Page]],
    as_json: Callable[[], dict],
    markdown: Path | None,
    json_file: Path | None,
) -> int:
    """Write the files that were asked for, then show the pages; gives the exit code."""
    from inrbench.compare.comparison import REGRESSION, UNREADABLE
    from inrbench.io.whole_file import whole
    from inrbench.tables import to_markdown
    from inrbench.tables.terminal import show

    texts = {
        markdown: lambda: "\n".join(map(to_markdown, pages(None))),
        json_file: lambda: json.dumps(as_json(), indent=1) + "\n",
    }
    for file, text in texts.items():  # first: whoever reads the screen may stop reading
        if file is not None:
            try:
                with whole(file) as partial:
                    partial.write_text(text(), encoding="utf-8")
            except OSError as error:
                print(f"error: {printable(error)}", file=sys.stderr)
                code = code if code == REGRESSION else UNREADABLE
    _quietly(lambda: [show(page) for page in pages(ON_SCREEN)])
    return code


def _quietly(printing: Callable[[], object]) -> None:
    """`| head`, where rich asks to exit with 1: the verdict is the exit code all the same."""
    try:
        printing()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
