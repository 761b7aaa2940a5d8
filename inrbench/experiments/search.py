"""Searches: the values that an experiment's sweep chooses, and the file that keeps them.

A search is an experiment whose methods sweep parameters (`axes: {learning_rate: [...]}`). For each
method, with its network and objective where it has them, the chosen values are

    argmin over the values of   mean over data sets, gradient modes and seeds of log10 MSE,

with the MSE of the final image, and a cell that failed, or whose MSE is not a number, counting as
infinite. A method that sweeps
several parameters tries all combinations and gets the best one. `inrbench choose` writes them to
`chosen/<experiment>-<preset>.yaml` beside the experiments, and an experiment with
`chosen: <experiment>-<preset>` takes them as its first settings.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from inrbench.cells.cell import Cell
from inrbench.cells.plus import names, plus
from inrbench.cells.record_types import Amount
from inrbench.cells.spec import PART_AXES, Part
from inrbench.cells.subsets import subsets
from inrbench.experiments.experiment import Experiment, Parameters, Setting, matches
from inrbench.io import fault, yaml_file
from inrbench.io.whole_file import whole

if TYPE_CHECKING:
    from inrbench.cells.record import Record

TRAINED = "inr"
"""The method whose choices reach, besides its own cells, those of methods with a network and an
objective that a search has no choices for (such as `gradient_quality`): they train as it does."""

Group = tuple[str, str | None, str | None, int | None]
"""Method, network and objective, each by its registered name, and the objective's subsets, whose
number decides how long a step may be: what values are chosen for."""


class Choice(BaseModel):
    """What a search chose for one method, with one network and objective where it has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = TRAINED
    """Registered name."""
    network: str | None = None
    """Registered name, its output with it ("voxel_grid, softplus"), or None."""
    objective: str | None = None
    """Registered name, those of its regularisers with it ("least_squares + tv"), or None."""
    subsets: int | None = None
    """Of the objective's views; None: all at once."""
    parameters: Parameters
    """The chosen values."""
    mse: Amount
    """Geometric mean of the final MSE with them."""
    cells: int
    """How many cells that mean is over, the same for every candidate."""
    candidates: int
    """How many values were tried."""
    at_edge: bool
    """Whether a chosen value is the smallest or largest that was tried: a wider search may do
    better."""

    @property
    def group(self) -> Group:
        """What it is for."""
        return self.method, self.network, self.objective, self.subsets


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
        ValueError: an experiment that sweeps no parameter, a record of other parameters than the
            experiment's, two parts of one registered name, candidates with unequally many cells,
            or a method (with its network and objective) whose candidates all failed.
    """
    cells = {cell.id: cell for cell in experiment.cells()}
    if not any(_swept(cell) for cell in cells.values()):
        raise ValueError(
            f"{experiment.name} sweeps no parameter, so there is nothing to choose: give a method "
            "an axis such as learning_rate: [0.001, 0.01]"
        )
    scores: dict[Group, dict[tuple, list[float]]] = {}
    parts: dict[Group, list] = {}
    for record in found:
        method = record.spec["method"]
        name = f"{record.cell.dataset}/{record.cell.method}/seed{record.cell.seed}"
        cell = cells.get(name)
        if cell is None or json.loads(json.dumps(cell.spec)) != record.spec:
            raise ValueError(
                f"{name}: its record was made with other parameters than {experiment.name} has "
                f"now; run `snakemake {experiment.name}` again"
            )
        candidate = tuple((axis, cell.axes[axis]) for axis in _swept(cell))
        if not candidate:
            continue
        # As the experiment has them: in a cell's spec, a swept strength is in the objective.
        group_parts = [
            experiment.part(axis, cell.axes[axis]) if axis in cell.axes else method.get(axis)
            for axis in ("network", "objective")
        ]
        group = _group(method["name"], *group_parts)
        if parts.setdefault(group, group_parts) != group_parts:
            raise ValueError(
                f"{name}: {named(group)} stands for two different parts in this search: a search "
                "chooses for one of each name"
            )
        mse = record.metrics.get("mse") if record.status == "ok" else None
        if mse is None or math.isnan(mse):
            score = math.inf
        else:
            score = math.log10(mse) if mse else -math.inf
        scores.setdefault(group, {}).setdefault(candidate, []).append(score)
    return Chosen(
        search=f"{experiment.name}-{experiment.preset}",
        seeds=experiment.seeds,
        choices=[_best(group, tried) for group, tried in scores.items()],
    )


def _swept(cell: Cell) -> list[str]:
    return [axis for axis in cell.axes if axis not in PART_AXES]


def _group(method: str, network: Part | None, objective: Part | None) -> Group:
    n = subsets(objective or {})
    return (
        method,
        network and ", ".join(filter(None, (network["name"], network.get("output")))),
        objective and names(objective),
        n if n > 1 else None,
    )


def named(group: Group) -> str:
    """ "inr, siren, least_squares", "inr, siren, least_squares + tv, 4 subsets", or "tv"."""
    *words, n = group
    words = [*words, n and f"{n} subsets"]
    return ", ".join(word for word in words if word is not None)


def _best(group: Group, tried: dict[tuple, list[float]]) -> Choice:
    """The candidate, ((parameter, value), ...), of the least mean score."""
    means = {candidate: sum(scores) / len(scores) for candidate, scores in tried.items()}
    best = min(means, key=means.__getitem__)
    if means[best] == math.inf:
        raise ValueError(
            f"{named(group)}: no candidate finished in all of its cells, so there is nothing to "
            "choose; widen the search"
        )
    if len({len(scores) for scores in tried.values()}) > 1:
        raise ValueError(
            f"{named(group)}: candidates have unequally many cells; a fair search gives each the "
            "same"
        )
    ranges: dict[str, set] = {}
    for axis, value in itertools.chain(*tried):
        ranges.setdefault(axis, set()).add(value)
    return Choice(
        **dict(zip(("method", "network", "objective", "subsets"), group, strict=True)),
        parameters=dict(best),
        mse=10 ** means[best],
        cells=len(tried[best]),
        candidates=len(tried),
        at_edge=any(
            len(ranges[axis]) > 1 and value in (min(ranges[axis]), max(ranges[axis]))
            for axis, value in best
        ),
    )


def write(chosen: Chosen, folder: Path) -> Path:
    """Write `<folder>/chosen/<search>.yaml`, numbers of four digits; returns the path."""
    path = folder / "chosen" / f"{chosen.search}.yaml"
    content = chosen.model_dump(exclude_none=True)
    for choice in content["choices"]:
        choice["mse"] = float(f"{choice['mse']:.3e}")
    head = f"# Written by `inrbench choose` from the records of {chosen.search}; see its table.\n"
    with whole(path) as partial:
        partial.write_text(
            head + yaml.safe_dump(content, sort_keys=False, default_flow_style=None)
        )
    return path


class Unchosen(ValueError):
    """The choices that an experiment wants to read are not there (yet).

    Args:
        sentence: what is missing.
        search: <experiment>-<preset> of the search that makes them.
    """

    def __init__(self, sentence: str, search: str) -> None:
        super().__init__(sentence)
        self.search = search


def read(name: str, folder: Path) -> Chosen:
    """The choices in `<folder>/chosen/<name>.yaml`.

    Raises:
        Unchosen: no such file, or one that is not of this format.
    """
    path = folder / "chosen" / f"{name}.yaml"
    try:
        return Chosen.model_validate(yaml_file.read(path))
    except FileNotFoundError:
        raise Unchosen(
            f"chosen: {name}: there is no {path}; run that search and then `inrbench choose`", name
        ) from None
    except ValueError as error:
        why = fault.sentence(error) if isinstance(error, ValidationError) else error
        sentence = f"{path}: not a file that `inrbench choose` wrote ({why})"
        raise Unchosen(sentence, name) from None


def settings(chosen: Chosen, experiment: Experiment) -> list[Setting]:
    """The choices as settings of an experiment, by the registered names behind its keys.

    A choice reaches the cells of its method, network and objective and no others, but for those
    that `TRAINED` names. A method that the search has no choices for at all keeps its own values,
    its defaults where the experiment gives none: most methods (fbp, cgls) need no search.

    Raises:
        Unchosen: a network or objective of a cell that the search did not try with a method that
            it has choices for, and whose parameters neither the method's own nor the settings of
            the experiment give.
        ValueError: a seed that the search used.
    """
    used = sorted(set(chosen.seeds) & set(experiment.seeds))
    if used:
        raise ValueError(
            f"seeds {used} were used by the search {chosen.search}: a result needs seeds that its "
            "search has not seen"
        )
    values = {choice.group: choice.parameters for choice in chosen.choices}
    swept: dict[str, set[str]] = {}
    for choice in chosen.choices:
        swept.setdefault(choice.method, set()).update(choice.parameters)
    cells = [{"method": cell.spec["method"]["name"], **cell.axes} for cell in experiment.cells()]
    found: list[Setting] = []
    for family in experiment.methods:
        axes = [axis for axis in ("network", "objective") if axis in family.axes]
        method = family.name
        if method not in swept and len(axes) == 2:
            method = TRAINED
        if method not in swept:
            continue
        for keys in itertools.product(*(family.axes[axis] for axis in axes)):
            part_keys = dict(zip(axes, keys, strict=True))
            own = {axis: experiment.part(axis, key) for axis, key in part_keys.items()}
            # The strength of regularisers: an objective without any takes none.
            plain = "objective" in own and not plus(own["objective"])
            needed = swept[method] - ({"strength"} if plain else set())
            group = _group(method, own.get("network"), own.get("objective"))
            where = {"method": family.name, **part_keys}
            if not any(matches(where, cell) for cell in cells):
                continue  # excluded
            if group in values:
                found.append(Setting(when=where, parameters=values[group]))
            elif not needed <= set(family.parameters) and not any(
                matches(setting.when, where) and needed <= set(setting.parameters)
                for setting in experiment.settings
            ):
                raise Unchosen(
                    f"chosen: {chosen.search} has no value for {named(group)}: add it to that "
                    f"search and run it again, or give {', '.join(sorted(needed))} among the "
                    "method's `parameters` or in `settings`",
                    chosen.search,
                )
    return found
