"""The label of a machine, which is its folder below results/.

    results/<label>                                      what is run and written
    results/<label>/noise/run<k>                         a repeat of `inrbench noise`
    results/<label>/ab/<base>-<new>/<a or b>/run<k>      a repeat of `inrbench compare --ab`
    results/reference/<label>                            what is kept in git: read, never run over
    results/kept/<label>                                 tables and figures made of it

Results are written to `$INRBENCH_RESULTS`, or to `results` in the working folder. What is read is
looked for there, and then in the `results` of the clone that this inrbench runs from.

A label has letters, digits, `.`, `_` and `-`, and begins with neither `.` nor `-`. So it is a
single component of a path, and means nothing to a shell. The workflow and the command line ask
here.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from inrbench.io import shipped

VARIABLE = "INRBENCH_RESULTS"
RESULTS = Path(os.environ.get(VARIABLE) or "results")
"""Where results are written."""
KEPT = "reference"

_LABEL = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_REPEAT = r"(/noise|/ab/[0-9a-f]+-[0-9a-f]+/[ab])/run[0-9]+"
_RULE = "expected letters, digits, '.', '_' and '-', at most 100, and neither '.' nor '-' first"
_KEPT_AS_IT_IS = (
    "what is kept as a reference is not run over; choose another label, and "
    "`inrbench reference` keeps its results"
)


def to_write(label: str, repeats: bool = False) -> Path:
    """The folder of a machine's results, where something will be written.

    Args:
        label: of the machine.
        repeats: whether it may also be that of a repeat, whose record's command has it.

    Raises:
        ValueError: anything else, such as a path out of results/ or into what is kept.
    """
    if label.split("/")[0].lower() == KEPT:  # some file systems take no notice of case
        raise ValueError(f"machine={label!r}: {_KEPT_AS_IT_IS}")
    if not re.fullmatch(f"{_LABEL}({_REPEAT})?" if repeats else _LABEL, label):
        raise ValueError(f"machine={label!r}: {_RULE}")
    return RESULTS / label


def to_read(label: str) -> Path:
    """A folder of results that is only read: a machine's, a repeat's or a kept reference.

    Raises:
        ValueError: what does not lie below results/.
    """
    if not re.fullmatch(rf"{_LABEL}(/{_LABEL})*", label):
        raise ValueError(f"machine={label!r}: {_RULE}; or {KEPT}/<label>")
    return next((one for root in roots() if (one := root / label).exists()), RESULTS / label)


def roots() -> tuple[Path, ...]:
    """The folders of results that are read, the one that is written first."""
    clone = shipped.ROOT / "results"
    return (RESULTS,) if shipped.INSTALLED or _same(RESULTS, clone) else (RESULTS, clone)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def label_of(folder: Path) -> str | None:
    """The label by which results in this folder are read; None outside of all `roots`."""
    inside = (root for root in roots() if folder.is_relative_to(root))
    return next((folder.relative_to(root).as_posix() for root in inside), None)


def made_in(folder: Path) -> Path:
    """Where tables and figures of results go: beside them, of what is kept below results/kept."""
    for root in roots():
        if folder.is_relative_to(root / KEPT):
            return root / "kept" / folder.relative_to(root / KEPT)
    return folder
