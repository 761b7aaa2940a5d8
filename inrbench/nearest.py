"""Which kept reference to compare with: that of the same machine, or else the nearest.

Nearest is, in this order: the same kind of device (a CPU, or a GPU), the same device, the fewest
fields of the comparison key that differ (versions of torch, CUDA and the driver, memory, threads,
precision), and the first by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inrbench import records

OF_CELLS = "data_checksum"
"""The field of a comparison key that is a cell's, not a machine's."""


@dataclass(frozen=True)
class Reference:
    """Kept results of an experiment.

    Args:
        folder: results/reference/<machine>/<experiment>-<preset>.
        key: comparison key of its machine.
        differing: fields in which that is not ours.
    """

    folder: Path
    key: dict[str, Any]
    differing: tuple[str, ...]

    @property
    def machine(self) -> str:
        """Label of its machine."""
        return self.folder.parent.name


def nearest(key: dict[str, Any], folders: Iterable[Path]) -> Reference | None:
    """The nearest of these kept results, or None where none can be read.

    Args:
        key: of the machine at hand, see `machine_key`.
        folders: results/reference/<machine>/<experiment>-<preset>, those there are.
    """
    found = []
    for folder in sorted(folders):
        theirs = machine_key(folder)
        if theirs:
            differing = sorted(
                field for field in key | theirs if key.get(field) != theirs.get(field)
            )
            found.append(Reference(folder, theirs, tuple(differing)))
    return min(found, key=lambda one: _distance(one, key), default=None)


def machine_key(folder: Path) -> dict[str, Any]:
    """The comparison key of the first record below a folder that has one, without what belongs
    to its data; {} where there is none."""
    for path in sorted(folder.glob("**/seed*/record.json")):
        try:
            key = records.read(path).machine.get("key")
        except ValueError:
            continue
        if key:
            return {field: value for field, value in key.items() if field != OF_CELLS}
    return {}


def _distance(reference: Reference, key: dict[str, Any]) -> tuple:
    other_kind = (reference.key.get("cuda") is None) != (key.get("cuda") is None)
    other_device = "device" in reference.differing
    return other_kind, other_device, len(reference.differing), str(reference.folder)
