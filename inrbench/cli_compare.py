"""The command `inrbench compare`: is anything slower, larger or worse than before?"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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


def compare(
    base: Annotated[
        str, typer.Argument(help="A folder of records, a record, or the name of a kept reference")
    ],
    new: Annotated[str, typer.Argument(help="What is compared with it")],
    noise: Annotated[
        Path | None, typer.Option(help="From A/A runs; default: the noise.json of this machine")
    ] = None,
    target: Target = None,
    markdown: Markdown = None,
    json_file: Json = None,
) -> None:
    """Say of each cell whether NEW is slower, larger or worse than BASE.

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

        goal = None if target is None else targets.parse(target)
        sides = runs.read(base), runs.read(new)
        machine = comparable.machine_of(sides[0].records)
        top = sides[0].runs[0].folder.resolve()
        known = noises.find(top, machine) if noise is None else noises.read(noise)
        found = comparing.compare(*sides, known)
        code = finish(found, sides, goal, markdown, json_file)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        code = 2
    finally:
        gc.enable()
    raise typer.Exit(code)


def finish(
    comparison: Comparison,
    sides: tuple[Runs, Runs],
    target: str | float | None = None,
    markdown: Path | None = None,
    json_file: Path | None = None,
) -> int:
    """Show a comparison, write the files that were asked for, and give the exit code."""
    from inrbench.compare import report
    from inrbench.compare.target import reach
    from inrbench.tables import to_markdown
    from inrbench.tables.terminal import show

    reached = None if target is None else reach(comparison, *sides, target)
    for page in report.pages(comparison, reached, ON_SCREEN):
        show(page)
    if markdown is not None:
        text = "\n".join(map(to_markdown, report.pages(comparison, reached)))
        markdown.write_text(text, encoding="utf-8")
    if json_file is not None:
        json_file.write_text(json.dumps(report.as_json(comparison, reached), indent=1) + "\n")
    print(report.heading(comparison))
    return comparison.exit_code
