"""Pages for the terminal: a record, or an experiment's table with the paths of its figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inrbench.cells import records
from inrbench.io import text_file
from inrbench.io.byte_size import human
from inrbench.io.printable import printable


def page(path: Path) -> str:
    """The text for a record (its file or folder) or for an experiment's folder of results.

    Raises:
        FileNotFoundError: neither a record nor a table is there.
    """
    table = path / "tables" / "brief.md"
    if table.exists():
        text = text_file.read(table)
        drawn = sorted((path / "figures").glob("*.p*"))
        lines = [f"  {figure}" for figure in drawn]
        claims = table.with_name("claims.md")
        return _lines(
            [
                *text.splitlines(),
                "",
                f"all columns: {table.with_name('table.md')}",
                f"sampled gradients beside the full one: {table.with_name('agreement.md')}",
                *([f"claims of the paper: {claims}"] if claims.exists() else []),
                "figures:",
                *lines,
            ]
        )
    if path.name == "record.json" or (path / "record.json").exists():
        return record_page(records.read(path))
    raise FileNotFoundError(
        f"{path}: neither a record.json nor an experiment's folder with its tables"
    )


def record_page(record: records.Record) -> str:
    """A record as aligned lines, with the command that runs its cell again."""
    cell = record.cell
    lines = [
        f"{cell.experiment}-{cell.preset}: {cell.dataset}/{cell.method}/seed{cell.seed}",
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
