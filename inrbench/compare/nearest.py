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

from inrbench.compare import runs
from inrbench.compare.comparable import machine_of
from inrbench.compare.runs import Runs


@dataclass(frozen=True)
class KeptReference:
    """Kept results of an experiment.

    Args:
        folder: results/reference/<machine>/<experiment>-<preset>.
        runs: what is in it.
        key: comparison key of its machine.
        differing: fields in which that is not ours.
    """

    folder: Path
    runs: Runs
    key: dict[str, Any]
    differing: tuple[str, ...]

    @property
    def machine(self) -> str:
        """Label of its machine."""
        return self.folder.parent.name


def nearest(key: dict[str, Any], folders: Iterable[Path]) -> KeptReference | None:
    """The nearest of these kept results, or None where none can be read.

    Args:
        key: of the machine at hand, see `comparable.machine_of`.
        folders: results/reference/<machine>/<experiment>-<preset>, those there are.
    """
    found = []
    for folder in folders:
        try:
            kept = runs.read(folder)
        except (ValueError, OSError):
            continue
        theirs = machine_of(kept.records)
        differing = sorted(field for field in key | theirs if key.get(field) != theirs.get(field))
        found.append(KeptReference(folder, kept, theirs, tuple(differing)))

    def distance(one: KeptReference) -> tuple:
        other_kind = (one.key.get("cuda") is None) != (key.get("cuda") is None)
        return other_kind, "device" in one.differing, len(one.differing), str(one.folder)

    return min(found, key=distance, default=None)
