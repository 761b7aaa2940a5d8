"""Records: one folder a cell with `record.json`, `history.parquet` and `image.npz`.

`record.json` is renamed into place last: where it exists, all that belongs to it does. Its format
is the model `Record` below, key by key. `history.parquet` has a row for each step, as a rule an
iteration: iteration, loss, seconds (cumulative, metrics excluded), at checkpoints mse, psnr and
ssim, and a method's residuals (see `history`). `image.npz`
holds `final` and `best` (the checkpoint of least MSE), float32 in mm^-1. `notes.parquet`, where
there is one, has what the method itself wrote down, in columns of its own (`gradient_quality`:
iteration, sampler, rate and the fields of `gradients.quality.Quality`; `conditioning`: objective
and the fields of `conditioning.Spectrum`).
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from inrbench.history import HISTORY as HISTORY
from inrbench.history import write_history as write_history
from inrbench.history import write_notes as write_notes

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SCHEMA = 2
"""2: the spec has every parameter; `inrbench complete` makes it of records of 1."""
FILES = ("history.parquet", "notes.parquet", "image.npz")

Status = Literal["ok", "diverged", "out_of_memory", "timeout", "unsupported", "error"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CellName(_Model):
    """Which cell it is."""

    experiment: str
    preset: str
    dataset: str
    method: str
    seed: int


class Memory(_Model):
    """One meter's reading in bytes; None where it could not be read, with the reason in `how`."""

    name: str
    bytes: int | None
    how: str


class Time(_Model):
    """Seconds, all with the metrics' time taken out and the device synchronised."""

    iteration: float | None = None
    """Median of the timed iterations; None for a method with a single step. One that steps over
    several at a time (admm) shares the time of each step out evenly."""
    spread: float | None = None
    """Their inter-quartile range."""
    timed: int = 0
    """Number of timed iterations, the warm-up left out."""
    total: float | None = None
    """From the end of the set-up to the image."""
    setup: float | None = None
    """Building projector and network."""
    pace: float | None = None
    """An iteration in yardsticks, a fixed piece of work timed beside it, see `meters.yardstick`:
    what the code takes, however fast the machine was. None on CUDA, and in records of before."""
    yardstick: float | None = None
    """Median seconds of that piece of work: how fast the machine was."""
    yardstick_version: int | None = None
    """`meters.yardstick.VERSION`: which piece of work."""
    threads: int | None = None


class Fit(_Model):
    """What the closed memory model said of a cell with a memory budget, before it ran."""

    chunk: int | None
    """Points that a jvp back-propagated at a time, chosen unless the spec names a chunk; None: all
    of its sample, or autograd."""
    modelled: int
    """Bytes of the largest phase."""
    phase: str
    """Its name."""


class Record(_Model):
    """`record.json`."""

    schema_version: int = SCHEMA
    cell: CellName
    labels: dict[str, str]
    """How tables write data set, method, network, objective and gradient."""
    status: Status
    reason: str | None = None
    """A sentence that says why the status is not `ok`."""
    metrics: dict[str, float | None] = {}
    """mse (mm^-2), psnr (dB), ssim of the final image; best_mse, best_iteration; held_out."""
    reference: Literal["truth", "reference"] | None = None
    """Whether the metrics compare with a truth or with a reconstruction from more views."""
    unit: str | None = None
    """Of length: "mm", or "pixel" for a scan that does not know its pixel size."""
    memory: list[Memory] = []
    fit: Fit | None = None
    """For a cell with a memory budget that ran."""
    time: Time = Time()
    projector: str | None = None
    """The back end that computed A and A'."""
    machine: dict[str, Any] = {}
    """`key`: what must agree for two records to be compared; `fingerprint`: all else."""
    spec: dict[str, Any]
    """Every parameter of the cell, defaults filled in, see `inrbench.spec`."""
    completed: str | None = None
    """Revision whose defaults were filled in afterwards, see `inrbench.completion`; None: by the
    run itself."""
    command: str
    """Runs the cell again."""
    created: str
    """UTC, ISO 8601."""

    def gradient(self) -> dict[str, Any]:
        """The gradient mode as it ran, with the chunk that a budget chose (None: all at once) in
        place of "auto"; {} without one."""
        asked = self.spec.get("method", {}).get("gradient", {})
        if asked.get("chunk") != "auto":
            return asked
        return asked | {"chunk": None if self.fit is None else self.fit.chunk}


def folder(results: Path, cell: CellName | Any) -> Path:
    """<results>/<experiment>-<preset>/<dataset>/<method>/seed<k>, `results` being a machine's."""
    experiment = f"{cell.experiment}-{cell.preset}"
    return results / experiment / cell.dataset / cell.method / f"seed{cell.seed}"


def commit(target: Path, record: Record, partial: Path) -> None:
    """Move a finished cell's files from `partial` into `target`, the record last.

    An older record goes first, so that at no moment a record stands beside another run's files.
    """
    target.mkdir(parents=True, exist_ok=True)
    (target / "record.json").unlink(missing_ok=True)
    for name in FILES:
        (target / name).unlink(missing_ok=True)
        if (partial / name).exists():
            os.replace(partial / name, target / name)
    written = partial / "record.json"
    written.write_text(json.dumps(_plain(record.model_dump()), indent=1, allow_nan=False) + "\n")
    os.replace(written, target / "record.json")


def _plain(value: Any) -> Any:
    """JSON has no NaN or infinity: they become null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read(path: Path) -> Record:
    """The record in a `record.json` (or in a folder that holds one).

    Raises:
        ValueError: a file that is cut off, or of another schema version.
        FileNotFoundError: no such file.
    """
    path = path if path.suffix == ".json" else path / "record.json"
    try:
        fields = json.loads(path.read_text())
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such record; run `snakemake <experiment>`") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path}: not a complete JSON file ({error}); run its cell again"
        ) from None
    version = fields.get("schema_version") if isinstance(fields, dict) else None
    if version == 1:
        raise ValueError(
            f"{path}: its spec has no defaults (schema version 1): `inrbench complete "
            f"{path.parent}` fills them in, or run its cell again"
        )
    if version != SCHEMA:
        raise ValueError(f"{path}: schema version {version}, this inrbench reads {SCHEMA}")
    return Record.model_validate(fields)


def has_spec(cell_folder: Path, spec: dict[str, Any]) -> bool:
    """Whether a readable record lies there that was made with exactly these parameters."""
    try:
        return read(cell_folder).spec == json.loads(json.dumps(spec))
    except (OSError, ValueError):
        return False


def read_history(cell_folder: Path) -> pd.DataFrame | None:
    """The history of a cell, or None where it left none (its process was killed at once)."""
    import pandas as pd

    path = cell_folder / "history.parquet"
    return pd.read_parquet(path) if path.exists() else None


def read_notes(cell_folder: Path) -> pd.DataFrame | None:
    """What the method of a cell wrote down, or None where it wrote nothing."""
    import pandas as pd

    path = cell_folder / "notes.parquet"
    return pd.read_parquet(path) if path.exists() else None


def read_images(cell_folder: Path) -> dict[str, np.ndarray]:
    """`final` and `best` of a cell; empty where it left no image."""
    import numpy as np

    path = cell_folder / "image.npz"
    if not path.exists():
        return {}
    with np.load(path) as stored:
        return dict(stored)
