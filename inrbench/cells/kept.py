"""Kept results: all cells of an experiment in one folder, small enough for git.

    records.jsonl        a record a line, sorted by cell
    histories.parquet    every history; the column `cell` names the cell of a row
    notes.parquet        likewise, where methods wrote something down
    images.npz           an image of each cell that a figure shows, where there are any
    kernels.json         as pytest-benchmark wrote it, where there is one

An image x is stored in 16 bits as x / s with s = max |x|, so that no voxel is off by more than
s 2^-12. `about` in images.npz has s and says whether it is the final image or the best.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import copyfile, rmtree
from typing import TYPE_CHECKING

from inrbench.cells.history import HISTORY, lacks_numbers
from inrbench.cells.record import Record
from inrbench.cells.records import UNREADABLE, Damaged, parse
from inrbench.io import text_file
from inrbench.io.printable import printable
from inrbench.io.whole_file import whole

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow

    from inrbench.cells.result import Result

RECORDS, HISTORIES, NOTES = "records.jsonl", "histories.parquet", "notes.parquet"
IMAGES, KERNELS = "images.npz", "kernels.json"
MOST = 2**28
"""Bytes of records.jsonl, hundreds of times those of the largest so far."""
MEND = "put the kept file back (`git checkout`), or keep the results again with --replace"


@dataclass(frozen=True)
class Kept:
    """The files of an experiment's kept results.

    Args:
        folder: results/reference/<machine>/<experiment>-<preset>.
    """

    folder: Path

    def records(self) -> Iterator[Record | ValueError]:
        """Line by line; an error stands in the place of a line that cannot be read."""
        path = self.folder / RECORDS
        try:
            lines = text_file.read_bytes(path, MOST).splitlines()
        except ValueError as error:
            yield error
            return
        seen: dict[str, int] = {}
        for number, line in enumerate(lines, start=1):
            place = f"{path}, line {number}"
            try:
                record = parse(line, place, MEND)
            except ValueError as error:
                yield error
                continue
            if (first := seen.setdefault(record.cell.id, number)) == number:
                yield record
            else:
                yield ValueError(f"{place}: its cell has line {first} already; remove one of them")

    def history(self, cell: str) -> pd.DataFrame | None:
        """Of a cell by its id, see `Result.history`."""
        history = _rows(self._histories, cell, keep=HISTORY)
        if history is not None and (why := lacks_numbers(history)) is not None:
            raise Damaged(self.folder / HISTORIES, why, MEND)
        return history

    def notes(self, cell: str) -> pd.DataFrame | None:
        """Of a cell by its id, see `Result.notes`."""
        return _rows(self._notes, cell) if (self.folder / NOTES).exists() else None

    def images(self, cell: str) -> dict[str, np.ndarray]:
        """Of a cell by its id, see `Result.images`."""
        import numpy as np

        path = self.folder / IMAGES
        if not path.exists():
            return {}
        try:
            with np.load(path) as stored:
                about = json.loads(str(stored["about"])).get(cell)
                if about is None:
                    return {}
                return {
                    about["image"]: stored[cell].astype(np.float32) * np.float32(about["scale"])
                }
        except UNREADABLE as error:
            raise Damaged(path, f"not whole ({printable(error, 200)})", MEND) from None

    @cached_property
    def _histories(self) -> pyarrow.Table:
        return self._table(HISTORIES)

    @cached_property
    def _notes(self) -> pyarrow.Table:
        return self._table(NOTES)

    def _table(self, name: str) -> pyarrow.Table:
        from pyarrow import parquet

        path = self.folder / name
        try:
            table = parquet.read_table(path, page_checksum_verification=True)
            named = "cell" in table.column_names
        except UNREADABLE as error:
            raise Damaged(path, f"not a whole table ({printable(error, 200)})", MEND) from None
        if not named:
            raise Damaged(path, "has no column 'cell'", MEND)
        return table


def _rows(table: pyarrow.Table, cell: str, keep: Collection[str] = ()) -> pd.DataFrame | None:
    """The rows of a cell in its own columns: those that other cells alone have are null in it."""
    import pyarrow.compute as pc

    mine = table.filter(pc.equal(table["cell"], cell))
    own = [name for name in mine.column_names if name != "cell"
           and (name in keep or mine[name].null_count < len(mine))]  # fmt: skip
    return mine.select(own).to_pandas() if len(mine) else None


def write(
    folder: Path, results: Collection[Result], shown: Collection[str], kernels: Path
) -> None:
    """Keep results in a folder, in the place of what is there; if that fails, it stays.

    Args:
        folder: see `Kept`.
        results: of all cells of an experiment, each once.
        shown: ids of the cells whose image is kept, where they left one.
        kernels: file to copy, where it is there.

    Raises:
        Damaged: a file beside a record that cannot be used.
        ValueError: a column of notes that is called `cell`, or that two methods fill with other
            things.
        OSError: a full disk.
    """

    def key(one: Result) -> tuple[str, str, int]:
        return one.record.cell.dataset, one.record.cell.method, one.record.cell.seed

    cells = {one.record.cell.id: one for one in sorted(results, key=key)}
    histories = _together({cell: one.history() for cell, one in cells.items()}, folder)
    notes = _together({cell: one.notes() for cell, one in cells.items()}, folder)
    images = {cell: (one.shown, image) for cell, one in cells.items()
              if cell in shown and (image := one.images().get(one.shown)) is not None}  # fmt: skip
    written: set[str] = set()
    with ExitStack() as files:  # all are written before the first takes its place, records last

        def new(name: str) -> Path:
            written.add(name)
            return files.enter_context(whole(folder / name))

        lines = [_line(one.record) for one in cells.values()]
        new(RECORDS).write_text("".join(lines), encoding="utf-8")
        _write_table(histories, new(HISTORIES))
        if len(notes):
            _write_table(notes, new(NOTES))
        if images:
            _write_images(images, new(IMAGES))
        if kernels.exists():
            copyfile(kernels, new(KERNELS))
    for old in folder.iterdir():
        if old.name not in written:
            rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()


def _line(record: Record) -> str:
    """A record without the fields that its run did not fill in."""
    fields = {"schema_version": record.schema_version, **record.model_dump(exclude_unset=True)}
    return json.dumps(fields, allow_nan=False, separators=(",", ":")) + "\n"


def _together(frames: dict[str, pd.DataFrame | None], folder: Path) -> pyarrow.Table:
    """One table with the rows of each cell; a column that a cell has not is null in its rows, and
    a number that it does not know is NaN."""
    import pyarrow as pa

    tables = [pa.table({"cell": pa.array([], pa.string())})]
    for cell, frame in frames.items():
        if frame is not None and "cell" in frame:
            raise ValueError(
                f"{folder}: {cell} noted a column 'cell', which names cells; rename it"
            )
        if frame is not None:
            columns = {name: pa.array(frame[name].to_numpy()) for name in frame}
            tables.append(pa.table({"cell": [cell] * len(frame), **columns}))
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise ValueError(
            f"{folder}: two methods note different things in columns of one name, which one table "
            f"cannot hold ({printable(error, 200)}); rename one of them"
        ) from None


def _write_table(table: pyarrow.Table, path: Path) -> None:
    """With a checksum a page; the bytes of floats are stored apart, so that they compress."""
    import pyarrow as pa
    from pyarrow import parquet

    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [name for name in table.column_names if name not in floats]
    parquet.write_table(
        table, path, write_page_checksum=True, compression="zstd", compression_level=19,
        use_dictionary=others, use_byte_stream_split=floats,
    )  # fmt: skip


def _write_images(images: dict[str, tuple[str, np.ndarray]], path: Path) -> None:
    import numpy as np

    about, arrays = {}, {}
    for cell, (name, image) in images.items():
        scale = float(np.abs(image[np.isfinite(image)]).max(initial=0)) or 1.0
        arrays[cell] = (image / np.float32(scale)).astype(np.float16)
        about[cell] = {"image": name, "scale": scale}
    np.savez_compressed(path, about=json.dumps(about), **arrays)
