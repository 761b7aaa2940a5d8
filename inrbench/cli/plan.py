"""The command `inrbench plan`: what fits a memory, and about how long it takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inrbench.cli.options import Only

if TYPE_CHECKING:
    from inrbench.cells.cell import Cell
    from inrbench.experiments.experiment import Experiment
    from inrbench.tables.page import Page

Shape = tuple[int, ...]


class Where(StrEnum):
    """A device whose memory is planned."""

    cpu = "cpu"
    cuda = "cuda"


def plan(
    name: Annotated[str | None, typer.Argument(help="An experiment, in place of --grid")] = None,
    preset: Annotated[str | None, typer.Option(help="Preset of the experiment")] = None,
    only: Only = None,
    machine: Annotated[
        str | None, typer.Option(help="Whose kept seconds of cells come first; default: this one")
    ] = None,
    grid: Annotated[str | None, typer.Option(help="ny,nx or nz,ny,nx")] = None,
    sinogram: Annotated[
        str | None, typer.Option(help="views,columns or views,rows,columns")
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="May be given several times; default: all")
    ] = None,
    width: Annotated[int | None, typer.Option(min=1, help="Of every network")] = None,
    layers: Annotated[int | None, typer.Option(min=1, help="Of every network")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option(help="<name>=<value> that every network takes")
    ] = None,
    objective: Annotated[str, typer.Option(help="Name of an objective")] = "least_squares",
    memory: Annotated[
        str | None, typer.Option(help="What there is: 24GB, 8GiB; default: no answer yes or no")
    ] = None,
    iterations: Annotated[int, typer.Option(min=1)] = 1000,
    device: Annotated[Where, typer.Option(help="Where it would run")] = Where.cpu,
    projector: Annotated[
        float, typer.Option(min=0, help="Seconds of one projection and its adjoint, to add")
    ] = 0.0,
    time: Annotated[
        bool, typer.Option("--time/--no-time", help="Measure the cost of a point")
    ] = True,
) -> None:
    """Say what fits a memory, in which gradient mode, chunk and rate, and about how long it takes.

    Either for a grid and a scan, or for each cell of an experiment, whose seconds are those of
    earlier records where there are some. Nothing of their size is allocated.
    """
    from inrbench.experiments import files as experiments
    from inrbench.io import byte_size
    from inrbench.memory.plan import of_experiment
    from inrbench.tables import to_markdown
    from inrbench.tables.plan import plan_page

    if memory is not None and memory.strip().isdecimal():
        memory = f"{memory.strip()} bytes"  # what a number alone means, to be seen in the table
    if name is None:
        shapes = _shapes(grid, sinogram)
        parts = _networks(network, width, layers, parameter)
        page = _page(parts, objective, shapes, device.value, memory, iterations, projector, time)
    elif given := _own(grid, sinogram, network, width, layers, parameter):
        raise ValueError(
            f"plan {name}: an experiment has shapes and networks of its own; drop {given}"
        )
    else:
        loaded = experiments.load(name, preset, only=only)
        title = f"{loaded.title} ({loaded.preset}), on {device.value}"
        found = of_experiment(loaded, device.value, _bytes(memory))
        budget = loaded.memory_budget
        page = plan_page(found, title, memory or (budget and byte_size.human(budget)))
        page = _with_seconds(page, loaded, machine, device.value, projector, time)
    print(to_markdown(page), end="")


def _with_seconds(
    page: Page,
    experiment: Experiment,
    machine: str | None,
    device: str,
    projector: float,
    time: bool,
) -> Page:
    """The page of an experiment, with the seconds of its cells and their sum."""
    from inrbench.experiments import seconds
    from inrbench.io.duration import duration
    from inrbench.memory.estimate import estimated
    from inrbench.meters.machine import label
    from inrbench.tables.page import ABSENT

    cells = experiment.cells()
    known = seconds.known(cells, label() if machine is None else machine)
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        rows.setdefault((cell.dataset, cell.method), []).append(cell)
    guessed = [cell for (cell, *_) in rows.values() if cell.id not in known] if time else []
    known |= estimated(guessed, device, projector)
    each = [known.get(cell.id) for (cell, *_) in rows.values()]
    columns = {
        "cells": [str(len(mine)) for mine in rows.values()],
        "s/cell": [ABSENT if one is None else f"{one.seconds:.3g}" for one in each],
        "seconds of": [ABSENT if one is None else one.source for one in each],
    }
    pairs = list(zip(map(len, rows.values()), each, strict=True))
    total = sum(count * one.seconds for count, one in pairs if one is not None)
    unknown = sum(count for count, one in pairs if one is None)
    counts: Counter[str] = Counter()
    for count, one in pairs:
        counts["unknown" if one is None else f"by {one.source}"] += count
    by = ", ".join(f"{count} {source}" for source, count in counts.items())
    said = (
        f"In all: {duration(total)}, cells one after another ({by}). "
        "Set-up and iterations, without the start of a process, metrics and the metered pass."
    )
    if unknown == len(cells):
        said = "No record tells the seconds of these cells."
    return replace(page, columns=page.columns | columns, about=[*page.about, said])


def _own(*options: Any) -> str:
    """Those of the options that an experiment sets by itself, as they were given."""
    names = ("--grid", "--sinogram", "--network", "--width", "--layers", "--parameter")
    return ", ".join(name for name, value in zip(names, options, strict=True) if value)


def _page(
    networks: list[dict[str, Any]],
    objective: str,
    shapes: tuple[Shape, Shape],
    device: str,
    memory: str | None,
    iterations: int,
    projector: float,
    time: bool,
) -> Page:
    """The page for a grid and a scan; without seconds where the device is not here."""
    from inrbench import registry
    from inrbench.errors import Unsupported
    from inrbench.memory.plan import described, rows, timed
    from inrbench.tables.plan import plan_page, time_note

    label = registry.label("objective", objective)
    found, note = [], None
    for part in networks:
        mine = rows(part, objective, *shapes, device, _bytes(memory))
        if time:
            try:
                mine, costs = timed(mine, part, shapes[0], projector, device)
                note = time_note(costs, projector)
            except (Unsupported, RuntimeError) as error:  # for another machine, or too large
                first = str(error).splitlines()[0].rstrip(".")
                time, note = False, f"No seconds: {first}."
        found += mine
    grid, scan = ("x".join(map(str, shape)) for shape in shapes)
    title = f"{grid} points from {scan} rays, {label}, on {device}"
    about = ["; ".join(described(part) for part in networks) + "."]
    return plan_page(found, title, memory, iterations, about, note)


def _bytes(memory: str | None) -> int | None:
    from inrbench.io.byte_size import parse

    try:
        return None if memory is None else parse(memory.removesuffix(" bytes"))
    except ValueError as error:
        raise ValueError(f"--memory: {error}") from None


def _shapes(grid: str | None, sinogram: str | None) -> tuple[Shape, Shape]:
    """Both shapes, of 2 or of 3 numbers each."""
    if grid is None or sinogram is None:
        raise ValueError(
            "plan needs an experiment, or --grid and --sinogram, "
            "e.g. --grid 501,501,501 --sinogram 60,972,768"
        )
    found = _shape("--grid", grid), _shape("--sinogram", sinogram)
    if len(found[0]) != len(found[1]):
        raise ValueError(
            f"--grid {grid} --sinogram {sinogram}: expected two numbers each (ny,nx and "
            "views,columns) or three (nz,ny,nx and views,rows,columns)"
        )
    return found


def _shape(option: str, text: str) -> Shape:
    numbers = text.split(",")
    if len(numbers) not in (2, 3) or not all(n.strip().isdecimal() and int(n) for n in numbers):
        raise ValueError(
            f"{option} {text}: expected 2 or 3 whole numbers above 0, such as 501,501,501"
        )
    return tuple(int(n) for n in numbers)


def _networks(
    names: list[str] | None, width: int | None, layers: int | None, parameters: list[str] | None
) -> list[dict[str, Any]]:
    """{name, **parameters} of each network; values are read as YAML has them."""
    from inrbench import registry
    from inrbench.io import yaml_file

    given: dict[str, Any] = {"width": width, "layers": layers}
    given = {key: value for key, value in given.items() if value is not None}
    for text in parameters or []:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--parameter {text}: expected <name>=<value>, such as features=128")
        if key == "name":
            raise ValueError(f"--parameter {text}: choose the network by --network")
        if key == "dimension":
            raise ValueError(f"--parameter {text}: the dimension is that of --grid")
        given[key] = yaml_file.parse(value, f"--parameter {text}")
    for name in names or []:
        registry.check("network", name)
    return [{**given, "name": name} for name in names or registry.names("network")]
