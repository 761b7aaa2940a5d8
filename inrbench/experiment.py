"""What to run: the schema of an experiment file, and the cells that its axes multiply to.

An experiment is one YAML file; the models below are its format, key by key. Nothing here imports
torch, so structure and names are checked in the moment the workflow is read.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
)

from inrbench import registry

FOLDER = Path(
    os.environ.get("INRBENCH_EXPERIMENTS")
    or Path(__file__).resolve().parents[1] / "workflow" / "experiments"
)
"""Where experiments are: `$INRBENCH_EXPERIMENTS`, or this checkout's `workflow/experiments`."""

# The axes of a method whose values are parts: a registered name, or a label defined under `parts`.
PART_AXES = ("network", "objective", "gradient")

Part = dict[str, Any]
# A pattern of cells: axis -> one value or a list of them; all axes must match.
Pattern = dict[str, Any]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Model):
    """What a single cell may use before it is stopped with a status."""

    seconds: float = Field(3600.0, gt=0)
    """Wall time of the cell's process; beyond it the status is `timeout`."""
    memory: ByteSize | None = None
    """Bytes ("8GiB") that a cell may allocate on the CPU beyond its start, or in all on a GPU;
    beyond it the status is `out_of_memory`. None: no limit."""


class Family(_Model):
    """Cells of one method: its axes multiply."""

    name: str
    """A registered method: inr, fbp, cgls, or a plug-in's."""
    axes: dict[str, Annotated[list[str], BeforeValidator(_as_list)]] = {}
    """network, objective and gradient, each with the parts to combine."""
    parameters: dict[str, Any] = {}
    """What the method takes besides (iterations, ...)."""


class Setting(_Model):
    """Parameters of a method for the cells that match a pattern; later settings win."""

    when: Pattern
    parameters: dict[str, Any]


class Experiment(_Model):
    """An experiment file, after its preset has been merged in."""

    title: str
    """One line, shown by `snakemake` alone."""
    note: str | None = None
    """A sentence under every table: what the numbers do and do not show."""
    seeds: list[NonNegativeInt] = Field(min_length=1)
    """Seeds of initial weights and samples, one cell each."""
    datasets: dict[str, Part] = Field(min_length=1)
    """Key -> {name: registered data set (default: the key), label: what tables write (default:
    the registered label), and its parameters}."""
    parts: dict[str, dict[str, Part]] = {}
    """Axis -> key -> {name: registered name (default: the key), label: what tables write
    (default: the registered label), and its parameters}."""
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
    figures: dict[str, dict[str, Any]] = {}
    """Registered figure -> its options."""

    name: str
    """Set from the file's name."""
    preset: str
    """Set from the preset that was asked for."""

    def cells(self) -> list[Cell]:
        """Every cell, data set by data set, in the order of the file.

        Raises:
            ValueError: none at all, or two cells with the same identity or the same labels.
        """
        cells = [cell for cell in self._all() if self._wanted(cell)]
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
        """{name: registered name, **parameters} of a key on an axis."""
        return _part(key, self.parts.get(axis, {}).get(key, {}))

    def dataset(self, key: str) -> Part:
        """{name: registered data set, **parameters} of a data set's key."""
        if key not in self.datasets:
            near = registry.nearest(key, list(self.datasets))
            raise ValueError(f"{self.name} has no data set {key!r}: {near}")
        return _part(key, self.datasets[key])

    def label(self, axis: str, key: str) -> str:
        """How tables write a data set (axis "dataset") or a part."""
        known = self.datasets if axis == "dataset" else self.parts.get(axis, {})
        if "label" in known.get(key, {}):
            return known[key]["label"]
        part = self.dataset(key) if axis == "dataset" else self.part(axis, key)
        return part_label(axis, part)

    def _all(self) -> Iterator[Cell]:
        for dataset, family, seed in itertools.product(self.datasets, self.methods, self.seeds):
            # In a fixed order, so that a cell's identity does not depend on the file's.
            used = [axis for axis in PART_AXES if axis in family.axes]
            for keys in itertools.product(*(family.axes[axis] for axis in used)):
                axes = dict(zip(used, keys, strict=True))
                where = {"dataset": dataset, "method": family.name, "seed": seed, **axes}
                method: Part = {"name": family.name, **family.parameters}
                method |= {axis: self.part(axis, key) for axis, key in axes.items()}
                for setting in self.settings:
                    if matches(setting.when, where):
                        method |= setting.parameters
                yield Cell(
                    experiment=self.name,
                    preset=self.preset,
                    dataset=dataset,
                    method="-".join([family.name, *keys]),
                    seed=seed,
                    axes=axes,
                    labels={
                        "dataset": self.label("dataset", dataset),
                        "method": registry.label("method", family.name),
                        **{axis: self.label(axis, key) for axis, key in axes.items()},
                    },
                    spec={
                        "dataset": self.dataset(dataset),
                        "method": method,
                        "checkpoints": self.checkpoints,
                        "limits": self.limits.model_dump(),
                    },
                )

    def _wanted(self, cell: Cell) -> bool:
        where = {"dataset": cell.dataset, "method": cell.spec["method"]["name"],
                 "seed": cell.seed, **cell.axes}  # fmt: skip
        if self.include and not any(matches(pattern, where) for pattern in self.include):
            return False
        return not any(matches(pattern, where) for pattern in self.exclude)


@dataclass(frozen=True)
class Cell:
    """One point of an experiment: a data set, a method with all its parameters, and a seed."""

    experiment: str
    preset: str
    dataset: str
    method: str
    seed: int
    axes: dict[str, str]
    labels: dict[str, str]
    """How tables write data set, method and each axis."""
    spec: dict[str, Any]

    @property
    def id(self) -> str:
        """<dataset>/<method>/seed<k>, which is also its folder below the experiment's."""
        return f"{self.dataset}/{self.method}/seed{self.seed}"


