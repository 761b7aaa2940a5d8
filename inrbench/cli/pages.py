"""Pages for the terminal: a record, or an experiment's table with the paths of its figures."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from inrbench.cells import machine_label, result
from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.experiments import files as experiment_files
from inrbench.experiments import part
from inrbench.experiments.experiment import Experiment
from inrbench.io.byte_size import human
from inrbench.io.printable import printable


def page(path: Path, only: str | None = None) -> str:
    """The text for a record (its file or folder) or for an experiment's folder of results.

    Args:
        path: of either.
        only: a part of an experiment, see `part`; None: all.

    Raises:
        FileNotFoundError: there is no record.
        ValueError: a record that cannot be read, or a part that the experiment does not have.
    """
    if (one := result.at(path)) is not None:
        return record_page(one.record)
    if found := result.below(path):
        return _experiment_page(path, found, only)
    raise FileNotFoundError(f"{path}: neither a record nor an experiment's folder of results")


def _experiment_page(place: Path, found: list[Result], only: str | None) -> str:
    """The brief table of its records, and what has been made of them besides."""
    from inrbench.tables import brief, to_markdown

    name, _, preset = place.resolve().name.rpartition("-")
    known = _known(name, preset, only)
    title, note = (name, None) if known is None else (known.title, known.note)
    asked = {} if known is None else {cell.id: cell.spec for cell in known.cells()}
    if only is not None:
        found = [one for one in found if one.record.cell.id in asked]
    missing = asked.keys() - {one.record.cell.id for one in found}
    to_come = f", {len(missing)} of {len(asked)} to come" if missing else ""
    order = {cell: position for position, cell in enumerate(asked)}
    found.sort(key=lambda one: order.get(one.record.cell.id, len(order)))
    read = [one.record for one in found]
    specs = [asked.get(record.cell.id, record.spec) for record in read]
    lines = to_markdown(brief(read, f"{title} ({preset}){to_come}", note, specs)).splitlines()
    made = machine_label.made_in(place)
    made = made if known is None else part.made_in(known, made)
    files = [*(made / "tables").glob("*.md"), *(made / "figures").glob("*.p*")]
    again = f"{name} --preset {preset}"
    if (label := machine_label.label_of(place.parent)) is not None:
        again += f" --machine {label}"
    again += f" --only {shlex.quote(only)}" if only is not None else ""
    more = [f"inrbench tables {again}", f"inrbench figures {again}"]
    return _lines([*lines, "", *(sorted(map(str, files)) or ["All columns, and figures:", *more])])


def _known(name: str, preset: str, only: str | None) -> Experiment | None:
    """The experiment or a part of it, if there still is one of this name that can be used."""
    try:
        return experiment_files.load(name, preset, only=only)
    except part.NoSuchPart:
        raise
    except (ValueError, OSError):
        return None


def record_page(record: Record) -> str:
    """A record as aligned lines, with the command that runs its cell again."""
    cell = record.cell
    lines = [
        f"{cell.experiment}-{cell.preset}: {cell.id}",
        f"status      {record.status}" + (f": {record.reason}" if record.reason else ""),
    ]
    lines += [
        f"{name:<11} {value:.4g}" for name, value in record.metrics.items() if value is not None
    ]
    time = record.time
    if time.iteration is not None:
        lines.append(
            f"iteration   {time.iteration:.4g} s (median of {time.timed}"
            + (f", spread {time.spread:.2g} s" if time.spread is not None else "")
            + f", {time.threads} threads)"
        )
    if time.pace is not None:
        each = "" if time.yardstick is None else f", each {time.yardstick:.3g} s"
        lines.append(f"pace        {time.pace:.4g} yardsticks an iteration{each}")
    if time.total is not None:
        before = "" if time.setup is None else f" after {time.setup:.3g} s of set-up"
        lines.append(f"total       {time.total:.4g} s{before}")
    for reading in record.memory:
        value = "not read" if reading.bytes is None else f"{reading.bytes / 2**20:.1f} MiB"
        lines.append(f"{reading.name:<20} {value:>12}  ({reading.how})")
    if record.fit is not None:
        at = "" if record.fit.chunk is None else f", in chunks of {record.fit.chunk} points"
        lines.append(f"planned     {human(record.fit.modelled)}{at}")
    if (work := record.work) is not None:
        unseen = "" if work.unseen is None else f", those of {work.unseen} not among them"
        lines.append(
            f"work        {work.operations:,} operations and {work.flops:.3g} FLOPs an iteration"
            + unseen
        )
    if record.completed is not None:
        lines.append(f"completed   by the defaults of revision {record.completed[:10]}")
    lines += [f"projector   {record.projector}", f"again       {record.command}"]
    return _lines(lines)


def _lines(lines: Iterable[str]) -> str:
    """Lines that stay lines, whatever texts of a record are in them."""
    return "\n".join(map(printable, lines))
