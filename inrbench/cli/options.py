"""What several commands of the command line take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from inrbench.cells import machine_label

Name = Annotated[str, typer.Argument(help="Name of an experiment, as `inrbench list` shows it.")]
Preset = Annotated[
    str | None, typer.Option(help="Preset of the experiment; default: its first one.")
]
Machine = Annotated[
    str | None, typer.Option(help="Label of the machine's results; default: its device's name.")
]
Only = Annotated[
    str | None,
    typer.Option(help="A part of its cells, such as network=siren,gradient=autograd"),
]
Target = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help="Folder for them; default: in the experiment's, of a reference below results/kept",
    ),
]


class DeviceName(StrEnum):
    """Where a cell may compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


OnDevice = Annotated[DeviceName, typer.Option(help="auto: CUDA where there is one")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="CPU threads; default: the experiment's, or all cores")
]


def threads_of(asked: int | None, experiment: int | None) -> int:
    """CPU threads of a cell: as asked for, as its experiment says, or all cores.

    Raises:
        ValueError: more than there are cores.
    """
    from inrbench.meters.machine import bounded, cores

    return bounded(asked or experiment or cores())


def results_of(machine: str | None) -> Path:
    """The folder that a command reads, of this machine's default device where none is named.

    Raises:
        ValueError: as `machine_label.to_read`.
    """
    from inrbench.meters.machine import label

    return machine_label.to_read(label() if machine is None else machine)


def results_for(machine: str | None, device: str = "auto", repeats: bool = False) -> Path:
    """The folder that a command writes into, of this machine's device where none is named.

    Raises:
        ValueError: as `machine_label.to_write`.
    """
    from inrbench.meters.machine import label

    return machine_label.to_write(label(device) if machine is None else machine, repeats)
