"""What each experiment needs in each of its presets, by its file and its chosen values.

Nothing here imports torch, and no plug-in is run.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inrbench.doctor.projectors import Slot

if TYPE_CHECKING:
    from inrbench.experiments.experiment import Experiment


@dataclass(frozen=True)
class Reason:
    """Why an experiment cannot run, and the command that mends it."""

    says: str
    mend: str


@dataclass(frozen=True)
class Demand:
    """What an experiment needs in one of its presets.

    Args:
        name: <experiment>-<preset>.
        first: whether it is the preset that runs by default.
        unread: why the experiment cannot be read, or None; all else is empty then.
        data: measured data sets whose cases are yet to be prepared.
        dimensions: of its scans.
        fdk: whether a cell inverts a cone beam by a library.
        tinycudann: whether a hash encoding asks for it.
        plugins: the files, or the installed modules, of its plug-ins.
        specs: of its cells, seeds apart, with the shapes of grid and sinogram where these are
            known.
    """

    name: str
    first: bool
    unread: Reason | None = None
    data: frozenset[str] = frozenset()
    dimensions: frozenset[int] = frozenset()
    fdk: bool = False
    tinycudann: bool = False
    plugins: frozenset[str] = frozenset()
    specs: tuple[tuple[dict[str, Any], tuple | None], ...] = ()

    def slots(self, where: str) -> set[Slot]:
        """Where it projects. Simulations in 2D, and the references of measured data, are made by
        the CPU's projector wherever the cells run."""
        prepared = {(2, "cpu")} & {(dimension, "cpu") for dimension in self.dimensions}
        return {(dimension, where) for dimension in self.dimensions} | prepared


def demands(folder: Path | None = None) -> list[Demand]:
    """Of every experiment and preset; one that cannot be read says so.

    Args:
        folder: where the experiments are; None: as everywhere, see `experiment_files.folders`.

    Raises:
        ImportError: pydantic or YAML is not there.
    """
    from inrbench.experiments import files as experiment_files

    found = []
    for name in experiment_files.available(folder):
        # Whatever is wrong with one experiment, the others have their say.
        try:
            presets = experiment_files.presets(name, folder)
        except Exception as error:
            found.append(Demand(name, True, unread=_unread(folder, name, None, error)))
            continue
        for preset in presets:
            first = preset == presets[0]
            try:
                found.append(_demand(experiment_files.load(name, preset, folder), first))
            except Exception as error:
                unread = _unread(folder, name, preset, error)
                found.append(Demand(f"{name}-{preset}", first, unread=unread))
    return found


def _demand(experiment: Experiment, first: bool) -> Demand:
    from inrbench import datasets
    from inrbench.cells.names import used
    from inrbench.datasets.manifest import manifest_names
    from inrbench.datasets.shapes import shapes

    measured = set(manifest_names())
    specs = {(cell.dataset, cell.method): cell.spec for cell in experiment.cells()}
    known = {key: shapes(spec["dataset"]) for key, spec in specs.items()}
    methods = [spec["method"] for spec in specs.values()]
    names = {method["name"] for method in methods}
    dimensions = {len(found[0]) for found in known.values() if found is not None}
    if None in known.values():
        # A measured scan tells its shape once it is prepared; till then the classical method that
        # stands beside the others does, as each of them is for one dimension only.
        dimensions |= {{"fbp": 2, "fdk": 3}[name] for name in names & {"fbp", "fdk"}}
    return Demand(
        name=f"{experiment.name}-{experiment.preset}",
        first=first,
        data=frozenset(
            part["name"]
            for part in (spec["dataset"] for spec in specs.values())
            if part["name"] in measured and not datasets.is_whole(datasets.prepared_path(part))
        ),
        dimensions=frozenset(dimensions),
        fdk="fdk" in names,
        tinycudann=any(
            (method.get("network") or {}).get("backend") == "tinycudann" for method in methods
        ),
        plugins=frozenset(
            target.rpartition(":")[0] for spec in specs.values() for _, _, target, _ in used(spec)
        ),
        specs=tuple((spec, known[key]) for key, spec in specs.items()),
    )


def _unread(folder: Path | None, name: str, preset: str | None, error: Exception) -> Reason:
    """The experiment's own sentence, and a search or an editor to mend it."""
    from inrbench.experiments import files as experiment_files
    from inrbench.experiments.search import Unchosen
    from inrbench.registry.plugin_module import PluginError

    validate = f"inrbench validate {name}" + (f" --preset {preset}" if preset else "")
    if isinstance(error, Unchosen):
        search, _, of = error.search.rpartition("-")
        mend = f"snakemake {search} --config preset={of} && inrbench choose {search} --preset {of}"
    elif isinstance(error, PluginError):
        mend = validate
    else:
        path = experiment_files.folder_of(name, folder) / f"{name}.yaml"
        mend = f"${{EDITOR:-vi}} {shlex.quote(str(path))} && {validate}"
    return Reason(str(error), mend)
