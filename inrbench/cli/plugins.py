"""The commands of a plug-in's author: `inrbench check` and `inrbench new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def check(
    path: Annotated[Path, typer.Argument(help="The plug-in, a Python file")],
) -> None:
    """Try a plug-in by the contracts that the built-in parts keep, and say what is wrong with it.

    Exit code 1 if there is a fault.
    """
    from inrbench.testing.check import check as findings
    from inrbench.testing.check import summary

    found = []
    for finding in findings(path):
        one = finding.registration
        if not found or found[-1].registration != one:
            print(f"{one.kind} {one.name} ({one.label})")
        word = "FAULT" if finding.fault is not None else "ok   " if finding.tried else "-    "
        print(f"  {word}  {finding.fact}{'' if finding.tried else ' (not tried)'}", flush=True)
        for more in filter(None, (finding.fault, finding.said)):
            print(f"         {more}", flush=True)
        found.append(finding)
    print(summary(path, found))
    if any(finding.fault for finding in found):
        raise typer.Exit(1)


def new(
    kind: Annotated[
        str, typer.Argument(help="network, objective, gradient, method, dataset; or scan")
    ],
    name: Annotated[
        str, typer.Argument(help="What experiments are to call it; of a scan, its file")
    ],
) -> None:
    """Write a plug-in that works, and an experiment that runs it, into the current folder.

    Of a scan, the YAML that describes it is written beside its file.
    """
    from inrbench.experiments.files import VARIABLE
    from inrbench.templates import write, write_scan

    written = write_scan(Path(name), Path()) if kind == "scan" else write(kind, name, Path())
    for path in written:
        print(path)
    first, experiment = written[0], written[-1].stem
    tried = f"scan check {shlex.quote(str(first))}" if kind == "scan" else f"check {first}"
    print(f"Next: inrbench {tried}, and then, where the Snakefile is:")
    print(f"      {VARIABLE}={shlex.quote(str(Path().resolve()))} snakemake {experiment}")
