"""The history of a run as parquet, one row a step, and what its method noted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrbench.io.whole_file import whole

if TYPE_CHECKING:
    import pandas as pd

HISTORY = ("iteration", "loss", "seconds", "mse", "psnr", "ssim")
"""Its first columns; the metrics have a value at checkpoints, `loss` where there is an objective.

A method's residuals follow, each in a column of its name: `gap` (tv), `primal` and `dual` (admm).
In outer iteration k of admm, with x its image of the data and E the network's,

    primal = ||x_k - E_k|| / ||E_k||,     dual = ||E_k - E_(k-1)|| / ||E_k||,

and its `loss` is 1/2 ||A E_k - y||^2 (`solvers.admm`; in older records that of x_k).
"""


def lacks_numbers(history: pd.DataFrame) -> str | None:
    """Which column of a history lacks its numbers, in words; None where none does."""
    bad = [n for n in HISTORY if n not in history or history[n].dtype.kind not in "iuf"]
    return f"has no numbers in a column {bad[0]!r}" if bad else None


def write_history(path: Path, rows: list[dict[str, float]]) -> None:
    """Write rows with the keys of `HISTORY` and others as parquet; absent ones become null."""
    import pyarrow

    names = dict.fromkeys([*HISTORY, *(name for row in rows for name in row)])
    kinds = {name: pyarrow.int64() if name == "iteration" else pyarrow.float64() for name in names}
    columns = {
        name: pyarrow.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    with whole(path) as partial:
        _write(pyarrow.table(columns), partial)


def write_notes(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write what a method noted, if it noted anything, as parquet."""
    if rows:
        import pyarrow

        names = list(dict.fromkeys(name for row in rows for name in row))
        columns = {name: [row.get(name) for row in rows] for name in names}
        with whole(path) as partial:
            _write(pyarrow.table(columns), partial)


def _write(table: Any, path: Path) -> None:
    """With a checksum a page, by which a reader notices a flipped bit."""
    from pyarrow import parquet

    parquet.write_table(table, path, write_page_checksum=True)
