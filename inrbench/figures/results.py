"""What figures read: the results of an experiment, as tables of cells, curves and notes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from inrbench import registry
from inrbench.cells.cell import figure_labels
from inrbench.cells.record import Record
from inrbench.cells.result import Result
from inrbench.experiments.experiment import as_list
from inrbench.io.printable import printable
from inrbench.registry import nearest
from inrbench.tables import AXES, cells_table

# A part's colour is in its row of the registry, so that LS or TV look alike in every figure.
NETWORK_COLOURS = registry.colours("network")
SAMPLER_COLOURS = registry.colours("sampler")
_METHODS = registry.colours("method")
# ADMM has a network and stands among the objectives, see `figure_labels`.
OBJECTIVE_COLOURS = registry.colours("objective") | {"ADMM": _METHODS["ADMM"]}
BASELINE_COLOURS = {name: one for name, one in _METHODS.items() if name != "ADMM"}
_FURTHER_COLOURS = ("#CC79A7", "#E69F00", "#56B4E9", "#44AA99")


def objective_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each: the fixed ones, and others for what has none ("FLS, 8 subsets")."""
    further = [name for name in names if name not in OBJECTIVE_COLOURS]
    return OBJECTIVE_COLOURS | dict(zip(further, itertools.cycle(_FURTHER_COLOURS), strict=False))


def drawn(label: str) -> str:
    """A label as matplotlib draws it as it is, and not as mathematics."""
    return printable(label).replace("$", r"\$")


class ReferenceImage(NamedTuple):
    """What the images of a data set are compared with.

    Args:
        kind: "truth" or "reference".
        image: shape (ny, nx) or (nz, ny, nx), attenuation in the inverse of the length unit.
        spacing: edge of a pixel or voxel in the length unit.
    """

    kind: str
    image: np.ndarray
    spacing: float


@dataclass(frozen=True)
class Results:
    """The cells of an experiment, in its order.

    Args:
        found: each result, its record's labels as figures have them.
    """

    found: list[Result]

    @classmethod
    def of(cls, found: Iterable[Result]) -> Results:
        """These results, labels as `figure_labels` and `drawn` have them."""
        named = []
        for one in found:
            labels = figure_labels(one.record.labels).items()
            own = {"labels": {axis: drawn(label) for axis, label in labels}}
            named.append(replace(one, record=one.record.model_copy(update=own)))
        return cls(named)

    @property
    def records(self) -> list[Record]:
        """Without what lies beside them."""
        return [one.record for one in self.found]

    def only(self, wanted: dict[str, Any] | None) -> Results:
        """The cells with these labels, and those without such an axis (baselines).

        Args:
            wanted: axis -> one label or a list of them, as tables write them; None keeps all.

        Raises:
            ValueError: an axis or label that no cell has, with the nearest one.
        """
        kept = self.found
        for axis, labels in (wanted or {}).items():
            known = {axis for record in self.records for axis in record.labels}
            if axis not in known:
                raise ValueError(f"unknown axis {axis!r}: {nearest(axis, sorted(known))}")
            present = {r.labels[axis] for r in self.records if axis in r.labels}
            labels = [drawn(str(one)) for one in as_list(labels)]
            for one in labels:
                if one not in present:
                    raise ValueError(
                        f"no cell has {axis} {one!r}: {nearest(one, sorted(present))}"
                    )
            kept = [one for one in kept if one.record.labels.get(axis) in (None, *labels)]
        return Results(kept)

    def notes(self) -> pd.DataFrame:
        """What the methods noted, a row each: labels, seed, and the notes' own columns."""
        parts = []
        for one in self.found:
            noted = one.notes()
            if noted is not None:
                labels = {k: label for k, label in one.record.labels.items() if k not in noted}
                parts.append(noted.assign(**labels, seed=one.record.cell.seed))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def cells(self) -> pd.DataFrame:
        """`tables.cells_table` with the cell's `result` and a jvp's `rate` and `chunk` beside."""
        cells = cells_table(self.records)
        cells["result"] = self.found
        gradients = [record.gradient() for record in self.records]
        for parameter, kinds in (("sampler", (str,)), ("rate", (int, float)), ("chunk", (int,))):
            asked = [part.get(parameter) if part.get("name") == "jvp" else None
                     for part in gradients]  # fmt: skip
            cells[parameter] = [one if type(one) in kinds else None for one in asked]
        return cells

    def histories(self) -> pd.DataFrame:
        """The checkpoints of all cells, a row each: `AXES`, seed and the columns of a history."""
        parts = []
        for one in self.found:
            history = one.history()
            if history is None or not history.mse.notna().any():
                continue
            about = {axis: one.record.labels.get(axis) for axis in AXES}
            about["seed"] = one.record.cell.seed
            parts.append(history[history.mse.notna()].assign(**about))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def unit(self) -> str:
        """The length unit of all cells, "mm" or "pixel"; "length" where they differ."""
        units = {record.unit for record in self.records if record.unit}
        return units.pop() if len(units) == 1 else "length"

    def kinds(self) -> set[str]:
        """What the metrics compare with: "truth", "reference"."""
        return {record.reference for record in self.records if record.reference}

    def reference(self, dataset: str) -> ReferenceImage | None:
        """Of a data set by its table label; None where it is not prepared on this machine."""
        from inrbench.datasets import prepared_path, read

        for record in self.records:
            part = record.spec["dataset"]
            if record.labels["dataset"] == dataset and prepared_path(part).exists():
                spacing, image = read(part, _reference)
                return ReferenceImage(record.reference or "truth", image, spacing)
        return None


def _reference(case: Path) -> tuple[float, np.ndarray]:
    """Spacing and reference of a prepared case."""
    with np.load(case) as stored:
        return json.loads(str(stored["about"]))["spacing"], stored["reference"]
