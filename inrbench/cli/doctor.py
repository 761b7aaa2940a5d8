"""The command `inrbench doctor`: what works on this machine."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print all findings as JSON")] = False,
) -> None:
    """Try all that inrbench needs on this machine; say what works, and what mends the rest.

    Exit code 1 if something is broken that an experiment needs in its first preset; what is
    optional is a warning. `python -m inrbench.doctor` does the same where nothing is installed.
    """
    from inrbench.doctor.show import run

    raise typer.Exit(run(json))
