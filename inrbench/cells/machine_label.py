"""The label of a machine, which is its folder below results/.

    results/<label>                                      what is run and written
    results/<label>/noise/run<k>                         a repeat of `inrbench noise`
    results/<label>/ab/<base>-<new>/<a or b>/run<k>      a repeat of `inrbench compare --ab`
    results/reference/<label>                            what is kept in git: read, never run over
    results/kept/<label>                                 tables and figures made of it

A label has letters, digits, `.`, `_` and `-`, and begins with neither `.` nor `-`. So it is a
single component of a path, and means nothing to a shell. The workflow and the command line ask
here.
"""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path("results")
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
    return RESULTS / label


def made_in(folder: Path) -> Path:
    """Where tables and figures of results go: beside them, of what is kept below results/kept."""
    reference = RESULTS / KEPT
    if folder.is_relative_to(reference):
        return RESULTS / "kept" / folder.relative_to(reference)
    return folder
