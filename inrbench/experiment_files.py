"""Experiment files: reading one, merging a preset into it, and saying what is wrong with it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import yaml
from pydantic import ValidationError

from inrbench import papers, plugins, registry, search
from inrbench.cell import registered_names
from inrbench.experiment import Experiment, Family, Limits, Setting, as_list
from inrbench.plugin_module import PluginError
from inrbench.spec import PART_AXES

SHIPPED = Path(__file__).resolve().parents[1] / "workflow" / "experiments"
"""This checkout's experiments, which those of another folder may extend."""
FOLDER = Path(os.environ.get("INRBENCH_EXPERIMENTS") or SHIPPED)
"""Where experiments are: `$INRBENCH_EXPERIMENTS`, or those of this checkout."""


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
        PluginError: a plug-in that it names cannot be used.
    """
    document, known = _read(name, folder)
    preset = next(iter(known)) if preset is None else preset
    if preset not in known:
        near = registry.nearest(preset, list(known))
        raise ValueError(f"{name} has no preset {preset!r}: {near}")
    merged = _merge(document, known[preset] or {})
    path = folder / f"{name}.yaml"
    try:
        own = {"name": name, "preset": preset, "folder": folder.resolve()}
        experiment = Experiment.model_validate({**merged, **own})
    except ValidationError as error:
        raise ValueError("\n".join(_sentence(path, fault) for fault in error.errors())) from None
    try:
        experiment = _plugged_in(experiment, folder)
        _check_names(experiment)
        if experiment.chosen is not None:
            where = _having(f"chosen/{experiment.chosen}.yaml", folder)
            chosen = search.settings(search.read(experiment.chosen, where), experiment)
            experiment = experiment.model_copy(
                update={"settings": [*chosen, *experiment.settings]}
            )
        cells = experiment.cells()
        names = {name for cell in cells for name in registered_names(cell.spec)}
        plugins.check_named(sorted(names), experiment.plugins)
    except search.Unchosen:
        raise
    except PluginError as error:
        raise PluginError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return experiment


def load_all(preset: str | None = None, folder: Path = FOLDER) -> list[Experiment]:
    """Every experiment in its default preset, or those that have the wanted one in that.

    One whose `chosen` file is yet to be made by a search is left out, with a line that says so,
    and so is one whose plug-in cannot be used.

    Raises:
        ValueError: as `load`, or a preset that no experiment has.
    """
    found = {name: presets(name, folder) for name in available(folder)}
    if preset is not None and not any(preset in known for known in found.values()):
        everywhere = sorted({one for known in found.values() for one in known})
        raise ValueError(
            f"no experiment has a preset {preset!r}: {registry.nearest(preset, everywhere)}"
        )
    loaded = []
    for name, known in found.items():
        if preset is None or preset in known:
            try:
                loaded.append(load(name, preset, folder))
            # The search itself must be able to run, and what needs no plug-in.
            except (search.Unchosen, PluginError) as error:
                print(f"{name} is left out: {error}", file=sys.stderr)
    return loaded


def _read(name: str, folder: Path, extending: tuple[str, ...] = ()) -> tuple[dict, dict]:
    """The document of an experiment without its presets, and these; both laid over those of the
    experiment that it extends."""
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
    base = document.pop("extends", None)
    if base is not None:
        if not isinstance(base, str) or base in (*extending, name):
            raise ValueError(f"{path}: extends: {base!r} is not the name of another experiment")
        where = _having(f"{base}.yaml", folder)
        try:
            below, presets_below = _read(base, where, (*extending, name))
        except ValueError as error:
            raise ValueError(f"{path}: extends: {error}") from error
        if isinstance(below.get("plugins"), list):
            below["plugins"] = [str(where.resolve() / str(name)) for name in below["plugins"]]
        document = _merge(below, document)
        found = _merge(presets_below, {} if found is None else found)
    if not isinstance(found, dict) or not found:
        raise ValueError(
            f"{path}: expected `presets`, a mapping from names to changes, e.g. laptop: {{}}"
        )
    for preset, changes in found.items():
        if not isinstance(changes, dict | None):
            raise ValueError(f"{path}: preset {preset!r}: expected keys with changes, e.g. {{}}")
    return document, found


def _having(file: str, folder: Path) -> Path:
    """The folder itself, or the shipped experiments where only these have the file."""
    shipped = not (folder / file).exists() and (SHIPPED / file).exists()
    return SHIPPED if shipped else folder


class _Loader(yaml.SafeLoader):
    """Safe YAML that reads 1e-3 as a number, as YAML 1.2 has it and YAML 1.1 has not."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict:
    """A mapping whose keys differ: YAML itself would let the last of two win."""
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.YAMLError(f"key {key!r} stands twice{node.start_mark}")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
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


def _plugged_in(experiment: Experiment, folder: Path) -> Experiment:
    """Add the plug-ins that can be found and those that it names, which get their whole paths."""
    plugins.discover()
    paths = [(folder / Path(name).expanduser()).resolve() for name in experiment.plugins]
    for path in paths:
        plugins.add(path)
    return experiment.model_copy(update={"plugins": [str(path) for path in paths]})


_MODELS = {"limits": Limits, "methods": Family, "settings": Setting}


def _sentence(path: Path, fault: dict) -> str:
    """One fault that pydantic found, with the file, the key, and the nearest known key."""
    where = ".".join(str(step) for step in fault["loc"])
    if fault["type"] == "extra_forbidden":
        *parents, key = fault["loc"]
        known = {*Experiment.model_fields, "presets", "extends"} - {"name", "preset", "folder"}
        if parents:
            known = set(_MODELS[parents[0]].model_fields)
        return f"{path}: unknown key {where!r}: {registry.nearest(str(key), sorted(known))}"
    if fault["type"] == "value_error":  # a sentence of ours
        return f"{path}: {where}: {fault['ctx']['error']}"
    return f"{path}: {where}: {fault['msg']} (got {fault['input']!r})"


def _check_names(experiment: Experiment) -> None:
    if experiment.paper is not None:
        papers.check(experiment.paper)
    for label in experiment.datasets:
        registry.check("dataset", experiment.dataset(label)["name"])
    for axis, parts in experiment.parts.items():
        _check_known("axis", axis, PART_AXES)
        for label in parts:
            registry.check(axis, experiment.part(axis, label)["name"])
    for family in experiment.methods:
        registry.check("method", family.name)
        for axis, labels in family.axes.items():
            if axis not in PART_AXES and not any(isinstance(label, str) for label in labels):
                continue  # a parameter of the method, which `validate` checks with its values
            _check_known("axis", axis, PART_AXES)
            for label in labels:
                if label not in experiment.parts.get(axis, {}):
                    known = [*experiment.parts.get(axis, {}), *registry.names(axis)]
                    _check_known(axis, label, known)
    for figure in experiment.figures:
        registry.check("figure", experiment.figure(figure)["name"])
    patterns = [setting.when for setting in experiment.settings]
    values = experiment.axis_values()
    for pattern in [*patterns, *experiment.include, *experiment.exclude]:
        for axis, wanted in pattern.items():
            _check_known("axis", axis, sorted(values))
            if axis == "seed":  # a preset may have fewer
                continue
            for value in as_list(wanted):
                _check_known(axis, value, values[axis])


def _check_known(what: str, word: str | int, known) -> None:
    if word not in known:
        near = registry.nearest(str(word), [str(one) for one in known])
        raise ValueError(f"unknown {what} {word!r}: {near}")
