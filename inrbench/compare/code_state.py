"""A state of the code in a folder, asked in a process of its own which cells it has.

Nothing of it is imported here, and what it is asked are the commands `cells`, `data prepare` and
`run`: its modules may have other names, and its parameters other defaults.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inrbench.cells.record import SCHEMA


@dataclass(frozen=True)
class CellState:
    """What a state of the code would do for a cell.

    Args:
        dataset: label of its data set in the experiment.
        spec: its parameters.
        code: digest of all code behind its record.
    """

    dataset: str
    spec: dict[str, Any]
    code: str


@dataclass(frozen=True)
class CodeState:
    """The package in a folder, with the cells that it has for an experiment.

    Args:
        name: how sentences call it.
        folder: the package `inrbench` lies in it.
        experiment, preset: what it was asked for.
        cells: by id, in the order of the experiment.
        threads: of each cell, where the experiment says so.
    """

    name: str
    folder: Path
    experiment: str
    preset: str
    cells: dict[str, CellState]
    threads: int | None = None


def ask(name: str, folder: Path, experiment: str, preset: str | None) -> CodeState:
    """The code in a folder, and the cells that it has for an experiment.

    Args:
        name: how sentences shall call it.
        folder: the package `inrbench` lies in it.
        experiment: its name.
        preset: None takes that code's first.

    Raises:
        ValueError: it does not have the experiment or the preset, is too old to be asked, or
            writes records of another schema.
    """
    words = [sys.executable, "-m", "inrbench", "cells", experiment, "--json"]
    words += [] if preset is None else ["--preset", preset]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(folder))
    if "No such command 'cells'" in done.stderr:
        raise ValueError(
            f"{name}: its inrbench cannot list its own cells, so it is too old to be compared by "
            "--ab; choose a later revision"
        )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ValueError(f"{name}: {said[-1].removeprefix('error: ')}")
    answer = json.loads(done.stdout)
    if not Path(answer["package"]).resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"{name}: Python imports inrbench from {answer['package']} instead of {folder}; take "
            "what puts it there out of PYTHONPATH or site-packages"
        )
    if answer["records"] != SCHEMA:
        raise ValueError(
            f"{name}: it writes records of schema version {answer['records']}, and this inrbench "
            f"reads {SCHEMA}; choose another revision"
        )
    cells = {one["id"]: CellState(one["dataset"], one["spec"], one["code"])
             for one in answer["cells"]}  # fmt: skip
    return CodeState(name, folder, experiment, answer["preset"], cells, answer["threads"])


def environment(folder: Path) -> dict[str, str]:
    """`inrbench` from this folder: neither from the working directory nor as installed."""
    search = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONSAFEPATH": "1"}