def _part(key: str, fields: Part) -> Part:
    return {"name": key} | {name: value for name, value in fields.items() if name != "label"}


def part_label(axis: str, part: Part) -> str:
    """A part's name in tables; a jvp is "exact" at rate 1 and "JVP 10 %" at rate 0.1."""
    if axis == "gradient" and part["name"] == "jvp" and isinstance(part.get("rate"), int | float):
        return "exact" if part["rate"] == 1 else f"JVP {100 * part['rate']:g} %"
    return registry.label(axis, part["name"])


def matches(pattern: Pattern, where: dict[str, Any]) -> bool:
    """Whether every axis of the pattern has (one of) the wanted values."""
    return all(axis in where and where[axis] in _as_list(want) for axis, want in pattern.items())


def available(folder: Path = FOLDER) -> list[str]:
    """Names of the experiments, which are the names of their files."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def presets(name: str, folder: Path = FOLDER) -> list[str]:
    """Names of an experiment's presets, its default first."""
    return list(_read(name, folder)[1])


def load(name: str, preset: str | None = None, folder: Path = FOLDER) -> Experiment:
    """Read an experiment and merge a preset into it.

    Args:
        name: file name without `.yaml`.
        preset: one of the file's `presets`; None takes the first.
        folder: where the files are.

    Raises:
        ValueError: an unknown experiment, preset, key or name, with the nearest known one.
    """
    document, known = _read(name, folder)
    preset = next(iter(known)) if preset is None else preset
    if preset not in known:
        near = registry.nearest(preset, list(known))
        raise ValueError(f"{name} has no preset {preset!r}: {near}")
    merged = _merge(document, known[preset] or {})
    path = folder / f"{name}.yaml"
    try:
        experiment = Experiment.model_validate({**merged, "name": name, "preset": preset})
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(path, fault) for fault in error.errors())) from None
    try:
        _check_names(experiment)
        experiment.cells()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return experiment


def load_all(preset: str | None = None, folder: Path = FOLDER) -> list[Experiment]:
    """Every experiment in its default preset, or those that have the wanted one in that.

    Raises:
        ValueError: as `load`, or a preset that no experiment has.
    """
    found = {name: presets(name, folder) for name in available(folder)}
    if preset is not None and not any(preset in known for known in found.values()):
        everywhere = sorted({one for known in found.values() for one in known})
        raise ValueError(
            f"no experiment has a preset {preset!r}: {registry.nearest(preset, everywhere)}"
        )
    return [
        load(name, preset, folder)
        for name, known in found.items()
        if preset is None or preset in known
    ]


def _read(name: str, folder: Path) -> tuple[dict, dict]:
    """The document of an experiment without its presets, and these."""
    known = available(folder)
    if name not in known:
        raise ValueError(f"unknown experiment {name!r}: {registry.nearest(name, known)}")
    path = folder / f"{name}.yaml"
    try:
        document = yaml.load(path.read_text(), Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected keys such as title, datasets, methods and presets")
    found = document.pop("presets", None)
    if not isinstance(found, dict) or not found:
        raise ValueError(
            f"{path}: expected `presets`, a mapping from names to changes, e.g. laptop: {{}}"
        )
    return document, found


class _Loader(yaml.SafeLoader):
    """Safe YAML that reads 1e-3 as a number, as YAML 1.2 has it and YAML 1.1 has not."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def _merge(base: dict, patch: dict) -> dict:
    """`base` with `patch` laid over it: dictionaries merge, anything else is replaced."""
    merged = dict(base)
    for key, value in patch.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


_MODELS = {"limits": Limits, "methods": Family, "settings": Setting}


def _sentence(path: Path, fault: dict) -> str:
    """One fault that pydantic found, with the file, the key, and the nearest known key."""
    where = ".".join(str(step) for step in fault["loc"])
    if fault["type"] == "extra_forbidden":
        *parents, key = fault["loc"]
        known = {*Experiment.model_fields, "presets"} - {"name", "preset"}
        if parents:
            known = set(_MODELS[parents[0]].model_fields)
        return f"{path}: unknown key {where!r}: {registry.nearest(str(key), sorted(known))}"
    return f"{path}: {where}: {fault['msg']} (got {fault['input']!r})"


def _check_names(experiment: Experiment) -> None:
    axes_of_cells = {"dataset", "method", "seed"}
    for label in experiment.datasets:
        registry.check("dataset", experiment.dataset(label)["name"])
    for axis, parts in experiment.parts.items():
        _check_known("axis", axis, PART_AXES)
        for label in parts:
            registry.check(axis, experiment.part(axis, label)["name"])
    for family in experiment.methods:
        registry.check("method", family.name)
        for axis, labels in family.axes.items():
            _check_known("axis", axis, PART_AXES)
            axes_of_cells.add(axis)
            for label in labels:
                if label not in experiment.parts.get(axis, {}):
                    known = [*experiment.parts.get(axis, {}), *registry.names(axis)]
                    _check_known(axis, label, known)
    for figure in experiment.figures:
        registry.check("figure", figure)
    patterns = [setting.when for setting in experiment.settings]
    for pattern in [*patterns, *experiment.include, *experiment.exclude]:
        for axis in pattern:
            _check_known("axis", axis, sorted(axes_of_cells))


def _check_known(what: str, word: str, known) -> None:
    if word not in known:
        raise ValueError(f"unknown {what} {word!r}: {registry.nearest(word, list(known))}")
