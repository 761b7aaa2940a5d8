"""What several commands of the command line take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(help="Name of an experiment, as `inrbench list` shows it.")]
Preset = Annotated[
    str | None, typer.Option(help="Preset of the experiment; default: its first one.")
]
Machine = Annotated[
    str | None, typer.Option(help="Folder of this machine's results; default: its device's name.")
]


class Device(StrEnum):
    """Where a cell may compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


OnDevice = Annotated[Device, typer.Option(help="auto: CUDA where there is one")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="CPU threads; default: the experiment's, or all cores")
]


def results_of(machine: str | None, device: str = "auto") -> Path:
    """results/<machine>, with the label of this machine's device as default."""
    from inrbench.machine import label

    return Path("results") / (machine or label(device))


def for_runs(machine: str | None) -> str | None:
    """A machine's label as it is; raises `ValueError` for one below results/reference, where only
    `inrbench reference` puts anything."""
    if machine is not None and Path(machine).parts[:1] == ("reference",):
        raise ValueError(
            f"--machine {machine}: what is kept as a reference is not run over; choose another "
            "name, and `inrbench reference` keeps its results"
        )
    return machine
