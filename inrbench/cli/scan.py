"""The commands `inrbench scan`: what is wrong with a scan of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

scan = typer.Typer(help="Look at a scan of your own.", no_args_is_help=True)


@scan.callback()
def _group() -> None:
    """Keeps `check` a command of its own, however few there are."""


@scan.command()
def check(
    file: Annotated[Path, typer.Argument(help="The YAML that `inrbench new scan` wrote")],
    picture: Annotated[
        Path | None, typer.Option(help="PNG to write; default: beside the YAML")
    ] = None,
) -> None:
    """Say what is wrong with a scan, and draw it with the suspected mistake undone.

    Exit code 1 if something is.
    """
    from inrbench.datasets.scan_check.check import check as look
    from inrbench.figures import scan_check
    from inrbench.io.printable import printable

    found = look(file)
    words = {"ok": "ok   ", "note": "note ", "wrong": "WRONG"}
    for one in found.remarks:
        print(printable(f"{words[one.level]}  {one.about}: {one.says}"))
        if one.mend is not None:
            print(printable(f"       write  {one.mend}"))
    if found.pictures:
        target = picture or file.with_suffix(".png")
        scan_check.draw(found.pictures, found.unit, target)
        print(target)
    if any(one.level == "wrong" for one in found.remarks):
        raise typer.Exit(1)
