"""What works on this machine: each thing exercised, each fault with the command that mends it.

The doctor needs the standard library alone. What other packages do is tried in processes of their
own (`own_process`), so that none of them can end it: packages and their versions, torch and the
CUDA device, NVML, the projectors, tiny-cuda-nn, products in each precision, disk and memory,
measured data, kept references, and with all of that each experiment in each preset.
"""

from __future__ import annotations

from collections.abc import Callable

from inrbench.cells import machine_label
from inrbench.doctor import (
    arithmetic,
    data,
    demand,
    device,
    encoding,
    experiments,
    packages,
    projectors,
    references,
    room,
)
from inrbench.doctor.finding import Finding, fault

SECONDS = 300.0
"""That one process may take; the longest of them takes five on two cores."""
REFERENCE = machine_label.RESULTS / machine_label.KEPT


def examine(
    seconds: float = SECONDS, tell: Callable[[str], None] = lambda part: None
) -> list[Finding]:
    """All findings, part by part.

    Args:
        seconds: that one process may take before it counts as hung.
        tell: called with each part before it is tried.
    """
    tell("packages")
    found = packages.examine(seconds=seconds)
    if found[0].state == "broken":  # a Python that cannot read the rest
        return found
    tell("torch and the device")
    here, lines = device.examine(seconds)
    found += lines
    tell("experiment files")
    wanted, unread = _demands()
    tried, tinycudann = [], None
    if here is not None:
        tell("arithmetic")
        lines = encoding.examine(here, seconds)
        tinycudann = lines[0]
        found += [*lines, *arithmetic.examine(here, seconds)]
        tell("projectors")
        tried = projectors.trials(here, seconds)
        slots = {slot for one in wanted if one.first for slot in one.slots(here.name)}
        # Where no experiment can be read, whatever they might need.
        slots = slots if wanted else {(2, "cpu"), (2, here.name), (3, here.name)}
        found += projectors.findings(tried, here, slots)
    tell("room and data")
    rooms = room.examine()
    found += rooms
    places, lines = _data({name for one in wanted if one.first for name in one.data})
    found += lines
    if here is not None:
        found += _references(here)
    tell("experiments")
    found += unread
    return found + experiments.findings(wanted, here, tried, places, tinycudann, rooms, seconds)


def _demands() -> tuple[list[demand.Demand], list[Finding]]:
    """What the experiments need, or the finding that nobody can read them."""
    try:
        return demand.demands(), []
    except ImportError as error:
        return [], [_unreadable(experiments.PART, "experiment files", error)]


def _data(needed: set[str]) -> tuple[list[data.Place], list[Finding]]:
    """Where the measured data sets are, or the finding that nobody can read their manifests."""
    try:
        places = data.places()
    except ImportError as error:
        return [], [_unreadable(data.PART, "manifests", error)]
    return places, data.findings(places, needed)


def _references(here: device.Device) -> list[Finding]:
    """Which kept references are of this machine, or the finding that nobody can read them."""
    try:
        return references.examine(here, REFERENCE)
    except ImportError as error:
        return [_unreadable(references.PART, "kept records", error)]


def _unreadable(part: str, what: str, error: ImportError) -> Finding:
    says = f"they cannot be read: {error}"
    return fault(part, what, says, packages.install_module(error.name), needed=True)
