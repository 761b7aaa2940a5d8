"""Experiment files: reading one, merging a preset into it, and saying what is wrong with it."""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path

from pydantic import ValidationError

from inrbench import registry
from inrbench.cells.names import check_named, registered_names
from inrbench.cells.spec import PART_AXES
from inrbench.experiments import part, search
from inrbench.experiments.experiment import Experiment, Family, Limits, Setting, as_list
from inrbench.io import fault, shipped, yaml_file
from inrbench.io.printable import printable
from inrbench.registry import plugin_files
from inrbench.registry.plugin_module import PluginError

SHIPPED = shipped.ROOT / "workflow" / "experiments"
"""The built-in experiments, which those of other folders may extend."""
VARIABLE = "INRBENCH_EXPERIMENTS"
CHAIN = 10
"""Experiments that extend one another, at most."""


def folders() -> list[Path]:
    """Where experiments are: the folders of `$INRBENCH_EXPERIMENTS`, separated as those of `PATH`,
    and last the built-in ones.

    Raises:
        ValueError: one of them is no folder, or two have an experiment of the same name.
    """
    found: list[Path] = []
    for word in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        folder = Path(word).expanduser()
        if not folder.is_dir():
            raise ValueError(
                f"{VARIABLE}: {word} is no folder; name folders of experiment files, with "
                f"{os.pathsep!r} between them"
            )
        if not any(folder.samefile(other) for other in (*found, SHIPPED)):
            found.append(folder)
    owners: dict[str, Path] = {}
    for folder in found:
        for name in _names(folder):
            if (other := owners.setdefault(name, folder)) != folder:
                raise ValueError(
                    f"{VARIABLE}: {name}.yaml is in {other} and in {folder}; rename one of them"
                )
    return [*found, SHIPPED]


def available(folder: Path | None = None) -> list[str]:
    """Names of the experiments, which are the names of their files, readable or not.

    Args:
        folder: where they are; None: all of `folders`.
    """
    return sorted({name for one in _searched(folder) for name in _names(one)})


def folder_of(name: str, folder: Path | None = None) -> Path:
    """The folder that has an experiment's file. The user's own comes before a built-in one of the
    same name, and a line on standard error says so.

    Raises:
        ValueError: an unknown experiment, with the nearest known one.
    """
    having = [one for one in _searched(folder) if name in _names(one)]
    if not having:
        raise ValueError(
            f"unknown experiment {name!r}: {registry.nearest(name, available(folder))}"
        )
    if len(having) > 1:
        _say(f"{name} is that of {having[0]}, in place of the built-in experiment")
    return having[0]


def presets(name: str, folder: Path | None = None) -> list[str]:
    """Names of an experiment's presets, its default first."""
    return list(_read(name, folder_of(name, folder))[1])


def _searched(folder: Path | None) -> list[Path]:
    return folders() if folder is None else [folder]


def _names(folder: Path) -> list[str]:
    """Those of `<name>.scan.yaml` describe scans."""
    names = (path.stem for path in folder.glob("*.yaml"))
    return sorted(name for name in names if name[0] != "." and not name.endswith(".scan"))


@functools.cache
def _say(line: str) -> None:
    """Once in a process, however often the experiment is read."""
    print(printable(line), file=sys.stderr)


