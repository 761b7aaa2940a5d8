"""What figures read: the records of an experiment with their histories and images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from inrbench import records
from inrbench.records import Record
from inrbench.tables import AXES, cells_table

# Fixed colours and strokes, so that LS or "JVP 10 %" look alike in every figure.
NETWORK_COLOURS = {"Fourier features": "#0072B2", "SIREN": "#D55E00", "hash encoding": "#009E73"}
OBJECTIVE_COLOURS = {"LS": "#0072B2", "FLS": "#D55E00"}
BASELINE_COLOURS = {"FBP": "#777777", "CGLS": "#000000"}


@dataclass(frozen=True)
class Results:
    """The cells of an experiment, in its order.

    Args:
        found: each record with the folder that it lies in.
    """

    found: list[tuple[Record, Path]]

    @classmethod
    def read(cls, folders: list[Path]) -> Results:
        """Read the record in each folder."""
        return cls([(records.read(folder), folder) for folder in folders])

    def cells(self) -> pd.DataFrame:
        """`tables.cells_table` with the cell's `folder` and a jvp's `rate` and `chunk` beside."""
        cells = cells_table([record for record, _ in self.found])
        cells["folder"] = [folder for _, folder in self.found]
        gradients = [record.spec["method"].get("gradient", {}) for record, _ in self.found]
        cells["rate"] = [part.get("rate") for part in gradients]
        cells["chunk"] = [part.get("chunk") for part in gradients]
        return cells

    def histories(self) -> pd.DataFrame:
        """The checkpoints of all cells, a row each: `AXES`, seed and the columns of a history."""
        parts = []
        for record, folder in self.found:
            history = records.read_history(folder)
            if history is None or not history.mse.notna().any():
                continue
            about = {axis: record.labels.get(axis) for axis in AXES} | {"seed": record.cell.seed}
            parts.append(history[history.mse.notna()].assign(**about))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def unit(self) -> str:
        """The length unit of all cells, "mm" or "pixel"; "length" where they differ."""
        units = {record.unit for record, _ in self.found if record.unit}
        return units.pop() if len(units) == 1 else "length"

    def kinds(self) -> set[str]:
        """What the metrics compare with: "truth", "reference"."""
        return {record.reference for record, _ in self.found if record.reference}

    def reference(self, dataset: str) -> tuple[str, np.ndarray] | None:
        """("truth" or "reference", image) of a data set by its table label, if it is prepared."""
        from inrbench.datasets import prepared_path

        for record, _ in self.found:
            if record.labels["dataset"] == dataset:
                path = prepared_path(record.spec["dataset"])
                if path.exists():
                    with np.load(path) as stored:
                        return record.reference or "truth", stored["reference"]
        return None
