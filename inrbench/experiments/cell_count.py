"""How many cells the axes of an experiment multiply to, counted before any is made:

data sets x seeds x sum over the methods of (product over its axes of their values).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inrbench.experiments.experiment import Experiment

CELLS = 100_000
"""Of an experiment, at most."""
COMPARED = 10_000_000
"""Cells times the patterns of settings, include and exclude that each is held against, at most."""
LETTERS = 200
"""Of a method's folder, at most: file systems take 255 bytes."""


def check(experiment: Experiment) -> None:
    """Raise `ValueError` for more cells than anybody means, or names that no folder can have."""
    methods = sum(math.prod(map(len, family.axes.values())) for family in experiment.methods)
    count = len(experiment.datasets) * len(experiment.seeds) * methods
    if count > CELLS:
        raise ValueError(
            f"{experiment.name}: its axes multiply to {count:,} cells, and at most {CELLS:,} are "
            "made: give them fewer values"
        )
    patterns = len(experiment.settings) + len(experiment.include) + len(experiment.exclude)
    if count * patterns > COMPARED:
        raise ValueError(
            f"{experiment.name}: {count:,} cells are too many for {patterns:,} patterns of "
            "settings, include and exclude: give it fewer of either"
        )
    for family in experiment.methods:
        longest = [
            max((len(str(one)) for one in each), default=0) for each in family.axes.values()
        ]
        if len(family.name) + sum(longest) + len(longest) > LETTERS:
            raise ValueError(
                f"{experiment.name}: the folder of a cell of {family.name} would have more than "
                f"{LETTERS} letters: give its parts shorter keys"
            )
