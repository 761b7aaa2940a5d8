"""What to run: the schema of an experiment, and the cells that its axes multiply to.

An experiment is one YAML file (see `experiment_files`); the models below are its format, key by
key. Nothing here imports torch, so names are checked in the moment the workflow is read.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictFloat,
    StrictInt,
    StringConstraints,
)

from inrbench import registry
from inrbench.cells import spec
from inrbench.cells.cell import Cell, axis_key, part_label
from inrbench.cells.plus import hand_over_strength
from inrbench.cells.record_types import Label, Word
from inrbench.cells.spec import PART_AXES, Part
from inrbench.datasets import named_files
from inrbench.experiments import cell_count
from inrbench.io import byte_size

# Keys name folders, and stand in commands that a person pastes.
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.]*$", max_length=100)]
# A name, and no path: of the file with a search's choices.
Search = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=201)]


def _without_name(parameters: dict[str, Any]) -> dict[str, Any]:
    if "name" in parameters:
        raise ValueError("name: no parameter; the method's name stands beside `axes`")
    return parameters


# What torch's generators take.
Seed = Annotated[int, Field(ge=0, lt=2**63)]
# A number of bytes, "8GiB".
Bytes = Annotated[int, BeforeValidator(byte_size.parse)]
# A value on an axis: the key of a part, or a number that a parameter of the method takes.
AxisValue = Annotated[Key, Strict()] | StrictInt | Annotated[StrictFloat, AllowInfNan(False)]
# What a method takes, but for its name.
Parameters = Annotated[dict[str, Any], AfterValidator(_without_name)]
# A pattern of cells: axis -> one value or a list of them; all axes must match.
Pattern = dict[str, Any]


def as_list(value: Any) -> list:
    """A list as it is, anything else as the only item of one."""
    return value if isinstance(value, list) else [value]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamedPart(BaseModel):
    """A data set, part or figure: a registered name, and all other keys are its parameters."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str | None = None
    """A registered name; default: the key that it is defined under."""
    label: Label | None = None
    """What tables write; default: the registered label. Of a figure: what stands above it, such
    as the paper's figure that it stands for; default: nothing."""

    def part(self, key: str) -> Part:
        """{name: registered name, **parameters}."""
        return {"name": self.name or key, **(self.model_extra or {})}


NamedParts = dict[Key, Annotated[NamedPart, BeforeValidator(lambda fields: fields or {})]]


class Limits(_Model):
    """What a single cell may use before it is stopped with a status."""

    seconds: float = Field(3600.0, gt=0, allow_inf_nan=False)
    """Wall time of the cell's process; beyond it the status is `timeout`."""
    memory: Bytes | None = None
    """Bytes ("8GiB") that a cell may allocate on the CPU beyond its start, or in all on a GPU;
    beyond it the status is `out_of_memory`. It stops a cell; `memory_budget` plans one. None: no
    limit."""


class Family(_Model):
    """Cells of one method: its axes multiply."""

    name: str
    """A registered method: inr, admm, fbp, fdk, cgls, tv, gradient_quality, conditioning, or a
    plug-in's."""
    axes: Annotated[
        dict[Word, Annotated[list[AxisValue], BeforeValidator(as_list)]],
        AfterValidator(_without_name),
    ] = {}
    """network, objective and gradient, each with the parts to combine: registered names, or keys
    defined under `parts`; and parameters of the method (learning_rate, ...), each with the values
    to try."""
    parameters: Parameters = {}
    """What the method takes besides (iterations, ...)."""


class Setting(_Model):
    """Parameters for the cells that match a pattern; later settings win, axes always do."""

    when: Pattern
    parameters: Parameters


