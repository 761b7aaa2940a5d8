"""Names that differ by a number, in braces: scan_{08..12..2}.tif."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence

MOST = 100_000  # names; more were not written by a person


def all_expanded(patterns: Sequence[str]) -> list[str]:
    """The paths of all patterns, in their order.

    Raises:
        ValueError: as `expanded`; a path twice, or more than 100,000 of them.
    """
    paths: list[str] = []
    for pattern in patterns:
        paths += expanded(pattern, MOST - len(paths))
    for path, count in Counter(paths).items():
        if count > 1:
            raise ValueError(f"{path!r:.99} is listed {count} times: keep one")
    return paths


def expanded(pattern: str, most: int = MOST) -> list[str]:
    """The paths of a pattern: scan_{08..12..2}.tif is scan_08.tif, scan_10.tif, scan_12.tif.

    Raises:
        ValueError: braces that hold anything but `first..last` or `first..last..step`, a step of
            0, a last number below the first, or more than `most` paths.
    """
    pieces = re.split(r"\{([^{}]*)\}", pattern)  # text and braces in turn
    shown = []
    for at, piece in enumerate(pieces):
        if at % 2 == 0 and not re.search("[{}]", piece):
            shown.append([piece])
            continue
        numbers = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})(?:\.\.(\d{1,9}))?", piece, re.ASCII)
        first, last, step = (int(n) for n in numbers.groups("1")) if numbers else (1, 0, 1)
        if last < first or step < 1:
            raise ValueError(
                f"{pattern!r:.99}: expected numbers such as {{000..100..20}}, first to last by "
                "step"
            )
        shown.append(range(first, last + 1, step))
    count = math.prod(map(len, shown))
    if count > most:
        raise ValueError(f"{pattern!r:.99} stands for {count} names: {MOST} at most, in all")
    widths = [len(piece.partition("..")[0]) for piece in pieces]
    return ["".join(f"{one:0{width}}" if isinstance(one, int) else one
            for one, width in zip(path, widths, strict=True))
            for path in itertools.product(*shown)]  # fmt: skip
