"""The command `inrbench compare`: is anything slower, larger or worse than before?"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inrbench.cli.options import Device, Machine, OnDevice, Preset, Threads, results_for
from inrbench.io.printable import printable

if TYPE_CHECKING:
    from inrbench.compare import Comparison, Runs

ON_SCREEN = 40
"""Rows; those with the gravest verdicts come first."""

Markdown = Annotated[Path | None, typer.Option(help="Write the table as Markdown, all rows")]
Json = Annotated[
    Path | None,
    typer.Option("--json", help="Write all numbers; inrbench/compare/report.py says how"),
]
Target = Annotated[
    str | None,
    typer.Option(help="Iterations and seconds to this MSE; base: to what BASE's runs end at"),
]
AB = Annotated[
    bool,
    typer.Option("--ab", help="BASE and NEW are revisions (WORKTREE: the files as they are)"),
]
Experiment = Annotated[
    str | None, typer.Argument(help="With --ab: which cells to run; default: regression")
]
Repeats = Annotated[
    int | None, typer.Option(min=1, help="With --ab: rounds; default: enough for six pairs")
]


def compare(
    base: Annotated[
        str, typer.Argument(help="A folder of records, a record, or the name of a kept reference")
    ],
    new: Annotated[str, typer.Argument(help="What is compared with it")],
    experiment: Experiment = None,
    noise: Annotated[
        Path | None, typer.Option(help="From A/A runs; default: the noise.json of this machine")
    ] = None,
    target: Target = None,
    markdown: Markdown = None,
    json_file: Json = None,
    ab: AB = False,
    preset: Preset = None,
    repeats: Repeats = None,
    machine: Machine = None,
    device: OnDevice = Device.auto,
    threads: Threads = None,
) -> None:
    """Say of each cell whether NEW is slower, larger or worse than BASE.

    With --ab, BASE and NEW are two revisions of the code, run in turns on this machine; the
    options from --preset on are for that.

    Exit code: 0 nothing is, 1 something is, 2 a record cannot be read (or there is none), 3 some
    are not comparable, 4 some have too few runs or are missing in NEW; the first that applies.
    """
    # Thousands of records and no cycle among them: looking for one takes a third of the time.
    gc.disable()
    try:
        from inrbench import compare as comparing
        from inrbench.compare import comparable, runs
        from inrbench.compare import noise as noises
        from inrbench.compare import target as targets

        if markdown is not None and markdown == json_file:
            raise ValueError(f"--markdown and --json both name {markdown}: give each its own file")
        goal = None if target is None else targets.parse(target)
        if ab:
            sides = _in_turns(base, new, experiment, preset, repeats, machine, device, threads)
        elif experiment or preset or repeats or machine or threads or device != Device.auto:
            raise ValueError("an experiment, and what it is run with, are for --ab alone")
        else:
            sides = runs.read(base), runs.read(new)
        key = comparable.machine_of(sides[0].records)
        top = sides[0].runs[0].folder.resolve()
        known = noises.find(top, key) if noise is None else noises.read(noise)
        found = comparing.compare(*sides, known, paired=ab)
        code = finish(found, sides, goal, markdown, json_file)
    except (ValueError, OSError) as error:
        print(f"error: {printable(error)}", file=sys.stderr)
        code = 2
    except Exception:  # an error of ours: Python would end with 1, as a regression does
        traceback.print_exc()
        code = 2
    finally:
        gc.enable()
    raise typer.Exit(code)


def _in_turns(
    base: str,
    new: str,
    experiment: str | None,
    preset: str | None,
    repeats: int | None,
    machine: str | None,
    device: Device,
    threads: int | None,
) -> tuple[Runs, Runs]:
    """The runs of two revisions, made now; where a signal ends it, no worktree stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    from inrbench.compare.side_by_side import run_side_by_side

    return run_side_by_side(
        base, new, experiment or "regression", preset, repeats,
        results_for(machine, device.value).name, device.value, threads,
    )  # fmt: skip


def finish(
    comparison: Comparison,
    sides: tuple[Runs, Runs],
    target: str | float | None = None,
    markdown: Path | None = None,
    json_file: Path | None = None,
) -> int:
    """Show a comparison, write the files that were asked for, and give the exit code."""
    from inrbench.compare import report
    from inrbench.compare.comparison import REGRESSION
    from inrbench.compare.target import reach
    from inrbench.io.whole_file import whole
    from inrbench.tables import to_markdown
    from inrbench.tables.terminal import show

    reached = None if target is None else reach(comparison, *sides, target)
    texts = {
        markdown: lambda: "\n".join(map(to_markdown, report.pages(comparison, reached))),
        json_file: lambda: json.dumps(report.as_json(comparison, reached), indent=1) + "\n",
    }
    code = comparison.exit_code
    for file, text in texts.items():  # first: whoever reads the screen may stop reading
        if file is not None:
            try:
                with whole(file) as partial:
                    partial.write_text(text(), encoding="utf-8")
            except OSError as error:
                print(f"error: {printable(error)}", file=sys.stderr)
                code = code if code == REGRESSION else 2
    try:
        for page in report.pages(comparison, reached, ON_SCREEN):
            show(page)
        print(printable(report.heading(comparison)), flush=True)
    except (BrokenPipeError, SystemExit):
        # `| head`, where rich asks to exit with 1: the verdict is the exit code all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