def load(
    name: str, preset: str | None = None, folder: Path | None = None, only: str | None = None
) -> Experiment:
    """Read an experiment and merge a preset into it.

    Args:
        name: file name without `.yaml`.
        preset: one of the file's `presets`; None takes the first.
        folder: where the file is; None: as `folder_of` finds it.
        only: a part of its cells, see `part`; None: all.

    Raises:
        ValueError: an unknown experiment, preset, key, name or part, with the nearest known one.
        PluginError: a plug-in that it names cannot be used.
    """
    folder = folder_of(name, folder)
    document, known = _read(name, folder)
    preset = next(iter(known)) if preset is None else preset
    if preset not in known:
        near = registry.nearest(preset, list(known))
        raise ValueError(f"{name} has no preset {preset!r}: {near}")
    merged = _merge(document, known[preset] or {})
    path = folder / f"{name}.yaml"
    try:
        own = {"name": name, "preset": preset, "folder": folder.resolve(), "only": {}}
        experiment = Experiment.model_validate({**merged, **own})
    except ValidationError as error:
        raise ValueError(f"{path}: {_sentence(error)}") from None
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
        check_named(sorted(names), experiment.plugins)
        return experiment if only is None else part.of(experiment, only)
    except (search.Unchosen, part.NoSuchPart):
        raise
    except PluginError as error:
        raise PluginError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def load_all(
    preset: str | None = None, folder: Path | None = None, only: str | None = None
) -> list[Experiment]:
    """Every experiment in its default preset, or those that have the wanted one in that, and the
    wanted part.

    One that cannot be used is left out, with a line that says why: the others are none of its
    business. The search itself must be able to run, for one, that makes what another waits for.

    Raises:
        ValueError: a preset or a part that no experiment has.
    """
    loaded, known, without = [], set(), []
    for name in available(folder):
        try:
            mine = presets(name, folder)
            known |= {*mine}
            if preset is None or preset in mine:
                loaded.append(load(name, preset, folder, only))
        except part.NoSuchPart as error:
            without.append((name, error))
        except ValueError as error:
            print(printable(f"{name} is left out: {error}"), file=sys.stderr)
    if preset is not None and preset not in known:
        near = registry.nearest(preset, sorted(known))
        raise ValueError(f"no experiment has a preset {preset!r}: {near}")
    if without and not loaded:
        raise part.in_none(error for _, error in without)
    if without:
        names = ", ".join(name for name, _ in without)
        print(printable(f"left out, without a part {only!r}: {names}"), file=sys.stderr)
    return loaded


def _read(name: str, folder: Path, extending: tuple[str, ...] = ()) -> tuple[dict, dict]:
    """The document of an experiment without its presets, and these; both laid over those of the
    experiment that it extends."""
    if name not in _names(folder):
        raise ValueError(f"unknown experiment {name!r}: {registry.nearest(name, _names(folder))}")
    path = folder / f"{name}.yaml"
    try:
        document = yaml_file.read(path)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from None
    if not isinstance(document, dict):
        raise ValueError(f"{path}: expected keys such as title, datasets, methods and presets")
    found = document.pop("presets", None)
    base = document.pop("extends", None)
    if base is not None:
        if not _is_name(base) or base in (*extending, name):
            shown = fault.value(base)
            raise ValueError(f"{path}: extends: {shown} is not the name of another experiment")
        if len(extending) == CHAIN:
            raise ValueError(f"{path}: extends: a chain of more than {CHAIN} experiments")
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


def _is_name(word: object) -> bool:
    """Whether it is the name of an experiment, and no path."""
    return isinstance(word, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.]*", word) is not None


def _having(file: str, folder: Path) -> Path:
    """The folder itself, or the first other one that has the file; itself where none has."""
    return next((one for one in (folder, *folders()) if (one / file).exists()), folder)


def _merge(base: dict, patch: dict) -> dict:
    """`base` with `patch` laid over it: dictionaries merge, anything else is replaced."""
    merged = dict(base)
    for key, value in patch.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


def _plugged_in(experiment: Experiment, folder: Path) -> Experiment:
    """Add the plug-ins that can be found and those that it names, which get their whole paths."""
    plugin_files.discover()
    paths = [plugin_files.located(name, folder) for name in experiment.plugins]
    for path in paths:
        plugin_files.add(path)
    return experiment.model_copy(update={"plugins": [str(path) for path in paths]})


_MODELS = {"limits": Limits, "methods": Family, "settings": Setting}


def _sentence(error: ValidationError) -> str:
    """The first fault that pydantic found, with the key, and the nearest known key."""
    first, *more = error.errors(include_url=False)
    found = fault.sentence_of(first)
    if first["type"] == "extra_forbidden":
        *parents, key = first["loc"]
        known = {*Experiment.model_fields, "presets", "extends"}
        known -= {"name", "preset", "folder", "only"}
        if parents:
            known = set(_MODELS[parents[0]].model_fields)
        found += f": {registry.nearest(str(key), sorted(known))}"
    return found + (f"; and {len(more)} more" if more else "")


def _check_names(experiment: Experiment) -> None:
    if experiment.paper is not None:
        registry.check("paper", experiment.paper)
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
