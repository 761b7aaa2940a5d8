"""The noise of a machine: by how much runs of the same code on it lie apart.

For each measure and row the file has, by seed and in the order of the runs, the deviations

    log(value of the run) - median over all runs of the row.

`Noise.floor` makes of them what sweeps of the same code differ by, in the statistic of `groups`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from inrbench.cells import machine_label
from inrbench.cells.record_machine import Key
from inrbench.cells.record_types import Count, Finite
from inrbench.cells.result import Result
from inrbench.compare.comparable import OF_DATA, machine_of
from inrbench.compare.groups import LEAST_ROWS, sweeps
from inrbench.compare.measures import MEASURES
from inrbench.io import fault, text_file
from inrbench.io.whole_file import whole

VERSION = 2
"""2: deviations alone, of noisy measures."""
FILE = "noise.json"
MOST = 2**26
"""Bytes of the file."""
OF_MACHINE = ("device", "device_memory", "threads")
"""Fields of the comparison key on which the noise depends."""
DEVIATIONS = 3.0
"""Standard deviations from which on a difference of sweeps is no noise."""
Deviations = Annotated[dict[str, Annotated[list[Finite], Field(min_length=1)]],
                       Field(min_length=1)]  # fmt: skip
"""By seed, which JSON has as a text; at least one, and of each a run."""


class Noise(BaseModel):
    """`noise.json`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    version: Literal[VERSION] = VERSION
    key: Key
    """The comparison key of all its runs, without the data's checksum."""
    created: str
    """When it was estimated, UTC, ISO 8601."""
    revision: str | None
    """Of the code that ran; None for several, or where git knows none."""
    runs: Count
    measures: dict[str, dict[str, Deviations]]
    """Measure -> row -> seed -> deviations."""

    def of_machine(self, key: dict[str, Any]) -> bool:
        """Whether it was measured on a machine such as that of this comparison key."""
        return all(self.key.get(field) == key.get(field) for field in OF_MACHINE)

    def floor(self, measure: str, rows: Iterable[str], runs: tuple[int, int]) -> float | None:
        """3 s sqrt(1/n + 1/m): what n and m sweeps of these rows differ by at the most.

        s is the standard deviation of the values of the A/A sweeps. None where fewer than
        `LEAST_ROWS` of the rows, or fewer than two sweeps, are known.
        """
        known = self.measures.get(measure, {})
        logs = [
            {(seed, k): one for seed, mine in known[row].items() for k, one in enumerate(mine)}
            for row in rows
            if row in known
        ]
        shared = set.intersection(*map(set, logs)) if logs else set()
        if len(logs) < LEAST_ROWS or len(shared) < 2:
            return None
        values = sweeps([{key: row[key] for key in sorted(shared)} for row in logs])
        spread = float(np.std(list(values.values()), ddof=1))
        return DEVIATIONS * spread * math.sqrt(1 / runs[0] + 1 / runs[1])

    def write(self, path: Path, replace: bool = False) -> None:
        """Write it; raises `FileExistsError` where there is one that is not to be replaced."""
        if path.exists() and not replace:
            raise FileExistsError(f"{path} is there already: use --replace to measure it anew")
        with whole(path) as partial:
            partial.write_text(json.dumps(self.model_dump()) + "\n")


def read(path: Path) -> Noise:
    """The noise in a file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is cut off, of another version, or not of noise.
    """
    try:
        fields = from_json(text_file.read_bytes(path, MOST))
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file; run `inrbench noise`") from None
    except ValueError as error:
        raise ValueError(f"{path}: not a complete JSON file ({error})") from None
    version = fields.get("version") if isinstance(fields, dict) else None
    if version != VERSION:
        shown = fault.value(version)
        raise ValueError(
            f"{path}: version {shown} of a noise file, expected {VERSION}; run `inrbench noise`"
        )
    try:
        return Noise.model_validate(fields)
    except ValidationError as error:
        raise ValueError(f"{path}: not a noise file ({fault.sentence(error)})") from None


def find(source: Path, key: dict[str, Any], root: Path = machine_label.RESULTS) -> Noise | None:
    """The noise of a machine: kept beside or above a folder of records, or below `root`.

    Args:
        source: of the records.
        key: of the machine, as the comparison key has it.
        root: folder of all results.
    """
    for path in (folder / FILE for folder in (source, *source.parents)):
        if path.is_file() and (found := read(path)).of_machine(key):
            return found
    for path in (*sorted(root.glob(f"*/{FILE}")), *sorted(root.glob(f"reference/*/{FILE}"))):
        try:
            found = read(path)
        except ValueError:  # of another machine, perhaps: no reason not to compare these
            continue
        if found.of_machine(key):
            return found
    return None


def estimate(runs: Iterable[Result]) -> Noise:
    """The noise in runs of the same code on the same machine; cells that failed have none.

    Raises:
        ValueError: runs of different machines or versions, or no row with two runs.
    """
    runs = sorted(runs, key=lambda run: run.record.created)
    found = [run.record for run in runs]
    keys = [record.machine["key"] for record in found if record.machine.get("key")]
    key = machine_of(found)
    if differing := sorted({f for one in keys for f in one} - set(key) - {OF_DATA}):
        raise ValueError(
            f"noise needs runs of one machine; these differ in {', '.join(differing)}"
        )
    measures = {name: rows for name in MEASURES if (rows := _deviations(runs, name))}
    if not measures or not keys:
        raise ValueError("noise needs at least two runs of a row that ended well")
    revisions = {
        (record.machine.get("fingerprint", {}).get("git") or {}).get("revision")
        for record in found
    }
    return Noise(
        key=key,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        revision=revisions.pop() if len(revisions) == 1 else None,
        runs=len(runs),
        measures=measures,
    )


def _deviations(runs: list[Result], name: str) -> dict[str, Deviations]:
    """Of one noisy measure, the rows with two runs or more."""
    if MEASURES[name].exact:
        return {}
    logs: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        if (value := MEASURES[name].of(run.record)) is not None:
            seed = str(run.record.cell.seed)
            logs.setdefault(run.record.cell.row, {}).setdefault(seed, []).append(math.log(value))
    rows = {}
    for row, by_seed in logs.items():
        every = [log for mine in by_seed.values() for log in mine]
        if len(every) > 1:
            rows[row] = {
                seed: [round(log - float(np.median(every)), 7) for log in mine]
                for seed, mine in by_seed.items()
            }
    return rows
