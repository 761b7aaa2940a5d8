"""What the numbers of a table are compared with, in words: a truth, or another reconstruction."""

from __future__ import annotations

from collections.abc import Iterable

from inrbench.cells.record import Record

_UNKNOWN = "a reconstruction from more views"


def against(found: Iterable[Record]) -> str:
    """ "MSE", or "MSE to the reference" where there is no truth; where data sets differ, both."""
    kinds = {record.reference for record in found if record.reference}
    if "reference" not in kinds:
        return "MSE"
    return "MSE to the reference" if len(kinds) == 1 else "MSE to truth or reference"


def about(found: Iterable[Record]) -> list[str]:
    """A sentence for each data set without a truth: what its reference is, and what it favours."""
    made: dict[str, str] = {}
    for record in found:
        if record.reference == "reference":
            made.setdefault(record.labels["dataset"], record.reference_from or _UNKNOWN)
    return [
        f"MSE, PSNR and SSIM of {dataset} are against {what}, no truth: it shares the noise of "
        "the views that methods get, and favours its own algorithm."
        for dataset, what in made.items()
    ]
