"""Seconds of cells, by the records of earlier runs:

    seconds = set-up + iterations

of cells with the same data set and method, the median over seeds and repeats. The start of a
process, the metrics and the metered pass come on top.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from inrbench.cells import machine_label, result
from inrbench.cells.cell import Cell
from inrbench.cells.record import Record


@dataclass(frozen=True)
class Known:
    """What a cell took.

    Args:
        seconds: set-up and iterations.
        source: label of the results that say so, "reference/amd-epyc".
    """

    seconds: float
    source: str


def known(cells: Iterable[Cell], machine: str) -> dict[str, Known]:
    """What is known of these cells, by their ids: from the machine's results, else from what is
    kept of it, else from what is kept of others.

    Args:
        cells: of one experiment.
        machine: a label, see `machine_label`.
    """
    cells, found = list(cells), {}
    places = {f"{cell.experiment}-{cell.preset}" for cell in cells}
    for label in _labels(machine):
        times: dict[str, list[float]] = {}
        for place in places:
            for record in _records(label, place):
                if record.status == "ok" and record.time.total is not None:
                    taken = (record.time.setup or 0.0) + record.time.total
                    times.setdefault(_key(record.spec), []).append(taken)
        for cell in cells:
            if cell.id not in found and (mine := times.get(_key(cell.spec))):
                found[cell.id] = Known(statistics.median(mine), label)
    return found


def _labels(machine: str) -> list[str]:
    kept = [
        path for root in machine_label.roots() for path in (root / machine_label.KEPT).glob("*")
    ]
    others = sorted({f"{machine_label.KEPT}/{path.name}" for path in kept if path.is_dir()})
    return list(dict.fromkeys([machine, f"{machine_label.KEPT}/{machine}", *others]))


def _records(label: str, place: str) -> Iterator[Record]:
    """Those that can be read; what is wrong with others is no reason not to guess."""
    for path in result.record_files(machine_label.to_read(label) / place):
        yield from (one.record for one in result.each(path) if not isinstance(one, ValueError))


def _key(spec: dict[str, Any]) -> str:
    return json.dumps([spec["dataset"], spec["method"]], sort_keys=True)
