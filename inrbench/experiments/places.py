"""Where the results lie that a person names; `inrbench show` and `compare` take the same names.

results/<machine>/quick-laptop        a path: a record, a cell's folder, an experiment's, a
                                      machine's
quick                                 an experiment, with a preset and a machine
amd-epyc/quick-laptop, amd-epyc       what is kept below results/reference
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inrbench.cells import machine_label, result
from inrbench.experiments import files
from inrbench.meters import machine as here
from inrbench.registry import nearest

MOST = 5
"""Names that a sentence lists."""


def place_of(what: str, preset: str | None = None, machine: str | None = None) -> Path:
    """The place of results by one of the names above.

    Args:
        what: a path, an experiment's name, or the name of a kept reference.
        preset: of the experiment; None: its first.
        machine: label of the experiment's results; None: that of this machine.

    Raises:
        FileNotFoundError: there is nothing, with the preset or machine that has something.
        ValueError: an unknown preset, or a label that is none.
    """
    path = Path(what)
    if path.exists() or result.at(path) is not None:
        return path
    if what in files.available():
        return _of_experiment(what, preset, machine)
    kept = [root / machine_label.KEPT for root in machine_label.roots()]
    for place in (folder / what for folder in kept):
        if not path.is_absolute() and place.exists():
            return place
    known = [str(found.relative_to(folder)) for folder in kept
             for found in sorted([*folder.glob("*"), *folder.glob("*/*")])]  # fmt: skip
    raise FileNotFoundError(
        f"{what}: neither a record or folder of results, nor an experiment, nor a name below "
        f"{kept[0]}; {nearest(what, [*files.available(), *known])}"
    )


def _of_experiment(name: str, preset: str | None, machine: str | None) -> Path:
    known = files.presets(name)
    preset = known[0] if preset is None else preset
    if preset not in known:
        raise ValueError(f"{name} has no preset {preset!r}: {nearest(preset, known)}")
    label = here.label() if machine is None else machine
    place = machine_label.to_read(label) / f"{name}-{preset}"
    if place.exists():
        return place
    others = list(_others(name, known))
    there = f"there is {', or '.join(others[:MOST])}; " if others else ""
    run = f"snakemake {name}" + (f" --config preset={preset}" if preset != known[0] else "")
    raise FileNotFoundError(
        f"{place}: no results of {name} in its preset {preset}; {there}`{run}` makes them; "
        f"{machine_label.VARIABLE} names another folder of results"
    )


def _others(name: str, presets: list[str]) -> Iterator[str]:
    """The options by which other results of an experiment are found."""
    for root in machine_label.roots():
        for found in sorted([*root.glob(f"*/{name}-*"), *root.glob(f"*/*/{name}-*")]):
            preset = found.name.removeprefix(f"{name}-")
            if preset in presets and result.record_files(found):
                machine = found.parent.relative_to(root).as_posix()
                yield f"--preset {preset} --machine {machine}"
