"""A cell: what one run is asked to do, and the words for it in folders and tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inrbench import registry
from inrbench.cells import spec
from inrbench.cells.plus import plus
from inrbench.cells.spec import Part
from inrbench.cells.subsets import WHOLE


@dataclass(frozen=True)
class Cell:
    """One point of an experiment: a data set, a method with all its parameters, and a seed."""

    experiment: str
    preset: str
    dataset: str
    method: str
    seed: int
    folder: Path
    """That of the experiment, to which names of data files in the spec are relative."""
    axes: dict[str, str | int | float]
    labels: dict[str, str]
    """How tables write data set, method and each axis."""
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        """<dataset>/<method>/seed<k>, which is also its folder below the experiment's."""
        return f"{self.dataset}/{self.method}/seed{self.seed}"


def axis_key(value: str | int | float) -> str:
    """How folders and tables write a value on an axis."""
    return value if isinstance(value, str) else f"{value:g}"


def figure_labels(labels: dict[str, str]) -> dict[str, str]:
    """Labels as figures have them: a method with a network but no objective to choose, such as
    ADMM, stands by its own name among the objectives."""
    if "network" not in labels or "objective" in labels:
        return labels
    return {**labels, "objective": labels["method"]}


def part_label(axis: str, part: Part) -> str:
    """A part's name in tables; a jvp is "exact" at rate 1, "JVP 10 %" at rate 0.1, and "JVP 10 %,
    stratified" with a sampler other than the uniform one; an objective "LS + TV" with a
    regulariser, "FLS, 8 subsets" in parts; a network "SIREN, softplus" with an output.

    A parameter that the part does not name counts with its default.
    """
    part = spec.part(axis, part)
    if axis == "gradient" and part["name"] == "jvp" and isinstance(part["rate"], int | float):
        if part["rate"] == 1:
            return "exact"
        sampler = part["sampler"]
        return f"JVP {100 * part['rate']:g} %" + (f", {sampler}" if sampler != "uniform" else "")
    label = registry.label(axis, part["name"])
    if axis == "network" and "output" in part:
        return f"{label}, {part['output']}"
    if axis == "objective":
        added = [registry.label("regulariser", one["name"]) for one in plus(part)]
        label = " + ".join([label, *added])
        if part["subsets"] != WHOLE:
            return f"{label}, {part['subsets']} subsets"
    return label
