"""Searches: the values that an experiment's sweep chooses, and the file that keeps them.

A search is an experiment whose methods sweep parameters (`axes: {learning_rate: [...]}`). For each
network and objective the chosen values are

    argmin over the values of   mean over data sets, gradient modes and seeds of log10 MSE,

with the MSE of the final image, and a cell that failed counting as infinite. `inrbench choose`
writes them to `chosen/<experiment>-<preset>.yaml` beside the experiments, and an experiment with
`chosen: <experiment>-<preset>` takes them as its first settings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from inrbench.experiment import PART_AXES, Experiment, Setting, matches

if TYPE_CHECKING:
    from inrbench.records import Record

GROUPS = ("network", "objective")
"""A value is chosen for each combination of these."""


class Choice(BaseModel):
    """What a search chose for one network and objective."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: str
    """Registered name."""
    objective: str
    """Registered name."""
    parameters: dict[str, Any]
    """The chosen values."""
    mse: float
    """Geometric mean of the final MSE with them."""
    cells: int
    """How many cells that mean is over, the same for every candidate."""
    candidates: int
    """How many values were tried."""
    at_edge: bool
    """Whether a chosen value is the smallest or largest that was tried: a wider search may do
    better."""


class Chosen(BaseModel):
    """A file of choices: which search made them, and its choices."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: str
    """<experiment>-<preset>, whose records are the evidence."""
    seeds: list[int]
    """The search's seeds, which no experiment that reads the choices may use."""
    choices: list[Choice]


def choose(experiment: Experiment, found: Iterable[Record]) -> Chosen:
    """The best values of a search's sweep.

    Args:
        experiment: the search.
        found: the records of all of its cells.

    Raises:
        ValueError: an experiment that sweeps no parameter of a method with network and objective,
            a record of other parameters than the experiment's, two parts of one registered name,
            candidates with unequally many cells, or a network and objective whose cells all
            failed.
    """
    swept = list(dict.fromkeys(
        axis for family in experiment.methods if set(GROUPS) <= set(family.axes)
        for axis in family.axes if axis not in PART_AXES
    ))  # fmt: skip
    if not swept:
        raise ValueError(
            f"{experiment.name} sweeps no parameter, so there is nothing to choose: give a method "
            "an axis such as learning_rate: [0.001, 0.01]"
        )
    specs = {cell.id: cell.spec for cell in experiment.cells()}
    scores: dict[tuple, dict[tuple, list[float]]] = {}
    parts: dict[tuple, list] = {}
    for record in found:
        method, cell = record.spec["method"], record.cell
        name = f"{cell.dataset}/{cell.method}/seed{cell.seed}"
        if json.loads(json.dumps(specs.get(name))) != record.spec:
            raise ValueError(
                f"{name}: its record was made with other parameters than {experiment.name} has "
                f"now; run `snakemake {experiment.name}` again"
            )
        if not all(axis in method for axis in (*GROUPS, *swept)):
            continue
        group = tuple(method[axis]["name"] for axis in GROUPS)
        part = [method[axis] for axis in GROUPS]
        if parts.setdefault(group, part) != part:
            raise ValueError(
                f"{name}: {' with '.join(group)} stands for two different parts in this search: "
                "a search chooses for one of each name"
            )
        values = tuple(method[axis] for axis in swept)
        mse = record.metrics.get("mse") if record.status == "ok" else None
        score = math.log10(mse) if mse else (math.inf if mse is None else -math.inf)
        scores.setdefault(group, {}).setdefault(values, []).append(score)
    choices = []
    for group, tried in scores.items():
        means = {values: sum(found) / len(found) for values, found in tried.items()}
        best = min(means, key=means.__getitem__)
        if means[best] == math.inf:
            raise ValueError(
                f"{' with '.join(group)}: no candidate finished in all of its cells, so there is "
                "nothing to choose; widen the search"
            )
        if len({len(found) for found in tried.values()}) > 1:
            raise ValueError(
                f"{' with '.join(group)}: candidates have unequally many cells; a fair search "
                "gives each the same"
            )
        ranges = [sorted(each) for each in zip(*tried, strict=True)]
        choices.append(
            Choice(
                **dict(zip(GROUPS, group, strict=True)),
                parameters=dict(zip(swept, best, strict=True)),
                mse=10 ** means[best],
                cells=len(tried[best]),
                candidates=len(tried),
                at_edge=any(
                    len(set(each)) > 1 and value in (each[0], each[-1])
                    for value, each in zip(best, ranges, strict=True)
                ),
            )
        )
    return Chosen(
        search=f"{experiment.name}-{experiment.preset}", seeds=experiment.seeds, choices=choices
    )


def write(chosen: Chosen, folder: Path) -> Path:
    """Write `<folder>/chosen/<search>.yaml`, numbers of four digits; returns the path."""
    path = folder / "chosen" / f"{chosen.search}.yaml"
    path.parent.mkdir(exist_ok=True)
    content = chosen.model_dump()
    for choice in content["choices"]:
        choice["mse"] = float(f"{choice['mse']:.3e}")
    head = f"# Written by `inrbench choose` from the records of {chosen.search}; see its table.\n"
    path.write_text(head + yaml.safe_dump(content, sort_keys=False, default_flow_style=None))
    return path


class Unchosen(ValueError):
    """The choices that an experiment wants to read are not there (yet)."""


def read(name: str, folder: Path) -> Chosen:
    """The choices in `<folder>/chosen/<name>.yaml`.

    Raises:
        Unchosen: no such file, or one that is not of this format.
    """
    path = folder / "chosen" / f"{name}.yaml"
    try:
        return Chosen.model_validate(yaml.safe_load(path.read_text()))
    except FileNotFoundError:
        raise Unchosen(
            f"chosen: {name}: there is no {path}; run that search and then `inrbench choose`"
        ) from None
    except (yaml.YAMLError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise Unchosen(f"{path}: not a file that `inrbench choose` wrote ({first})") from None


def settings(chosen: Chosen, experiment: Experiment) -> list[Setting]:
    """The choices as settings of an experiment, by the registered names behind its keys.

    Raises:
        Unchosen: a network and objective that the search did not try and whose parameters the
            experiment's own settings do not give.
        ValueError: a seed that the search used.
    """
    used = sorted(set(chosen.seeds) & set(experiment.seeds))
    if used:
        raise ValueError(
            f"seeds {used} were used by the search {chosen.search}: a result needs seeds that its "
            "search has not seen"
        )
    values = {(choice.network, choice.objective): choice.parameters for choice in chosen.choices}
    swept = {name for choice in chosen.choices for name in choice.parameters}
    found: list[Setting] = []
    for family in experiment.methods:
        if not all(axis in family.axes for axis in GROUPS):
            continue
        for network in family.axes["network"]:
            for objective in family.axes["objective"]:
                names = (
                    experiment.part("network", network)["name"],
                    experiment.part("objective", objective)["name"],
                )
                where = {"method": family.name, "network": network, "objective": objective}
                if names in values:
                    found.append(Setting(when=where, parameters=values[names]))
                elif not any(
                    matches(own.when, where) and swept <= set(own.parameters)
                    for own in experiment.settings
                ):
                    raise Unchosen(
                        f"chosen: {chosen.search} has no value for {names[0]} with {names[1]}: "
                        "add them to that search and run it again, or give "
                        f"{', '.join(sorted(swept))} in `settings`"
                    )
    return found
