"""The noise floor of a machine: how far runs of the same code on it lie apart.

For each measure and row the file has, by seed and in the order of the runs, the deviations

    log(value of the run) - median over all runs of the row,

so that what one run differs from the next of the same seed, and what one seed differs from
another, can both be read off. `same_seed` and `seeds` sum them up as scales, as the standard
deviation of a normal law: from the median of |x - y| over two runs of a seed, or two seeds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from inrbench.cells.record import Record
from inrbench.cells.record_machine import Key
from inrbench.cells.record_types import Amount, Count, Finite
from inrbench.compare.comparable import OF_DATA
from inrbench.compare.measures import MEASURES
from inrbench.compare.runs import row_of
from inrbench.io import fault, text_file
from inrbench.io.whole_file import whole

VERSION = 1
FILE = "noise.json"
MOST = 2**26
"""Bytes of the file."""
OF_MACHINE = ("device", "device_memory", "threads")
"""Fields of the comparison key on which the noise depends."""
EXACT_ROWS = 3
"""Rows run twice with a seed that it takes to say whether a measure repeats to the byte."""
NORMAL = 1.0483
"""Standard deviation of a normal law over the median of |x - y|: 1 / (0.6745 sqrt(2))."""
Deviations = Annotated[dict[str, Annotated[list[Finite], Field(min_length=1)]],
                       Field(min_length=1)]  # fmt: skip
"""By seed, which JSON has as a text; at least one, and of each a run."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class MeasureNoise(_Model):
    """What A/A runs say of one measure."""

    same_seed: Amount | None
    """Scale of a run's logarithm about those of the same seed; 0 if it repeats to the byte; None
    if no seed was run twice."""
    seeds: Amount | None
    """Scale of a seed's median about those of the other seeds; None if no row has two."""
    rows: dict[str, Deviations]

    @property
    def exact(self) -> bool | None:
        """Whether it repeats to the byte for a seed; None if fewer than `EXACT_ROWS` rows tell."""
        told = [
            all(len(set(seed)) == 1 for seed in row.values())
            for row in self.rows.values()
            if any(len(seed) > 1 for seed in row.values())
        ]
        return all(told) if len(told) >= EXACT_ROWS else None

    def runs(self, row: str) -> np.ndarray:
        """Deviations of all runs of a row, whatever their seeds, with shape (runs,)."""
        return np.array([one for seed in self.rows.get(row, {}).values() for one in seed])


class Noise(_Model):
    """`noise.json`."""

    version: int = VERSION
    key: Key
    """The comparison key of all its runs, without the data's checksum."""
    created: str
    """When it was estimated, UTC, ISO 8601."""
    revision: str | None
    """Of the code that ran; None for several, or where git knows none."""
    runs: Count
    measures: dict[str, MeasureNoise]

    def rows(self, measure: str) -> dict[str, Deviations]:
        """Of one measure; none where no run has it."""
        return self.measures[measure].rows if measure in self.measures else {}

    def write(self, path: Path, replace: bool = False) -> None:
        """Write it; raises `FileExistsError` where there is one that is not to be replaced."""
        path = Path(path)
        if path.exists() and not replace:
            raise FileExistsError(f"{path} is there already: use --replace to measure it anew")
        with whole(path) as partial:
            partial.write_text(json.dumps(self.model_dump()) + "\n")

    def of_machine(self, key: dict[str, Any]) -> bool:
        """Whether it was measured on a machine such as that of this comparison key."""
        return all(self.key.get(field) == key.get(field) for field in OF_MACHINE)


def read(path: Path) -> Noise:
    """The noise in a file.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a file that is cut off, of another version, or not of noise.
    """
    path = Path(path)
    try:
        fields = from_json(text_file.read_bytes(path, MOST))
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file; run `inrbench noise`") from None
    except ValueError as error:
        raise ValueError(f"{path}: not a complete JSON file ({error})") from None
    version = fields.get("version") if isinstance(fields, dict) else None
    if version != VERSION:
        shown = fault.value(version)
        raise ValueError(f"{path}: version {shown} of a noise file, expected {VERSION}")
    try:
        return Noise.model_validate(fields)
    except ValidationError as error:
        raise ValueError(f"{path}: not a noise file ({fault.sentence(error)})") from None


def find(source: Path, key: dict[str, Any], root: Path = Path("results")) -> Noise | None:
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


def estimate(records: Iterable[Record]) -> Noise:
    """The noise in runs of the same code on the same machine; cells that failed have none.

    Raises:
        ValueError: runs of different machines or versions, or no row with two runs.
    """
    records = sorted(records, key=lambda record: record.created)
    keys = [
        {field: value for field, value in record.machine["key"].items() if field != OF_DATA}
        for record in records
        if record.machine.get("key")
    ]
    differing = sorted(
        {f for key in keys for f in keys[0].keys() | key if keys[0].get(f) != key.get(f)}
    )
    if differing:
        raise ValueError(
            f"noise needs runs of one machine; these differ in {', '.join(differing)}"
        )
    measures = {name: noise for name in MEASURES if (noise := _of_measure(records, name))}
    if not measures or not keys:
        raise ValueError("noise needs at least two runs of a row that ended well")
    revisions = {
        (record.machine.get("fingerprint", {}).get("git") or {}).get("revision")
        for record in records
    }
    return Noise(
        key=keys[0],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        revision=revisions.pop() if len(revisions) == 1 else None,
        runs=len(records),
        measures=measures,
    )


def _of_measure(records: list[Record], name: str) -> MeasureNoise | None:
    logs: dict[str, Deviations] = {}
    for record in records:
        if (log := MEASURES[name].log(record)) is not None:
            logs.setdefault(row_of(record), {}).setdefault(str(record.cell.seed), []).append(log)
    rows = {}
    for row, by_seed in logs.items():
        if sum(map(len, by_seed.values())) > 1:
            middle = np.median([log for seed in by_seed.values() for log in seed])
            rows[row] = {
                seed: [float(one) for one in np.round(np.array(mine) - middle, 7)]
                for seed, mine in by_seed.items()
            }
    if not rows:
        return None
    repeated = [np.array(one) for row in rows.values() for one in row.values()]
    seeds = [np.array([np.median(one) for one in row.values()]) for row in rows.values()]
    return MeasureNoise(same_seed=scale(repeated), seeds=scale(seeds), rows=rows)


def scale(samples: list[np.ndarray]) -> float | None:
    """Pooled scale of several samples of the same noise; None without one of two or more."""
    apart = [
        np.abs(one[:, None] - one)[np.triu_indices(len(one), 1)] for one in samples if len(one) > 1
    ]
    return float(NORMAL * np.median(np.concatenate(apart))) if apart else None
