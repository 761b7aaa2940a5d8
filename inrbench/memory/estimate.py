"""Seconds of cells of which no record tells, from the cost of a point on this device:

    iterations x seconds an iteration (`memory.time`)

of cells of the method `inr`, whose gradient is `autograd` or `jvp`; of others nothing is said.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from inrbench.cells.cell import Cell
from inrbench.datasets.named_files import opened
from inrbench.datasets.shapes import shapes
from inrbench.errors import Unsupported
from inrbench.experiments.seconds import Known
from inrbench.memory import time

SOURCE = "an estimate"


def estimated(cells: Iterable[Cell], device: str, projector: float = 0.0) -> dict[str, Known]:
    """What these cells may take, by their ids; each network is measured once a grid.

    Args:
        cells: of one experiment.
        device: "cpu" or "cuda"; where it is not here, nothing is estimated.
        projector: seconds of one projection and its adjoint, added to each iteration.
    """
    found, costs = {}, {}
    for cell in cells:
        method, known = opened(cell.spec["method"], cell.folder), shapes(cell.spec["dataset"])
        gradient = method.get("gradient", {})
        timed = method["name"] == "inr" and gradient.get("name") in ("autograd", "jvp")
        if not timed or known is None:
            continue
        grid, network = known[0], method["network"]
        key = json.dumps([network, grid])
        try:
            costs[key] = costs.get(key) or time.measure(network, grid, device)
        except (Unsupported, RuntimeError):  # for another machine, or too large
            continue
        each = time.seconds(gradient, math.prod(grid), costs[key], projector)
        found[cell.id] = Known(method["iterations"] * each, SOURCE)
    return found
