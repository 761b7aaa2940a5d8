"""Cells beside their plan: what it asks of a record, and a cell's peak by it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from inrbench.datasets.shapes import Shapes
from inrbench.figures.results import Results


def network_cells(results: Results) -> pd.DataFrame:
    """`Results.cells` with a network; beside them `spec`, `gradient_mode` (as it ran), `device`.

    A cell that was refused before it began does not know its device: it gets that of the others.
    """
    keys = [one.record.machine.get("key") for one in results.found]
    devices = [None if not key else "cuda" if key.get("cuda") else "cpu" for key in keys]
    usual = next((device for device in devices if device), "cpu")
    cells = results.cells()
    cells = cells.assign(
        spec=[one.record.spec for one in results.found],
        gradient_mode=[one.record.gradient() for one in results.found],
        device=[device or usual for device in devices],
    )
    return cells[cells.network.notna()]


def peak(cell: Any, known: Shapes | None, **gradient: Any) -> int | None:
    """Bytes that a cell is planned to need, see `memory.peak`; None without shapes or a plan.

    Args:
        cell: a row of `network_cells`.
        known: shapes of grid and sinogram, the cell's or others.
        gradient: parameters of its gradient mode to replace.
    """
    if known is None:
        return None
    from inrbench.memory import peak as planned  # torch, where a figure is drawn with a plan

    method = cell.spec["method"]
    if "gradient" in method:
        method = method | {"gradient": cell.gradient_mode | gradient}
    try:
        return planned.peak({"method": method}, *known, cell.device)
    except ValueError:
        return None
