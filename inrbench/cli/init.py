"""The command `inrbench init`: a folder to work in, for who has no clone."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer

PROFILE = Path("profiles", "default", "config.yaml")
SNAKEFILE = """\
# Made by `inrbench init`: the workflow of the inrbench that Python finds.
from inrbench.io import shipped


include: str(shipped.ROOT / "Snakefile")
"""


def init(
    folder: Annotated[Path, typer.Argument(help="New, or without a Snakefile")],
) -> None:
    """Make a folder in which `snakemake` runs the experiments, where there is no clone.

    Data and results come to lie in it.
    """
    from inrbench.io import shipped

    made = {"Snakefile": folder / "Snakefile", "profile": folder / PROFILE}
    for path in made.values():
        if path.exists():
            raise FileExistsError(f"{path} is there already: nothing was written")
    made["profile"].parent.mkdir(parents=True, exist_ok=True)
    made["Snakefile"].write_text(SNAKEFILE)
    shutil.copyfile(shipped.ROOT / PROFILE, made["profile"])
    print(*made.values(), sep="\n")
    print(f"Next: cd {shlex.quote(str(folder))} && snakemake quick")
