"""Records: one folder a cell with `record.json`, `history.parquet` and `image.npz`.

`record.json` is renamed into place last: where it exists, all that belongs to it does. Its format
is `record.Record`, key by key. `history.parquet` has a row for each step, as a rule an
iteration: iteration, loss, seconds (cumulative, metrics excluded), at checkpoints mse, psnr and
ssim, and a method's residuals (see `history`). `image.npz`
holds `final` and `best` (the checkpoint of least MSE), float32 in mm^-1. `notes.parquet`, where
there is one, has what the method itself wrote down, in columns of its own (`gradient_quality`:
iteration, sampler, rate and the fields of `gradients.quality.Quality`; `conditioning`: objective
and the fields of `conditioning.Spectrum`).
"""

from __future__ import annotations

import itertools
import json
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pydantic import ValidationError
from pydantic_core import from_json

from inrbench.cells.history import lacks_numbers
from inrbench.cells.record import SCHEMA, CellName, Record
from inrbench.io import fault, text_file
from inrbench.io.printable import printable
from inrbench.io.whole_file import whole

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FILES = ("history.parquet", "notes.parquet", "image.npz")
MARK = ".made-"
"""Begins the names of marks of what the record beside them was made by, see `stale`."""
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RuntimeError, OSError, EOFError,
              BadZipFile, zlib.error)  # fmt: skip
"""What pyarrow and numpy raise, as the changed byte has it, for a file that is not whole."""


def folder(results: Path, cell: CellName | Any) -> Path:
    """<results>/<experiment>-<preset>/<dataset>/<method>/seed<k>, `results` being a machine's."""
    experiment = f"{cell.experiment}-{cell.preset}"
    return results / experiment / cell.dataset / cell.method / f"seed{cell.seed}"


def commit(target: Path, record: Record, partial: Path) -> Record:
    """Move a finished cell's files from `partial` into `target`, the record last.

    The record is written before anything is touched, and then an older one goes first, after its
    mark, so that at no moment a record stands beside another run's files.

    Returns:
        The record with the sizes of the files beside it.
    """
    target.mkdir(parents=True, exist_ok=True)
    sizes = {name: (partial / name).stat().st_size for name in FILES if (partial / name).exists()}
    record = record.model_copy(update={"files": sizes})
    written = partial / "record.json"
    with whole(written) as new:
        new.write_text(json.dumps(record.model_dump(), indent=1, allow_nan=False) + "\n")
    for old in target.glob(f"{MARK}*"):
        old.unlink()
    for name in ("record.json", *FILES):
        if (target / name).is_dir():
            set_aside(target / name)
        (target / name).unlink(missing_ok=True)
    for name in (*sizes, "record.json"):
        os.replace(partial / name, target / name)
    return record


def set_aside(path: Path) -> Path:
    """Rename what cannot be used to `<name>.damaged-<n><suffix>` beside it; returns the path."""
    names = (f"{path.stem}.damaged-{n}{path.suffix}" for n in itertools.count(1))
    aside = next(one for name in names if not os.path.lexists(one := path.with_name(name)))
    path.rename(aside)
    return aside


def read(path: Path) -> Record:
    """The record in a `record.json` (or in a folder that holds one).

    Raises:
        ValueError: a file that is cut off, of another schema version, or not a record in every
            key; the sentence names the first.
        FileNotFoundError: no such file.
    """
    path = path if path.suffix == ".json" else path / "record.json"
    try:
        data = text_file.read_bytes(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such record; run `snakemake <experiment>`") from None
    return parse(data, str(path))


def parse(data: bytes, place: str, mend: str = "run its cell again") -> Record:
    """The record in a text.

    Args:
        data: JSON.
        place: of the text, for sentences.
        mend: what to do about one that cannot be read.

    Raises:
        ValueError: as `read`.
    """
    try:
        record = Record.model_validate_json(data)
        why = None if "schema_version" in record.model_fields_set else _version(None)
    except ValidationError as error:
        why = _why(data, error)
    if why is not None:
        raise ValueError(f"{place}: {why}; {mend}")
    return record


def _why(data: bytes, error: ValidationError) -> str:
    (first, *_) = error.errors(include_url=False)
    if first["type"] == "json_invalid":
        return f"not a complete JSON file ({first['ctx']['error']})"
    fields = from_json(data)
    version = fields.get("schema_version") if isinstance(fields, dict) else None
    if version != SCHEMA:
        return _version(version)
    return f"not a record of this schema ({fault.sentence_of(first)})"


def _version(found: Any) -> str:
    return f"schema version {fault.value(found)}, this inrbench reads {SCHEMA}"


class Damaged(ValueError):
    """A file beside a record that cannot be used.

    Args:
        path: of the file.
        why: what is wrong with it.
        mend: what to do about it.
    """

    def __init__(self, path: Path, why: str, mend: str = "run its cell again") -> None:
        super().__init__(f"{path}: {why}; {mend}")
        self.folder = path.parent


def has_spec(cell_folder: Path, spec: dict[str, Any]) -> bool:
    """Whether a readable record lies there that was made with exactly these parameters."""
    try:
        return read(cell_folder).spec == json.loads(json.dumps(spec))
    except (OSError, ValueError):
        return False


def read_history(cell_folder: Path) -> pd.DataFrame | None:
    """The history of a cell, or None where it left none (its process was killed at once).

    Raises:
        Damaged: a file that is cut, or without the numbers of a history.
    """
    path = cell_folder / "history.parquet"
    history = _table(path)
    if history is not None and (why := lacks_numbers(history)) is not None:
        raise Damaged(path, why)
    return history


def read_notes(cell_folder: Path) -> pd.DataFrame | None:
    """What the method of a cell wrote down, or None where it wrote nothing; raises `Damaged` for a
    file that is cut."""
    return _table(cell_folder / "notes.parquet")


def _table(path: Path) -> pd.DataFrame | None:
    import pandas as pd

    try:
        if not path.exists():
            return None
        return pd.read_parquet(path, engine="pyarrow", page_checksum_verification=True)
    except UNREADABLE as error:
        why = printable(error, 200)
        raise Damaged(path, f"not a whole table ({why})") from None


def read_images(cell_folder: Path) -> dict[str, np.ndarray]:
    """`final` and `best` of a cell; empty where it left no image. Raises `Damaged` for a file
    that is cut, or is none of images."""
    import numpy as np

    path = cell_folder / "image.npz"
    if not path.exists():
        return {}
    try:
        with np.load(path) as stored:
            return {name: np.asarray(stored[name], np.float32) for name in ("final", "best")}
    except UNREADABLE as error:
        why = printable(error, 200)
        raise Damaged(path, f"not whole ({why})") from None