class Experiment(_Model):
    """An experiment file, after its preset has been merged in."""

    title: str
    """One line, shown by `snakemake` alone."""
    note: str | None = None
    """A sentence under every table: what the numbers do and do not show."""
    paper: str | None = None
    """The paper that it reproduces, a name of `inrbench.papers`: its claims are put to the test,
    see `inrbench claims`."""
    seeds: list[Seed] = Field(min_length=1)
    """Seeds of initial weights and samples, one cell each."""
    chosen: Search | None = None
    """<experiment>-<preset> of a search whose choices come before the settings below; they are in
    `chosen/<experiment>-<preset>.yaml` beside the experiments, written by `inrbench choose`."""
    plugins: list[str] = []
    """Python files of the user's that register networks, objectives, gradient modes, methods or
    data sets, relative to this file; see `inrbench.plugins`."""
    datasets: NamedParts = Field(min_length=1)
    """Key -> a registered data set with its parameters, see `NamedPart`."""
    parts: dict[str, NamedParts] = {}
    """Axis -> key -> a registered name with its parameters, see `NamedPart`."""
    methods: list[Family] = Field(min_length=1)
    """The methods; each one's axes multiply with each other, the data sets and the seeds."""
    settings: list[Setting] = []
    """Parameters for some of the cells, such as learning rates by network and objective."""
    include: list[Pattern] = []
    """If given, only cells that match one of these patterns."""
    exclude: list[Pattern] = []
    """Cells that match one of these patterns are left out."""
    checkpoints: int = Field(25, ge=1)
    """How often at most the metrics are taken along a run, evenly over its iterations."""
    limits: Limits = Limits()
    threads: int | None = Field(None, ge=1)
    """CPU threads of each cell, unless `--threads` (or `--config threads=`) says otherwise; None:
    all cores. One thread scatters less than several, which wait for the slowest of them."""
    memory_budget: Bytes | None = None
    """Bytes ("8GiB") of tensors that a cell of the method `inr` may hold at once, known before it
    runs (`memory.peak`), where `limits.memory` is what the system lets it allocate. A jvp without
    a `chunk` gets the largest that fits, see `memory.budget`; a cell that cannot fit, or whose
    measured tensor peak is above it, has the status `out_of_memory`."""
    figures: NamedParts = {}
    """Key, which names the file -> a registered figure with its options, see `NamedPart`."""

    name: Key
    """Set from the file's name."""
    preset: Key
    """Set from the preset that was asked for."""
    only: Pattern = {}
    """Set from the part that was asked for, see `part`: only cells that match it."""
    folder: Path = Path()
    """Set from where the file lies: names of data files are relative to it, see `named_files`."""

    def cells(self) -> list[Cell]:
        """Every cell, data set by data set, in the order of the file.

        Raises:
            ValueError: none at all, more than `cell_count` allows, or two cells with the same
                identity or the same labels.
        """
        cell_count.check(self)
        cells = [cell for cell in self._all() if self.wanted(cell)]
        if not cells:
            raise ValueError(f"{self.name}: include and exclude leave no cell")
        seen = set()
        for cell in cells:
            if cell.id in seen:
                raise ValueError(f"{self.name}: cell {cell.id!r} appears twice; drop one of them")
            seen.add(cell.id)
        rows: dict[tuple, str] = {}
        for cell in cells:
            row = (*cell.labels.values(), cell.seed)
            if rows.setdefault(row, cell.id) != cell.id:
                raise ValueError(
                    f"{self.name}: tables could not tell {rows[row]} from {cell.id}; give a part "
                    "or data set of one of them a `label`"
                )
        return cells

    def cell(self, cell_id: str) -> Cell:
        """The cell of this identity; raises `ValueError` naming the nearest one."""
        cells = {cell.id: cell for cell in self.cells()}
        if cell_id not in cells:
            near = registry.nearest(cell_id, list(cells))
            raise ValueError(f"{self.name}-{self.preset} has no cell {cell_id!r}: {near}")
        return cells[cell_id]

    def part(self, axis: str, key: str) -> Part:
        """{name: registered name, **parameters} of a key on an axis, defaults filled in."""
        return self._whole(axis, self.parts.get(axis, {}).get(key, NamedPart()).part(key))

    def dataset(self, key: str) -> Part:
        """{name: registered data set, **parameters} of a data set's key, defaults filled in."""
        if key not in self.datasets:
            near = registry.nearest(key, list(self.datasets))
            raise ValueError(f"{self.name} has no data set {key!r}: {near}")
        return self._whole("dataset", self.datasets[key].part(key))

    def _whole(self, kind: str, part: Part) -> Part:
        """With every parameter, and the checksums of the files that they name."""
        return named_files.watched(spec.part(kind, part), self.folder)

    def figure(self, key: str) -> Part:
        """{name: registered figure, **options} of a figure's key, with its `label` if it has
        one."""
        figure = self.figures[key]
        label = {} if figure.label is None else {"label": figure.label}
        return figure.part(key) | label

    def label(self, axis: str, key: str) -> str:
        """How tables write a data set (axis "dataset") or a part."""
        if axis not in ("dataset", *PART_AXES):
            return key
        known = self.datasets if axis == "dataset" else self.parts.get(axis, {})
        choice = known.get(key, NamedPart())
        return choice.label or part_label(axis, choice.part(key))

    def axis_values(self) -> dict[str, list]:
        """What a pattern may ask for: axis -> the values that the cells have on it."""
        values: dict[str, list] = {
            "dataset": list(self.datasets),
            "method": [family.name for family in self.methods],
            "seed": list(self.seeds),
        }
        for family in self.methods:
            for axis, keys in family.axes.items():
                values.setdefault(axis, []).extend(keys)
        return values

    def _all(self) -> Iterator[Cell]:
        # Many cells share a part: its defaults and files are looked up once.
        whole, part, label = map(functools.cache, (self.dataset, self.part, self.label))
        for dataset, family, seed in itertools.product(self.datasets, self.methods, self.seeds):
            # In a fixed order, so that a cell's identity does not depend on the file's.
            used = [axis for axis in PART_AXES if axis in family.axes]
            used += [axis for axis in family.axes if axis not in PART_AXES]
            for values in itertools.product(*(family.axes[axis] for axis in used)):
                axes = dict(zip(used, values, strict=True))
                where = {"dataset": dataset, "method": family.name, "seed": seed, **axes}
                method: Part = {"name": family.name, **family.parameters}
                for setting in self.settings:
                    if matches(setting.when, where):
                        method |= setting.parameters
                method |= {
                    axis: part(axis, one) if axis in PART_AXES else one
                    for axis, one in axes.items()
                }
                method = hand_over_strength(method)
                yield Cell(
                    experiment=self.name,
                    preset=self.preset,
                    dataset=dataset,
                    method="-".join([family.name, *map(axis_key, values)]),
                    seed=seed,
                    folder=self.folder,
                    axes=axes,
                    labels={
                        "dataset": label("dataset", dataset),
                        "method": registry.label("method", family.name),
                        **{axis: label(axis, axis_key(v)) for axis, v in axes.items()},
                    },
                    spec={
                        "dataset": whole(dataset),
                        "method": named_files.watched(spec.method(method), self.folder),
                        "checkpoints": self.checkpoints,
                        "limits": self.limits.model_dump(),
                        **self._budget(family),
                    },
                )

    def _budget(self, family: Family) -> dict[str, int]:
        """Only in the specs that it may change, so that no other cell runs again."""
        wanted = self.memory_budget is not None and family.name == "inr"
        return {"memory_budget": self.memory_budget} if wanted else {}

    def wanted(self, cell: Cell) -> bool:
        """Whether include, exclude and the part that was asked for leave a cell."""
        where = {"dataset": cell.dataset, "method": cell.spec["method"]["name"],
                 "seed": cell.seed, **cell.axes}  # fmt: skip
        if not matches(self.only, where):
            return False
        if self.include and not any(matches(pattern, where) for pattern in self.include):
            return False
        return not any(matches(pattern, where) for pattern in self.exclude)


def matches(pattern: Pattern, where: dict[str, Any]) -> bool:
    """Whether every axis of the pattern has (one of) the wanted values."""
    return all(axis in where and where[axis] in as_list(want) for axis, want in pattern.items())
